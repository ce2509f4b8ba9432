"""The page on what the report found.

    python .docs/full_report.py FOLDER [--commit HASH] [--again FOLDER HASH] [--out .docs/report.md]

FOLDER is the `--out` of `dmft-validate report`; every number of the page comes from the tables that are stored there.
The commit (by default the one that is checked out) is held against the fingerprints that the sections carry: a page is
not written for code that would not make them again. Sections that were run again by later code replace the earlier
ones, and the page says so.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from dmft.sweeps.log import Log
from validation.cases import sections
from validation.page import Entry, tally

HERE = Path(__file__).parent
_WORDS = ("agree", "disagree", "undecided")
_MADE_BY = """
import sys
from validation.cases import Budget, sections
from validation.report import fingerprint
budget = Budget(sys.argv[1] == "quick", None, int(sys.argv[2]))
print(" ".join(f"{section.key}:{fingerprint(section, budget)}" for section in sections()))
"""


def entries_of(folder: Path) -> list[Entry]:
    """Return the finished sections of a report, in its order; of one that is being made, those that are finished."""
    with tempfile.TemporaryDirectory() as copied:  # the run that makes the report holds its log
        for file in folder.glob("report.log*"):
            shutil.copy(file, copied)
        with Log(Path(copied) / "report.log", "report", None) as log:
            stored = dict(log)
    found = {key: Entry.from_mapping(json.loads(content)) for key, content in stored.items()}
    return [found[section.key] for section in sections() if section.key in found]


def origin_of(folder: Path) -> str:
    """Return the line of the report that says what made it: versions, date, quick or full, seed."""
    return (folder / "report.md").read_text(encoding="utf-8").splitlines()[2]


def fingerprints(commit: str, origin: str) -> dict[str, str]:
    """Return the fingerprint that the code of a commit gives each section."""
    kind, seed = re.search(r"(quick|full) report, seed (\d+)", origin).groups()
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", commit, "dmft", "validation"], check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        run = [sys.executable, "-c", _MADE_BY, kind, seed]
        told = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True, env={"PYTHONPATH": folder})
    return dict(pair.split(":") for pair in told.stdout.split())


def page(entries: list[Entry], origin: str) -> str:
    """Return the page: what the verdicts mean, a row a section, what disagrees, and the tables of each, folded."""
    left = [section.title for section in sections() if section.key not in {entry.key for entry in entries}]
    missing = f" Not run: {', '.join(left)}." if left else ""
    kind = "quick" if "quick report" in origin else "full"
    lines = [
        "<!-- Written by .docs/full_report.py from a stored report. -->",
        f"# What the {kind} report found",
        "",
        f"`dmft-validate report{' --quick' if kind == 'quick' else ''}` simulates networks of growing size for every "
        "theory of the package, extrapolates to large $N$, and compares. A row is one quantity of one network. It is "
        "*agree* if the theory is certainly within 5 % of its scale, *disagree* if the deviation is beyond what finite "
        "size and five errors of sampling allow, and *undecided* if the networks are too few or too small to tell. "
        "*Within* is what the theory is certainly within, *seen from* the deviation that would have been found.",
        "",
        origin[0].upper() + origin[1:],
        "",
        f"**{tally(entries)}.**{missing}",
        "",
        "| section | rows | agree | disagree | undecided |",
        "|:--|--:|--:|--:|--:|",
    ]
    for entry in entries:
        counts: Counter[str] = sum((Counter(table.counts) for table in entry.tables.values()), Counter())
        cells = [f"[{entry.title}](#report-{entry.key})", sum(counts.values()), *(counts[word] for word in _WORDS)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    wrong = [
        (entry.title, title, row.split(" | "))
        for entry in entries
        for title, table in entry.tables.items()
        for row in table.markdown.splitlines()
        if row.endswith(" disagree |")
    ]
    if wrong:
        lines += ["", "Rows that disagree:", ""]
        lines += [f"- {title}, {case}: {row[0].strip('| ')}, {row[3]}" for title, case, row in wrong]
    for entry in entries:
        lines += ["", f"(report-{entry.key})=", f"## {entry.title}", "", _plain(entry.text)]
        for title, table in entry.tables.items():
            told = f"{title}: {table.verdict}, {table.summary[1]} rows agree, within {table.within}"
            lines += ["", f"<details><summary>{html.escape(told)}</summary>", "", table.markdown, "", "</details>"]
        lines += [part for remark in entry.remarks for part in ("", _plain(remark))]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return a text of the report, which is no markup, with what would be taken for it escaped."""
    return re.sub(r"([<>*_$\\])", r"\\\1", text) if "<" in text or "$" in text else text


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--commit", default="HEAD", help="The code that made the report.  [what is checked out]")
@click.option(
    "--again",
    nargs=2,
    type=(click.Path(exists=True, file_okay=False, path_type=Path), str),
    multiple=True,
    metavar="FOLDER HASH",
    help="Sections made again by other code, which replace those of the same key; repeat for several.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=HERE / "report.md")
def main(folder: Path, commit: str, again: tuple[tuple[Path, str], ...], out: Path) -> None:
    """Write the page of the guide on what the report in FOLDER found."""
    made = [made_by(*pair) for pair in ((folder, commit), *again)]
    found = {entry.key: entry for entries, _ in made for entry in entries}
    entries = [found[section.key] for section in sections() if section.key in found]
    told = " ".join(
        [made[0][1], *(f"Made again, {', '.join(entry.title for entry in later)}: {by}" for later, by in made[1:])]
    )
    out.write_text(page(entries, told), encoding="utf-8")
    click.echo(f"{out}: {len(entries)} sections, {tally(entries)}")


def made_by(folder: Path, commit: str) -> tuple[list[Entry], str]:
    """Return the sections of a stored report, and a line that says what made them, its commit first."""
    entries, origin = entries_of(folder), origin_of(folder)
    told = ["git", "rev-parse", "--short=12", commit]
    commit = subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()
    made = fingerprints(commit, origin)
    other = [entry.key for entry in entries if entry.fingerprint != made.get(entry.key)]
    if other:
        raise click.ClickException(f"commit {commit} did not make {', '.join(other)}; name the one that did")
    return entries, f"commit `{commit}`; {origin}"


if __name__ == "__main__":
    main()
