"""The report: every section's comparisons and pictures in one Markdown page, resumable section by section."""

from __future__ import annotations

import hashlib
import inspect
import json
import platform
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import dmft
from validation.cases import Budget, Content, Section


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


def make_report(chosen: tuple[Section, ...], out: Path, budget: Budget, *, progress: bool = False) -> list[Entry]:
    """Run the sections, write `report.md` with its figures into `out`, and return the entries.

    A section whose result is there already, made by the same code with the same settings, is not run again: an
    interrupted report goes on where it stopped.

    Parameters
    ----------
    chosen : sections, in the order of the report.
    out : folder, created if need be.
    budget : quick or full, executor, seed.
    progress : show a progress bar over the sections.

    Raises
    ------
    OSError : if the folder cannot be written.
    """
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    entries = []
    for section in _shown(chosen, progress):
        entry = _stored(section, out, budget)
        if entry is None:
            begin = time.perf_counter()
            content = section.run(budget)
            entry = _entry(section, content, figures, budget, time.perf_counter() - begin)
            _store(entry, out)
        entries.append(entry)
        (out / "report.md").write_text(as_markdown(entries, budget))
    return entries


def as_markdown(entries: list[Entry], budget: Budget) -> str:
    """Return the page."""
    lines = ["# Theory beside networks", ""]
    lines += [
        f"dmft {dmft.__version__}, numpy {np.__version__}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}; {'quick' if budget.quick else 'full'} report, seed {budget.seed}.",
        "",
        "A verdict is *agree* where theory and networks are within chance and the stated bound on the finite-size bias "
        "and a deviation as large as *seen from* would have been noticed, *undecided* where it could have been missed, "
        "*disagree* where the deviation is beyond both.",
        "",
        "| section | case | verdict |",
        "|:--|:--|:--|",
    ]
    for entry in entries:
        lines += [f"| {entry.title} | {title} | {verdict} |" for title, (_, verdict) in entry.tables.items()]
    for entry in entries:
        lines += ["", f"## {entry.title}", "", entry.text, ""]
        for file, caption in entry.pictures:
            lines += [f"![{caption}](figures/{file})", "", f"*{caption}*", ""]
        for title, (table, verdict) in entry.tables.items():
            lines += [f"### {title}: {verdict}", "", table, ""]
        lines += [f"{remark}" for remark in entry.remarks]
        lines += ["", f"({entry.seconds:.0f} s)"]
    return "\n".join(lines) + "\n"


def _entry(section: Section, content: Content, figures: Path, budget: Budget, seconds: float) -> Entry:
    pictures = []
    for picture in content.pictures:
        file = f"{picture.name}.png"
        picture.figure.savefig(figures / file, dpi=200)
        pictures.append((file, picture.caption))
    return Entry(
        key=section.key,
        title=section.title,
        text=section.text,
        tables={title: (c.to_markdown(), c.verdict) for title, c in content.comparisons.items()},
        pictures=pictures,
        remarks=list(content.remarks),
        seconds=seconds,
        fingerprint=fingerprint(section, budget),
    )


def fingerprint(section: Section, budget: Budget) -> str:
    """Return a hash of what a section's result depends on: its code, the two packages' code, and the budget."""
    parts: list[Any] = [budget.quick, budget.seed, np.__version__, inspect.getsource(inspect.getmodule(section.run))]  # type: ignore[arg-type]
    for package in (Path(dmft.__file__).parent, Path(__file__).parent):
        parts += [file.read_text() for file in sorted(package.rglob("*.py"))]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _stored(section: Section, out: Path, budget: Budget) -> Entry | None:
    try:
        entry = Entry(**json.loads((out / f"{section.key}.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    complete = all((out / "figures" / file).exists() for file, _ in entry.pictures)
    return entry if complete and entry.fingerprint == fingerprint(section, budget) else None


def _store(entry: Entry, out: Path) -> None:
    target = out / f"{entry.key}.json"
    unfinished = target.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(entry), indent=1))
    unfinished.replace(target)


def _shown(chosen: tuple[Section, ...], progress: bool) -> Any:
    if not progress:
        return chosen
    from tqdm import tqdm

    bar = tqdm(chosen, unit="section")

    def announced() -> Any:
        for section in bar:
            bar.set_description(section.title)
            yield section

    return announced()
