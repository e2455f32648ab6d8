"""Reads the code blocks of a document."""

import re


def blocks(text: str, language: str) -> list[tuple[str, str]]:
    """The code blocks in a language, each with what stands behind the language's name."""
    return re.findall(rf"^```{language}(?: ([\w.]+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
