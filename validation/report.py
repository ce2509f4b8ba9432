"""The report: every section's comparisons and pictures on one page, resumable section by section."""

from __future__ import annotations

import hashlib
import inspect
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import dmft
from dmft.cost import readable
from dmft.sweeps.log import Log
from validation.cases import Budget, Content, Section
from validation.page import REPORT, Entry, Head, Table, as_html, as_markdown, origin
from validation.typical import typically


def make_report(
    chosen: tuple[Section, ...],
    out: Path,
    budget: Budget,
    *,
    progress: bool = False,
    head: Head = REPORT,
    afresh: bool = False,
) -> list[Entry]:
    """Run the sections, write `report.md` with its figures and `report.html` into `out`, and return the entries.

    A section whose result is there already, made by the same code with the same settings, is not run again: an
    interrupted report goes on where it stopped.

    Parameters
    ----------
    chosen : sections, in the order of the report.
    out : folder, created if need be.
    budget : quick or full, executor, seed.
    progress : show a progress bar over the sections.
    head : title of the page, and what it sets out to show.
    afresh : run every section, also one whose result is there.

    Raises
    ------
    OSError : if the folder cannot be written.
    CheckpointError : if its log is damaged, or another run makes a report there.
    """
    from tqdm import tqdm

    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    entries = []
    with Log(out / "report.log", "report", None) as log:
        stored = {} if afresh else dict(log)
        bar = tqdm(chosen, unit="section", disable=not progress)
        for section in bar:
            bar.set_description(section.title)
            entry = _stored(stored.get(section.key, b""), section, figures, budget)
            if entry is None:
                begin = time.perf_counter()
                content = section.run(budget)
                entry = _entry(section, content, figures, budget, time.perf_counter() - begin)
                log.add(section.key, json.dumps(asdict(entry)).encode())
            entries.append(entry)
            made = origin(budget.quick, budget.seed)
            (out / "report.md").write_text(as_markdown(entries, made, head), encoding="utf-8")
            (out / "report.html").write_text(as_html(entries, made, figures, head), encoding="utf-8")
    return entries


def estimated(chosen: tuple[Section, ...], out: Path, budget: Budget) -> str:
    """Return a sentence on how long the sections would take, by what each took in `out` when it was last run there."""
    log, took, kept, unknown = out / "report.log", 0.0, 0, []
    stored = {}
    if log.exists():
        with Log(log, "report", None) as held:
            stored = dict(held)
    for section in chosen:
        try:
            entry = Entry.from_mapping(json.loads(stored[section.key]))
        except (ValueError, TypeError, KeyError):
            unknown.append(section.key)
            continue
        finished = entry.fingerprint == fingerprint(section, budget)
        kept += finished
        took += 0.0 if finished else entry.seconds
    told = [f"{kept} of {len(chosen)} sections are finished in {out}"]
    if took:
        told.append(f"others took {readable(took)} there, when code or settings were others")
    if unknown:
        told.append(f"never run there: {typically(unknown, budget.quick)}")
    return "; ".join(told)


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
        tables={title: Table.of(comparison) for title, comparison in content.comparisons.items()},
        pictures=pictures,
        remarks=list(content.remarks),
        seconds=seconds,
        fingerprint=fingerprint(section, budget),
    )


def fingerprint(section: Section, budget: Budget) -> str:
    """Return a hash of what a section's result depends on: its code, the two packages' code, and the budget."""
    images = b"" if budget.mnist is None else budget.mnist.read_bytes()
    parts: list[Any] = [budget.quick, budget.seed, hashlib.sha256(images).hexdigest(), np.__version__]
    parts.append(inspect.getsource(inspect.getmodule(section.run)))  # type: ignore[arg-type]
    for package in (Path(dmft.__file__).parent, Path(__file__).parent):
        parts += [file.read_text() for file in sorted(package.rglob("*.py"))]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _stored(content: bytes, section: Section, figures: Path, budget: Budget) -> Entry | None:
    """Return the entry of the log, if the same code with the same settings would make it again."""
    try:
        entry = Entry.from_mapping(json.loads(content))
    except (ValueError, TypeError, KeyError):
        return None
    complete = all((figures / file).exists() for file, _ in entry.pictures)
    return entry if complete and entry.fingerprint == fingerprint(section, budget) else None
