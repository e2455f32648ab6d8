"""Secrets that must never be shown: personal access tokens and signing keys."""

from typing import NoReturn

_WRONG = "a secret is one word of visible ASCII characters"


class KeepsSecret:
    """Refuses to be pickled or copied, because the copy would hold the secret."""

    __slots__ = ()

    def __copy__(self) -> NoReturn:
        _refuse()

    def __deepcopy__(self, memo: object) -> NoReturn:
        _refuse()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        _refuse()


class Secret(KeepsSecret):
    """A secret text. Its repr hides it, and it refuses to be pickled or copied; only ``reveal`` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep ``text`` without surrounding white space.

        Raises:
            ValueError: empty, or not made of visible ASCII alone; a header could not carry it.
        """
        text = text.strip()
        if not text or not all("!" <= character <= "~" for character in text):
            raise ValueError(_WRONG)
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"


class _Unusable(Secret):
    """In place of a text that can't be a secret, without the text."""

    __slots__ = ()

    def __init__(self) -> None:
        self._text = ""


def sealed(token: str | Secret | None) -> Secret | None:
    """``token`` as a ``Secret``, or an unusable one. Never raises: the frames of the error would show the text.

    Often the text is a token with a typing error. Rebind the name that held the text to the result, and check it with
    ``usable``.
    """
    if not isinstance(token, str):
        return token
    try:
        return Secret(token)
    except ValueError:
        return _Unusable()


def usable(token: Secret | None) -> Secret | None:
    """``token``, checked.

    Raises:
        ValueError: the text it was made of can't be a token.
    """
    if isinstance(token, _Unusable):
        raise ValueError(_WRONG)  # noqa: TRY004 -- the text was wrong, not its type
    return token


def _refuse() -> NoReturn:
    raise TypeError("a secret does not travel: it can be neither pickled nor copied")
