"""Texts that must never be seen: personal access tokens and signing keys."""

from typing import NoReturn


class Secret:
    """A secret text. Its repr hides it, and it refuses to be pickled or copied; only ``reveal`` gives it away."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Keep ``text`` without surrounding white space.

        Raises:
            ValueError: empty, or not made of visible ASCII alone; a header could not carry it.
        """
        text = text.strip()
        if not text or not all("!" <= character <= "~" for character in text):
            raise ValueError("a secret is one word of visible ASCII characters")
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret does not travel: it can be neither pickled nor copied")
