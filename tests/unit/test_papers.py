"""The papers that are reproduced: each is a reference with a DOI, has sections, a notebook and calls that exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import dmft
import validation
import validation.cases
from dmft.citation import told
from dmft.cli import main as dmft_main
from dmft.reproduced import PAPERS, paper
from validation.cases import Content, Section
from validation.cli import main

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("one", PAPERS, ids=lambda one: one.key)
def test_what_a_paper_names_is_there(one):
    assert re.search(r"https://doi\.org/10\.\d{4,}/\S+$", told(one.key))
    assert set(one.sections) <= {section.key for section in validation.cases.sections()}
    assert one.sections
    assert (ROOT / "notebooks" / f"{one.notebook}.py").exists()
    for call in one.calls:
        package, name = re.match(r"(?:(validation)\.)?(\w+)\(", call).groups()
        assert hasattr(validation if package else dmft, name), call


def test_a_reference_in_a_line():
    assert told("clark2024") == (
        "Clark & Abbott (2024). Theory of Coupled Neuronal-Synaptic Dynamics. "
        "https://doi.org/10.1103/PhysRevX.14.021001"
    )
    with pytest.raises(ValueError, match="there is no paper 'clark'"):
        paper("clark")


def test_the_list_and_a_page_are_eighty_columns_wide(capsys):
    for arguments in (["papers"], *(["papers", one.key] for one in PAPERS)):
        with pytest.raises(SystemExit) as stop:
            dmft_main(arguments)
        assert not stop.value.code
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_reproduce_runs_the_sections_of_a_paper_anew(tmp_path, monkeypatch):
    runs = []

    def run(key):
        def counted(budget):
            runs.append((key, budget.quick))
            return Content({}, (), ("A remark.",))

        return Section(key, f"Section {key}", "About it.", counted)

    monkeypatch.setattr(validation.cases, "sections", lambda: tuple(map(run, ("plastic", "capacity", "trained"))))
    arguments = ["reproduce", "ingrosso2019", "--quick", "--workers", "1", "--out", str(tmp_path)]
    for _ in range(2):  # no verdict of the first run is taken over
        outcome = CliRunner().invoke(main, arguments)
        assert outcome.exit_code == 0, outcome.output
    assert runs == [("capacity", True), ("trained", True)] * 2
    page = (tmp_path / "report.html").read_text()
    assert "<h1>Ingrosso &amp; Abbott (2019)" in page
    assert paper("ingrosso2019").claims[1] in page
    outcome = CliRunner().invoke(main, ["reproduce", "nobody1900"])
    assert outcome.exit_code == 2
    assert "rubin2017" in outcome.output
