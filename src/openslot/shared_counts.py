"""Counts that all web processes of a machine share: a table in a small file, changed under a lock (ADR 0036).

The file stays in the system's cache: a use costs a lock, a read and a write of it, some microseconds in all, and
nothing goes to the disk while a caller waits. It is read and written, not mapped: a full disk, or a file that is cut
off, is an error then, where a mapped one would end the process.

The table has buckets of eight places, and the digest of a key says which bucket is its own. A full bucket gives up the
place whose count ends first. The digests are keyed, so that nobody can aim at a bucket.
"""

import fcntl
import logging
import os
import struct
import time
from hashlib import blake2b, sha256
from threading import Lock
from typing import Self

from openslot.core.rates import NOTHING, Count

log = logging.getLogger(__name__)

PLACES = 8
"""Per bucket."""
BUCKETS = 8192
"""A table holds about 65,000 keys, in 2 MB."""
PATIENCE_SECONDS = 0.1
"""How long to try for the lock, which is held for microseconds: only by a process that is stopped for longer."""
_PAUSE_SECONDS = 0.0002
_PLACE = struct.Struct("=16sqq")
_COUNT = struct.Struct("=qq")
_ENDS = struct.Struct("=" + "16xq8x" * PLACES)
_KEY_BYTES = 16
_BUCKET_BYTES = PLACES * _PLACE.size


class SharedCounts:
    """The counts in a file; ``descriptor`` must be of an opening of its own, since that is what holds the lock."""

    def __init__(self, descriptor: int, secret: str, *, buckets: int = BUCKETS) -> None:
        """Make the table where there is none.

        Raises:
            OSError: the file can't be written.
        """
        self._file = descriptor
        self._secret = sha256(b"counts:" + secret.encode()).digest()
        self._buckets = buckets
        self._threads = Lock()
        self._found: dict[bytes, int] = {}
        """Where the keys are that were read since the lock was taken."""
        self._is_locked = self._has_warned = False
        with self:
            size = buckets * _BUCKET_BYTES
            if os.fstat(descriptor).st_size != size:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, bytes(size), 0)  # takes its room on the disk now, where an error is expected

    def __enter__(self) -> Self:
        self._threads.acquire()
        self._is_locked = self._lock()
        return self

    def __exit__(self, *error: object) -> None:
        self._found.clear()
        if self._is_locked:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def _lock(self) -> bool:
        """Take the lock; False if it can't be had: a use more or less is better than a service that hangs."""
        until = None
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                now = time.monotonic()
                until = until or now + PATIENCE_SECONDS
                if now > until:
                    break
                time.sleep(_PAUSE_SECONDS)
            else:
                return True
        self._warn("a process of the service holds their lock and does not go on")
        return False

    def _warn(self, why: object) -> None:
        if not self._has_warned:
            self._has_warned = True
            log.warning("rate limits are not exact: %s", why)

    def key(self, name: str, text: str) -> bytes:
        return blake2b(f"{name}\0{text}".encode(), key=self._secret, digest_size=_KEY_BYTES).digest()

    def get(self, key: bytes) -> Count:
        offset = self._offset(key)
        bucket = self._read(offset)
        place = _find(bucket, key)
        if place is None:
            return NOTHING
        self._found[key] = offset + place
        return _COUNT.unpack_from(bucket, place + _KEY_BYTES)

    def put(self, key: bytes, count: Count) -> None:
        place = self._found.get(key)
        if place is None:
            place = self._free_place(key)
        try:
            os.pwrite(self._file, _PLACE.pack(key, *count), place)
        except OSError as exc:  # a file system that takes new room even for what is written in place, and has none
            self._warn(exc)

    def _free_place(self, key: bytes) -> int:
        """Where a new key goes."""
        offset = self._offset(key)
        ends = _ENDS.unpack(self._read(offset))
        place = offset + ends.index(min(ends)) * _PLACE.size
        # whoever had the place, a key of the same use perhaps, has it no longer
        self._found = {other: where for other, where in self._found.items() if where != place}
        return place

    def _offset(self, key: bytes) -> int:
        return int.from_bytes(key[:4], "little") % self._buckets * _BUCKET_BYTES

    def _read(self, offset: int) -> bytes:
        bucket = os.pread(self._file, _BUCKET_BYTES, offset)
        return bucket if len(bucket) == _BUCKET_BYTES else bucket.ljust(_BUCKET_BYTES, b"\0")


def _find(bucket: bytes, key: bytes) -> int | None:
    """Where in a bucket the place of ``key`` begins."""
    place = bucket.find(key)
    return None if place < 0 or place % _PLACE.size else place
