"""Docstrings as descriptions for readers who know the API and not the code."""

import ast
import re
from inspect import getdoc, getsource
from textwrap import dedent
from typing import Any

_SOURCE = re.compile(r"\s*\bSource(?: of [^:]*)?: .*\Z", re.DOTALL)
_NONE = re.compile(r"(``)?\bNone\b(?(1)``)")


def for_readers(docstring: str) -> str:
    """``docstring`` as Markdown, one line per paragraph, without ``Source:``, which is for developers."""
    paragraphs = _SOURCE.sub("", docstring.strip()).split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return _NONE.sub("``null``", text).replace("``", "`")


def of_class(kind: type[Any]) -> str:
    """The description of a class."""
    return for_readers(getdoc(kind) or "")


def of_fields(kind: type[Any]) -> dict[str, str]:
    """The docstrings below the fields of a class and of its bases, by field."""
    return {
        field: text
        for one in reversed(kind.__mro__)
        if one.__module__.startswith("openslot.")
        for field, text in _below_fields(one).items()
    }


def _below_fields(kind: type[Any]) -> dict[str, str]:
    (declared,) = ast.parse(dedent(getsource(kind))).body
    assert isinstance(declared, ast.ClassDef)
    found = {}
    for field, below in zip(declared.body, declared.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                found[name] = for_readers(text)
            case _:
                pass
    return found
