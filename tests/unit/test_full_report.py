"""The guide's page on the report is made from the tables that a report stored, and from no others."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from dmft.sweeps.log import Log
from validation.cases import Budget, sections
from validation.page import Entry, Table, origin
from validation.report import fingerprint

DOCS = Path(__file__).parents[2] / ".docs"
HEAD = """| quantity | theory | large N | deviation | within | bias < | seen from | verdict |
|:--|--:|--:|--:|--:|--:|--:|:--|
"""
AGREES = "| x | 1 | 1.0 | +1(1) % | 3 % | 1 % | 9 % | agree |"
DISAGREES = """| y | 1 | 2.0 | +99(1) % | 101 % | 1 % | 9 % | disagree |
| z | 1 | 1.0 | +9(1) % | 9 % | 1 % | 9 % | undecided |"""
GOOD = Table(HEAD + AGREES, "agree", {"agree": 1, "disagree": 0, "undecided": 0}, "", "3 %", "9 %")
BAD = Table(HEAD + DISAGREES, "disagree", {"agree": 0, "disagree": 1, "undecided": 1}, "", "101 %", "9 %")
ONE = Entry("stationary", "The first", "Of <phi>^2.", {"g < 2": GOOD}, [], ["A remark."], 1.0, "")
TWO = Entry("driven", "The second", "Of noise.", {"strong": BAD}, [], [], 1.0, "")


@pytest.fixture
def program(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import full_report

    return full_report


def test_the_page_counts_every_row_and_names_what_disagrees(program):
    text = program.page([ONE, TWO], "commit `abc`; dmft 1, 2026-01-01; full report, seed 1.")
    assert "Commit `abc`; dmft 1, 2026-01-01; full report, seed 1." in text
    assert "3 rows: 1 agree, 1 disagree, 1 undecided.** Not run: Effective dimension, Balanced" in text
    assert "| [The first](#report-stationary) | 1 | 1 | 0 | 0 |" in text
    assert "| [The second](#report-driven) | 2 | 0 | 1 | 1 |" in text
    assert "- The second, strong: y, +99(1) %\n" in text
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<summary>g &lt; 2: agree" in text
    assert r"Of \<phi\>^2." in text


@pytest.mark.long
def test_tables_of_other_code_are_refused(program, tmp_path):
    (tmp_path / "report.md").write_text(f"# Title\n\n{origin(True, 7)}\n", encoding="utf-8")
    (section,) = (section for section in sections() if section.key == "stationary")
    own = fingerprint(section, Budget(True, None, 7))
    for entry_print in (own, "another"):
        with Log(tmp_path / "report.log", "report", None) as log:
            log.add("stationary", json.dumps(asdict(ONE) | {"fingerprint": entry_print}).encode())
        (read,) = program.entries_of(tmp_path)
        assert (read.fingerprint, read.tables) == (entry_print, ONE.tables)
    out = tmp_path / "page.md"
    run = [sys.executable, str(DOCS / "full_report.py"), str(tmp_path), "--out", str(out)]
    done = subprocess.run(run, cwd=DOCS.parent, capture_output=True, text=True)
    assert done.returncode != 0
    assert "did not make stationary" in done.stderr
    assert not out.exists()


def test_sections_made_again_replace_the_earlier_ones_and_are_named(program, monkeypatch, tmp_path):
    later = replace(TWO, tables={"strong": GOOD})
    stored = {"first": ([ONE, TWO], "commit `a`; of monday."), "second": ([later], "commit `b`; of tuesday.")}
    monkeypatch.setattr(program, "made_by", lambda folder, commit: stored[folder.name])
    for name in stored:
        (tmp_path / name).mkdir()
    out = tmp_path / "page.md"
    told = CliRunner().invoke(
        program.main, [str(tmp_path / "first"), "--again", str(tmp_path / "second"), "b", "--out", str(out)]
    )
    assert told.exit_code == 0, told.output
    text = out.read_text()
    assert "Commit `a`; of monday. Made again, The second: commit `b`; of tuesday." in text
    assert "2 rows: 2 agree, 0 disagree, 0 undecided." in text


def test_the_page_of_the_guide_is_one_of_these():
    text = (DOCS / "report.md").read_text(encoding="utf-8")
    assert text.startswith("<!-- Written by .docs/full_report.py")
    assert text.count("<details>") == text.count("</details>") > 0
