"""What commands print fits a terminal of eighty columns."""

from __future__ import annotations

import textwrap

WIDTH = 80


def entry(name: str, text: str, *, indent: str = "", to: int = 19) -> str:
    """Return "name   text" with the text in a column of its own, and broken to the width between words."""
    head = f"{indent}{name:<{to - 1 - len(indent)}} "
    lines = textwrap.wrap(text, WIDTH - len(head), break_on_hyphens=False) or [""]
    return "\n".join([f"{head}{lines[0]}".rstrip(), *(f"{' ' * to}{line}" for line in lines[1:])])


def paragraph(text: str) -> str:
    """Return a text broken to the width."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
