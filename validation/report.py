"""The report: every section's comparisons and pictures on one page, resumable section by section."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from dmft.cost import readable
from dmft.progress import progress_bar
from dmft.sweeps.log import Log
from validation.cases import Budget, Section
from validation.making import fingerprint, made
from validation.page import REPORT, Entry, Head, as_html, as_markdown, origin, tally
from validation.typical import typically


def make_report(
    chosen: tuple[Section, ...],
    out: Path,
    budget: Budget,
    *,
    workers: int = 1,
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
    budget : quick or full, seed.
    workers : processes; several sections are made at once, and where there are more workers than sections, each has
        several for its networks.
    progress : show how many sections are done; `progress.log` in `out` gets a line of each that is run.
    head : title of the page, and what it sets out to show.
    afresh : run every section, also one whose result is there.

    Raises
    ------
    OSError : if the folder cannot be written.
    CheckpointError : if its log is damaged, or another run makes a report there.
    """
    figures = out / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    entries: dict[str, Entry] = {}
    with Log(out / "report.log", "report", None) as log:
        stored = {} if afresh else dict(log)
        for section in chosen:
            entry = _stored(stored.get(section.key, b""), section, figures, budget)
            if entry is not None:
                entries[section.key] = entry
        left = [section for section in chosen if section.key not in entries]
        _write(_in_order(chosen, entries), out, budget, head)
        with progress_bar(shown=progress, unit="section", total=len(chosen), initial=len(entries)) as bar:
            for entry in made(left, figures, budget, workers):
                entries[entry.key] = entry
                log.add(entry.key, json.dumps(asdict(entry)).encode())
                _noted(out / "progress.log", entry)
                bar.set_description(f"last {entry.key}", refresh=False)
                bar.update()
                _write(_in_order(chosen, entries), out, budget, head)
    return _in_order(chosen, entries)


def _in_order(chosen: tuple[Section, ...], entries: dict[str, Entry]) -> list[Entry]:
    return [entries[section.key] for section in chosen if section.key in entries]


def _write(entries: list[Entry], out: Path, budget: Budget, head: Head) -> None:
    made_by = origin(budget.quick, budget.seed)
    (out / "report.md").write_text(as_markdown(entries, made_by, head), encoding="utf-8")
    (out / "report.html").write_text(as_html(entries, made_by, out / "figures", head), encoding="utf-8")


def _noted(file: Path, entry: Entry) -> None:
    """Add a line on a section that is done."""
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    with file.open("a", encoding="utf-8") as lines:
        lines.write(f"{now} {entry.key}: {tally([entry])}; {readable(entry.seconds)}, of CPU {readable(entry.cpu)}\n")


def estimated(chosen: tuple[Section, ...], out: Path, budget: Budget, *, afresh: bool = False) -> str:
    """Return a sentence on how long the sections would take, by what each took in `out` when it was last run there.

    `afresh` : finished ones are run again.
    """
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
        finished = not afresh and entry.fingerprint == fingerprint(section, budget)
        kept += finished
        took += 0.0 if finished else entry.seconds
    told = [f"{kept} of {len(chosen)} sections are finished in {out}, and would not be run again"] if kept else []
    if took:
        told.append(f"sections that {out} has from an earlier run took {readable(took)} then")
    if unknown:
        told.append(f"this would run: {typically(unknown, budget.quick)}")
    return "; ".join(told)


def _stored(content: bytes, section: Section, figures: Path, budget: Budget) -> Entry | None:
    """Return the entry of the log, if the same code with the same settings would make it again."""
    try:
        entry = Entry.from_mapping(json.loads(content))
    except (ValueError, TypeError, KeyError):
        return None
    complete = all((figures / file).exists() for file, _ in entry.pictures)
    return entry if complete and entry.fingerprint == fingerprint(section, budget) else None
