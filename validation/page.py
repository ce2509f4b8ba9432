"""The report as a page: Markdown beside its figures, and one HTML file that carries them."""

from __future__ import annotations

import base64
import html
import math
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import dmft
from validation.cases.section import TOLERANCE
from validation.comparison import Comparison
from validation.notation import deviation_with_error, percent

_VERDICT = (
    "Each row says how far the large-N estimate of networks lies from the theory, with its error, and what the theory "
    "is *within*: the deviation, its error (95 % on either side) and the bound on the finite-size bias together. It is "
    f"*agree* if that is no more than {100 * TOLERANCE:g} % of the scale of the quantity, for every row and case; "
    "*disagree* if the deviation lies more than five of its own errors outside the bound on the bias; else "
    "*undecided*. *Seen from* is the deviation that would have been found to disagree. A case is as good as its worst "
    "row."
)
_SCALE = 0.62  # pixels of the page for one of a figure: the widest, 7 inches at 200 dpi, fill it
_COLUMNS = ("section", "case", "verdict", "rows that agree", "largest deviation", "within", "seen from")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .8rem 0; font-size: 13px }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child, th.case, td.case { text-align: left }
details { margin: .5rem 0 } summary { cursor: pointer; font-weight: 600 }
figure { margin: 1.2rem 0 } img { max-width: 100% } figcaption { color: #555; font-size: 13px }
.agree { color: #00704f } .disagree { color: #b04a00; font-weight: bold } .undecided { color: #666 }
"""


@dataclass(frozen=True)
class Head:
    """What stands at the top of a page.

    Attributes
    ----------
    title : of the page.
    claims : what it sets out to show, a sentence each; they stand before the table of verdicts.
    """

    title: str
    claims: tuple[str, ...] = ()


REPORT = Head("Theory beside networks")


@dataclass(frozen=True)
class Table:
    """One comparison.

    Attributes
    ----------
    markdown : its table.
    verdict : "agree", "disagree" or "undecided".
    counts : number of rows of each verdict.
    deviation : largest deviation of the rows, with its error and quantity.
    within : what every row of the theory is within.
    power : deviation that would have been seen in every row.
    """

    markdown: str
    verdict: str
    counts: dict[str, int]
    deviation: str
    within: str
    power: str

    @classmethod
    def of(cls, comparison: Comparison) -> Table:
        """Return what the report keeps of a comparison."""
        row = comparison.largest
        return cls(
            comparison.to_markdown(),
            comparison.verdict,
            comparison.counts,
            f"{deviation_with_error(row.deviation, row.error / row.scale)} {row.quantity}",
            percent(comparison.within),
            percent(comparison.power),
        )

    @property
    def summary(self) -> tuple[str, ...]:
        """Verdict, rows that agree, deviation, what the theory is within, power."""
        agree = f"{self.counts['agree']} of {sum(self.counts.values())}"
        return self.verdict, agree, self.deviation, self.within, self.power


@dataclass(frozen=True)
class Entry:
    """A finished section as it stands in the report and on disk.

    Attributes
    ----------
    key, title, text : of the section.
    tables : title -> comparison.
    pictures : (file name, caption).
    remarks : sentences.
    seconds : wall time it took.
    fingerprint : hash of what it was made from.
    cpu : CPU time that it took, of all its processes, in seconds.
    """

    key: str
    title: str
    text: str
    tables: dict[str, Table]
    pictures: list[tuple[str, str]]
    remarks: list[str]
    seconds: float
    fingerprint: str
    cpu: float = math.nan

    @property
    def verdicts(self) -> list[str]:
        """Verdicts of its comparisons."""
        return [table.verdict for table in self.tables.values()]

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Entry:
        """Return the entry that `dataclasses.asdict` made the mapping of."""
        tables = {title: Table(**table) for title, table in mapping["tables"].items()}
        return cls(**{**mapping, "tables": tables})


def origin(quick: bool, seed: int) -> str:
    """Return the line that says what made the report."""
    kind = "full report"
    if quick:
        kind = "quick report (few networks, with time steps whose bias may be half a percent, which is in its bound)"
    return (
        f"dmft {dmft.__version__}, numpy {np.__version__}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}; {kind}, seed {seed}."
    )


def tally(entries: Sequence[Entry]) -> str:
    """Return how many rows of all tables have which verdict."""
    total = Counter({"agree": 0, "disagree": 0, "undecided": 0})
    for table in (table for entry in entries for table in entry.tables.values()):
        total.update(table.counts)
    return f"{sum(total.values())} rows: " + ", ".join(f"{number} {word}" for word, number in total.items())


def as_markdown(entries: Sequence[Entry], made: str, head: Head = REPORT) -> str:
    """Return the page in Markdown; figures lie in the folder `figures` beside it."""
    lines = [f"# {head.title}", "", made, "", *(f"- {claim}" for claim in head.claims), "", _VERDICT, ""]
    lines += [f"{tally(entries)}.", "", _line(_COLUMNS), "|:--|:--|:--|--:|--:|--:|--:|"]
    for entry in entries:
        lines += [_line((entry.title, title, *table.summary)) for title, table in entry.tables.items()]
    for entry in entries:
        lines += ["", f"## {entry.title}", "", entry.text, ""]
        for file, caption in entry.pictures:
            lines += [f"![{caption}](figures/{file})", "", f"*{caption}*", ""]
        for title, table in entry.tables.items():
            lines += [f"### {title}: {table.verdict}", "", table.markdown, ""]
        lines += [*entry.remarks, "", f"({entry.seconds:.0f} s)"]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def as_html(entries: Sequence[Entry], made: str, figures: Path, head: Head = REPORT) -> str:
    """Return the page as one HTML document with the figures inside; the tables of rows are folded."""
    body = [f"<h1>{html.escape(head.title)}</h1>", f"<p>{html.escape(made)}</p>"]
    if head.claims:
        body.append("<ul>" + "".join(f"<li>{html.escape(claim)}</li>" for claim in head.claims) + "</ul>")
    body.append(f"<p>{_emphasised(_VERDICT)}</p>")
    body.append(f"<p>{html.escape(tally(entries))}.</p>")
    rows = [
        f'<tr><td>{html.escape(entry.title)}</td><td class="case">{html.escape(title)}</td>'
        f'<td class="{table.verdict}">{table.verdict}</td>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in table.summary[1:])
        + "</tr>"
        for entry in entries
        for title, table in entry.tables.items()
    ]
    classes = [name.replace(" ", "-") for name in _COLUMNS]  # "rows that agree" is no verdict
    names = "".join(f'<th class="{own}">{name}</th>' for own, name in zip(classes, _COLUMNS, strict=True))
    body += [f"<table><tr>{names}</tr>", *rows, "</table>"]
    for entry in entries:
        body += [f"<h2>{html.escape(entry.title)}</h2>", f"<p>{html.escape(entry.text)}</p>"]
        for file, caption in entry.pictures:
            image = (figures / file).read_bytes()
            width = round(_SCALE * int.from_bytes(image[16:20], "big"))  # where a PNG has it; all have one resolution
            text = html.escape(caption)
            body.append(
                f'<figure><img alt="{text}" width="{width}" src="data:image/png;base64,'
                f'{base64.b64encode(image).decode()}"><figcaption>{text}</figcaption></figure>'
            )
        for title, table in entry.tables.items():
            verdict = f'<span class="{table.verdict}">{table.verdict}</span>'
            told = f"<summary>{html.escape(title)}: {verdict}, within {html.escape(table.within)}</summary>"
            body.append(f"<details>{told}{_table(table.markdown)}</details>")
        body += [f"<p>{html.escape(remark)}</p>" for remark in entry.remarks]
        body.append(f"<p>({entry.seconds:.0f} s)</p>")
    preamble = f'<meta charset="utf-8"><title>{html.escape(head.title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{preamble}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _table(markdown: str) -> str:
    head, _, *body = [line.strip("| ").split(" | ") for line in markdown.splitlines()]

    def row(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(head, "th") + "".join(row(cells, "td") for cells in body) + "</table>"


def _emphasised(text: str) -> str:
    parts = html.escape(text).split("*")
    return "".join(f"<em>{part}</em>" if i % 2 else part for i, part in enumerate(parts))
