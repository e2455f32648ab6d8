"""The subscriptions of flows: found again at the next start, with the key that was kept, and removed on request."""

import asyncio
import logging
import secrets
from collections.abc import Collection, Sequence

from openslot.client import ClientError, Conflict, Secret
from openslot.connector.flows.store import Store
from openslot.connector.triggers import AnyTrigger

_UNSUBSCRIBE_SECONDS = 3
_KEY_BYTES = 32
_log = logging.getLogger("openslot.connector")


async def subscribe(trigger: AnyTrigger, url: str, store: Store, former: Collection[str] = ()) -> None:
    """Resume the subscription of an earlier start, or create one; those at ``former`` URLs and in other scopes end.

    The key is stored before a subscription is created with it, and once nothing else is at the URL: a crash at any
    moment leaves no subscription whose deliveries nobody can read. (One that was changed to a new key gets another
    after a crash.)

    Raises:
        ClientError: the service can't be reached, refuses or fails.
    """
    name = _kept_name(trigger, url)
    async with store.alone(name):
        rows = await store.kept(f"subscription {trigger.connection.base_url} ")
        others = [one for one in rows if one != name and one.rpartition(" ")[2] in {url, *former}]
        trigger.signing_key = Secret(rows[name]) if name in rows else None
        fresh_key = Secret(secrets.token_urlsafe(_KEY_BYTES))
        is_there = await trigger.aresume(url, fresh_key=fresh_key)
        key = trigger.signing_key or fresh_key
        await store.keep({name: key.reveal()})
        ending = ({url, *former}, {one.split(" ")[3] for one in others} - {""})
        if not is_there:
            try:
                await trigger.asubscribe(url, signing_key=key)
            except Conflict:  # this service allows one subscription for a URL, whatever its scope
                await trigger.atake_over(*ending)
                await trigger.asubscribe(url, signing_key=key)
        await trigger.atake_over(*ending)
        await store.keep(dict.fromkeys(others))


async def unsubscribe(triggers: Sequence[AnyTrigger], store: Store) -> None:
    """Unsubscribe as far as possible: a service that is down must not keep the process from stopping.

    Raises:
        Exception: what is neither an error of the service nor a time-out.
    """
    names = [_kept_name(one, one.subscription.callback_url) for one in triggers if one.subscription is not None]
    outcomes = await asyncio.gather(
        *(asyncio.wait_for(trigger.aunsubscribe(), _UNSUBSCRIBE_SECONDS) for trigger in triggers),
        return_exceptions=True,
    )
    await store.keep(dict.fromkeys(names))
    for outcome in outcomes:
        if isinstance(outcome, ClientError | TimeoutError):
            _log.warning("left a subscription behind: %s", f"{type(outcome).__name__} {outcome}".rstrip())
        elif outcome is not None:
            raise outcome


def _kept_name(trigger: AnyTrigger, url: str) -> str:
    return f"subscription {trigger.connection.base_url} {trigger.scope} {trigger.group or ''} {url}"
