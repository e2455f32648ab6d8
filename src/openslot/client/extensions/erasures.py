"""Erasures of personal data, with their receipts."""

from typing import ClassVar

from openslot.client.operation import One, Sortable
from openslot.client.parameters import Id
from openslot.wire import erasures
from openslot.wire.erasures import Erasure


class CreateErasure(One[Erasure]):
    """Erase the personal data of invitees and guests by e-mail address, with a receipt."""

    method: ClassVar = "POST"
    path = "/openslot/erasures"
    scopes: ClassVar = ("data_compliance:write",)
    body: erasures.EraseInvitees


class ListErasures(Sortable[Erasure], kw_only=True):
    """The organization's receipts of erasures."""

    path = "/openslot/erasures"
    scopes: ClassVar = ("data_compliance:write",)


class GetErasure(One[Erasure]):
    """One receipt of an erasure."""

    path = "/openslot/erasures/{uuid}"
    scopes: ClassVar = ("data_compliance:write",)
    uuid: Id
