"""What a password must be like. Source: NIST SP 800-63B-4, section 3.1.1: long enough, and of any characters."""

MIN_LENGTH = 8
MAX_LENGTH = 200
"""Characters; a hash of a megabyte would keep a process busy."""
TOO_SHORT = f"must have at least {MIN_LENGTH} characters"
TOO_LONG = f"must have at most {MAX_LENGTH} characters"
IS_OBVIOUS = "is too easy to guess"
_MIN_DIFFERENT = 4
_OBVIOUS = frozenset(
    {"password", "passw0rd", "12345678", "123456789", "1234567890", "qwertyui", "qwertyuiop", "openslot"}
)


def password_problem(password: str, *others: str) -> str | None:
    """Why a password can't be taken; None: it can. ``others`` are words that anybody would try: address and name."""
    if len(password) < MIN_LENGTH:
        return TOO_SHORT
    if len(password) > MAX_LENGTH:
        return TOO_LONG
    spelled = password.casefold()
    is_obvious = spelled in _OBVIOUS or spelled in {one.casefold() for one in others}
    return IS_OBVIOUS if is_obvious or len(set(spelled)) < _MIN_DIFFERENT else None
