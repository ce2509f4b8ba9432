"""What to cite: every key has an entry, and every entry is whole."""

from __future__ import annotations

import importlib
import pkgutil
import re
from importlib.resources import files
from pathlib import Path

import pytest

import dmft
import dmft.theories
from dmft.citation import bibtex, cite
from dmft.theories.solution import Solution

KEYS = re.findall(r"^@\w+\{(\w+),", files("dmft").joinpath("references.bib").read_text(encoding="utf-8"), re.MULTILINE)


def _solutions(kind: type[Solution] = Solution):
    for child in kind.__subclasses__():
        yield child
        yield from _solutions(child)


def test_every_solution_has_entries() -> None:
    for module in pkgutil.walk_packages(dmft.theories.__path__, "dmft.theories."):
        importlib.import_module(module.name)
    solutions = [kind for kind in _solutions() if kind.__module__.startswith("dmft.")]
    assert len(solutions) >= 2
    for kind in solutions:
        assert kind.references, f"{kind.__name__} cites nothing"
        assert bibtex(kind.references).count("@") == len(kind.references)


@pytest.mark.parametrize("key", KEYS)
def test_entries_are_whole(key: str) -> None:
    entry = bibtex([key])
    assert entry.count("{") == entry.count("}")
    assert re.match(rf"@(article|inproceedings|software)\{{{key},\n", entry)
    assert entry.endswith("}")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, re.MULTILINE))
    assert {"author", "title"} <= fields.keys()
    assert entry.count("\n") == len(fields) + 1  # no line that is not a field
    if key == "dmft":
        return
    year = fields["year"]
    first = re.sub(r"[{}\\']", "", fields["author"].split(",")[0]).lower()  # without the accents of TeX
    assert key == f"{first}{year}"
    if "doi" in fields and fields["doi"].startswith("10.1103/"):  # the publisher's DOIs state volume and page
        assert fields["doi"].endswith(f".{fields['volume']}.{fields['pages'].split('--')[0]}")


def test_keys_are_unique() -> None:
    assert len(set(KEYS)) == len(KEYS)


def test_order_and_repetition() -> None:
    text = bibtex(["clark2024", "sompolinsky1988", "clark2024"])
    assert re.findall(r"@\w+\{(\w+)", text) == ["clark2024", "sompolinsky1988"]


def test_cite(tmp_path: Path) -> None:
    solution = dmft.solve_stationary(dmft.RandomNetwork(0.5))
    text = dmft.cite(solution)
    assert re.findall(r"@\w+\{(\w+)", text) == [*solution.references, "dmft"]
    assert "10.1103/PhysRevLett.61.259" in text
    dmft.save(solution, tmp_path / "solution.nc")
    assert cite(dmft.storage.dataset(tmp_path / "solution.nc")) == text


def test_refuses() -> None:
    with pytest.raises(ValueError, match=r"no reference 'sompolinsky1989' \(did you mean 'sompolinsky1988'\?\); known"):
        dmft.bibtex("sompolinsky1989")
    with pytest.raises(TypeError, match="takes a solution, a map or a stored one, got float"):
        cite(3.0)
