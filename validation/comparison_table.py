"""The table of a comparison, for a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from validation.notation import deviation_with_error, number_with_error, percent
from validation.row import Row

_WIDTH = 80


def markdown(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    head, *body = _cells(rows)
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join([":--", *["--:"] * (len(head) - 2), ":--"]) + "|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in body]
    return "\n".join(lines)


def aligned(rows: Sequence[Row]) -> str:
    """Return the table in columns of equal width, a line under its head.

    Where it would not fit 80 columns, these stand close, then without their signs of per cent, and what names of
    quantities are still too long stand on lines of their own.
    """
    table, gap = _cells(rows), "  "
    if _width(table, gap) > _WIDTH:
        gap = " "
    if _width(table, gap) > _WIDTH:
        table = [[cell.removesuffix(" %").replace("seen from", "seen") for cell in cells] for cells in table]
    widths = _widths(table)
    first = min(widths[0], _WIDTH - _width(table, gap) + widths[0])
    lines = []
    for cells in table:
        name = cells[0].ljust(first) if len(cells[0]) <= first else f"{cells[0]}\n{' ' * first}"
        middle = [cell.rjust(width) for cell, width in zip(cells[1:-1], widths[1:-1], strict=True)]
        lines.append(gap.join([name, *middle, cells[-1].ljust(widths[-1])]))
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines)


def _widths(table: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*table, strict=True)]


def _width(table: list[list[str]], gap: str) -> int:
    widths = _widths(table)
    return sum(widths) + len(gap) * (len(widths) - 1)


def _cells(rows: Sequence[Row]) -> list[list[str]]:
    table = [["quantity", "theory", "large N", "deviation", "within", "bias <", "seen from", "verdict"]]
    for row in rows:
        table.append(
            [
                row.quantity,
                number_with_error(row.theory, row.theory_error),
                number_with_error(row.estimate.value, row.estimate.standard_error),
                deviation_with_error(row.deviation, row.error / row.scale),
                percent(row.within),
                percent(row.bias_bound / row.scale),
                percent(row.power),
                row.verdict,
            ]
        )
    return table
