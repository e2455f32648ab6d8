"""Receipts of erasures as our own API and the command line show them."""

from msgspec import UNSET

from openslot.db import erasures as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.erasures import Erasure


def erasure(row: rows.Erasure, uris: Uris) -> Erasure:
    """The shape of GET /openslot/erasures/{uuid}."""
    return Erasure(
        uri=uris.extension("erasures", row.id),
        addresses=row.addresses,
        erased=row.counts,
        canceled=row.canceled,
        asked_by=None if row.requested_by_id is None else uris.user(row.requested_by_id),
        created_at=Timestamp.of(row.created_at),
        start_time=UNSET if row.start_time is None else Timestamp.of(row.start_time),
        end_time=UNSET if row.end_time is None else Timestamp.of(row.end_time),
    )
