"""Search terms of the activity log: ``|`` or, ``+`` and, ``-`` not, ``"..."`` a phrase, ``(...)``, ``word*`` a prefix.

Words side by side must all occur. Source: the contract, GET /activity_log_entries.
"""

import re

MAX_DEPTH = 20
"""So deep parentheses may be nested."""
_TOKEN = re.compile(r"""\s*("[^"]*"?|[()|]|[+-]|[^\s()|"]+)""")
_SPECIAL = re.compile(r"([^\w\s])")
_BEGIN, _END = "(?<![[:alnum:]_])", "(?![[:alnum:]_])"


def pattern(text: str) -> str | None:
    """A PostgreSQL regular expression that matches the documents found by a search term; None: it finds all.

    Raises:
        ValueError: parentheses are nested too deeply.
    """
    found = _Reader([token[1] for token in _TOKEN.finditer(text)]).either()
    return f"^{found}" if found else None


class _Reader:
    """Reads tokens from the first to the last. What is no term, such as a parenthesis too many, is left aside."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def either(self, depth: int = 0) -> str:
        """What is between ``|``, up to the end or a closing parenthesis."""
        if depth > MAX_DEPTH:
            message = "parentheses are nested too deeply"
            raise ValueError(message)
        alternatives = [self._all(depth)]
        while self._tokens and (self._tokens[-1] == "|" or depth == 0):
            if self._tokens.pop() == "|":
                alternatives.append(self._all(depth))
            else:  # closes nothing
                alternatives[-1] += self._all(depth)
        known = [one for one in alternatives if one]
        return known[0] if len(known) == 1 else f"(?:{'|'.join(known)})" if known else ""

    def _all(self, depth: int) -> str:
        terms = []
        while self._tokens and self._tokens[-1] not in {"|", ")"}:
            terms.append(self._one(depth))
        return "".join(terms)

    def _one(self, depth: int) -> str:
        is_not = False
        while self._tokens and self._tokens[-1] in {"+", "-"}:
            is_not = self._tokens.pop() == "-"
        if not self._tokens or self._tokens[-1] in {"|", ")"}:
            return ""
        token = self._tokens.pop()
        if token == "(":  # noqa: S105 -- no secret
            found = self.either(depth + 1)
            if self._tokens:
                self._tokens.pop()
        else:
            found = _words(token)
        return f"(?!{found})" if found and is_not else found


def _words(token: str) -> str:
    """A phrase or a word, of which the last may be a prefix."""
    text = token.strip('"')
    is_prefix = text.endswith("*") and not token.startswith('"')
    words = [_SPECIAL.sub(r"\\\1", word) for word in (text.rstrip("*") if is_prefix else text).split()]
    return f"(?=.*{_BEGIN}{'[[:space:]]+'.join(words)}{'' if is_prefix else _END})" if words else ""
