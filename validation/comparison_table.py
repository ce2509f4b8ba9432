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

    Columns stand close where they would not fit 80 else, and long names of quantities on lines of their own.
    """
    table = _cells(rows)
    widths = [max(len(cells[i]) for cells in table) for i in range(len(table[0]))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= _WIDTH else " "
    first = min(widths[0], _WIDTH - sum(widths[1:]) - len(gap) * (len(widths) - 1))
    lines = []
    for cells in table:
        name = cells[0].ljust(first) if len(cells[0]) <= first else f"{cells[0]}\n{' ' * first}"
        middle = [cell.rjust(width) for cell, width in zip(cells[1:-1], widths[1:-1], strict=True)]
        lines.append(gap.join([name, *middle, cells[-1].ljust(widths[-1])]))
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines)


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
