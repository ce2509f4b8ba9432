"""The report as a page: Markdown beside its figures, and one HTML file that carries them."""

from __future__ import annotations

import base64
import html
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import dmft

_VERDICT = (
    "A verdict is *agree* where theory and networks are within chance and the stated bound on the finite-size bias and "
    "a deviation as large as *seen from* would have been noticed, *undecided* where it could have been missed, "
    "*disagree* where the deviation is beyond both."
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: .8rem 0; font-size: 13px }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child { text-align: left }
figure { margin: 1.2rem 0 } img { max-width: 100% } figcaption { color: #555; font-size: 13px }
.agree { color: #00704f } .disagree { color: #b04a00; font-weight: bold } .undecided { color: #666 }
"""


@dataclass(frozen=True)
class Entry:
    """A finished section as it stands in the report and on disk.

    Attributes
    ----------
    key, title, text : of the section.
    tables : title -> (Markdown table, verdict).
    pictures : (file name, caption).
    remarks : sentences.
    seconds : wall time it took.
    fingerprint : hash of what it was made from.
    """

    key: str
    title: str
    text: str
    tables: dict[str, tuple[str, str]]
    pictures: list[tuple[str, str]]
    remarks: list[str]
    seconds: float
    fingerprint: str

    @property
    def verdicts(self) -> list[str]:
        """Verdicts of its comparisons."""
        return [verdict for _, verdict in self.tables.values()]


def origin(quick: bool, seed: int) -> str:
    """Return the line that says what made the report."""
    return (
        f"dmft {dmft.__version__}, numpy {np.__version__}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}; {'quick' if quick else 'full'} report, seed {seed}."
    )


def as_markdown(entries: Sequence[Entry], made: str) -> str:
    """Return the page in Markdown; figures lie in the folder `figures` beside it."""
    lines = ["# Theory beside networks", "", made, "", _VERDICT, "", "| section | case | verdict |", "|:--|:--|:--|"]
    for entry in entries:
        lines += [f"| {entry.title} | {title} | {verdict} |" for title, (_, verdict) in entry.tables.items()]
    for entry in entries:
        lines += ["", f"## {entry.title}", "", entry.text, ""]
        for file, caption in entry.pictures:
            lines += [f"![{caption}](figures/{file})", "", f"*{caption}*", ""]
        for title, (table, verdict) in entry.tables.items():
            lines += [f"### {title}: {verdict}", "", table, ""]
        lines += [*entry.remarks, "", f"({entry.seconds:.0f} s)"]
    return "\n".join(lines) + "\n"


def as_html(entries: Sequence[Entry], made: str, figures: Path) -> str:
    """Return the page as one HTML document with the figures inside."""
    body = ["<h1>Theory beside networks</h1>", f"<p>{html.escape(made)}</p>", f"<p>{_emphasised(_VERDICT)}</p>"]
    rows = [
        f'<tr><td>{html.escape(entry.title)}</td><td>{html.escape(title)}</td><td class="{verdict}">{verdict}</td></tr>'
        for entry in entries
        for title, (_, verdict) in entry.tables.items()
    ]
    body += ["<table><tr><th>section</th><th>case</th><th>verdict</th></tr>", *rows, "</table>"]
    for entry in entries:
        body += [f"<h2>{html.escape(entry.title)}</h2>", f"<p>{html.escape(entry.text)}</p>"]
        for file, caption in entry.pictures:
            data = base64.b64encode((figures / file).read_bytes()).decode()
            text = html.escape(caption)
            body.append(
                f'<figure><img alt="{text}" src="data:image/png;base64,{data}"><figcaption>{text}</figcaption></figure>'
            )
        for title, (table, verdict) in entry.tables.items():
            body += [f'<h3>{html.escape(title)}: <span class="{verdict}">{verdict}</span></h3>', _table(table)]
        body += [f"<p>{html.escape(remark)}</p>" for remark in entry.remarks]
        body.append(f"<p>({entry.seconds:.0f} s)</p>")
    head = f'<meta charset="utf-8"><title>Theory beside networks</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _table(markdown: str) -> str:
    head, _, *body = [line.strip("| ").split(" | ") for line in markdown.splitlines()]

    def row(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(head, "th") + "".join(row(cells, "td") for cells in body) + "</table>"


def _emphasised(text: str) -> str:
    parts = html.escape(text).split("*")
    return "".join(f"<em>{part}</em>" if i % 2 else part for i, part in enumerate(parts))
