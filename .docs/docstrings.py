"""Docstrings of the package as Sphinx reads them.

They are written to be read in a terminal: "name : what it is" in one line, equations as indented text, averages in
angle brackets. Here they become what napoleon takes, with the equations as literal blocks.
"""

from __future__ import annotations

import re

_LISTS = ("Parameters", "Attributes", "Returns", "Raises", "Warns", "Yields")
_RULE = re.compile(r"-{3,}")


def prepared(lines: list[str]) -> list[str]:
    """Return the lines of a docstring for napoleon."""
    lines = _joined(lines)
    out: list[str] = []
    listing, literal, section = False, False, ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _RULE.fullmatch(following.strip()) and line.strip():
            listing, literal, section = line.strip() in _LISTS, False, line.strip()
        if _RULE.fullmatch(line.strip()):
            out.append(line)
            continue
        entry = re.fullmatch(r"(\S.*?) : (.*)", line) if listing else None
        if entry:
            # Of several names with blanks between them all but the last would be taken for a type.
            names = entry[1].replace(", ", ",\u200b") if section == "Attributes" else entry[1]
            out += [_escaped(names), f"    {_escaped(entry[2])}"]
            continue
        indented = line.startswith(" ")
        if indented and not literal and not listing:
            if out and out[-1].endswith("::"):
                out[-1] = out[-1][:-1]
            out += ["", "::", ""]
        elif literal and not indented and line.strip():
            out.append("")
        literal = not listing and (indented or (literal and not line.strip()))
        out.append(line if literal and indented else _escaped(line))
    return out


def _joined(lines: list[str]) -> list[str]:
    """Return the lines with what stands between two backticks in one of them."""
    out: list[str] = []
    for line in lines:
        if out and out[-1].count("`") % 2 and line.strip():
            out[-1] += line.strip() if out[-1].endswith("/") else f" {line.strip()}"
        else:
            out.append(line)
    return out


def _escaped(line: str) -> str:
    """Return a line of text without what would be markup, but for its backticks."""
    parts = re.split(r"(``.*?``|`[^`]*`)", line.replace("\\", "\\\\"))
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([*|`])", r"\\\1", parts[i])
        parts[i] = re.sub(r"_(?=\W|$)", r"\\_", parts[i])
    for i in range(1, len(parts) - 1, 2):  # `size`^2: markup must end at a blank, or at one that is not seen
        parts[i + 1] = re.sub(r"^(?=[^\s.,;:!?)\]'\"/-])", r"\\ ", parts[i + 1])
    return "".join(parts)
