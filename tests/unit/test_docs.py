"""Docstrings: every public name has one, and the tests that they name are there."""

import re
from pathlib import Path

import pytest

import dmft
import validation

ROOT = Path(__file__).parents[2]


def test_every_public_name_says_what_it_is():
    for package in (dmft, validation):
        bare = [name for name in package.__all__ if not name.startswith("__") and not getattr(package, name).__doc__]
        assert not bare


def test_the_tests_that_docstrings_name_are_there():
    missing = []
    for file in [*(ROOT / "dmft").rglob("*.py"), *(ROOT / "validation").rglob("*.py"), *ROOT.glob("*.md")]:
        for name in re.findall(r"(?:tests/[\w/]+/)?test_\w+\.py", file.read_text(encoding="utf-8")):
            found = (ROOT / name).exists() if name.startswith("tests/") else any((ROOT / "tests").rglob(name))
            if not found:
                missing.append(f"{file.relative_to(ROOT)}: {name}")
    assert not missing


def test_the_check_of_links_finds_what_leads_nowhere(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / ".docs"))
    import links

    (tmp_path / "a.html").write_text('<p id="x"><a href="b.html#y">b</a> <a href="#x">x</a> <img src="no.png"></p>')
    (tmp_path / "b.html").write_text('<p id="z"><a href="https://no.invalid/">far</a> <a href="a.html#x">a</a></p>')
    assert links.dead(tmp_path) == ["a.html: b.html#y", "a.html: no.png"]
    assert links.main([str(tmp_path)]) == 1


def test_no_equation_of_the_guide_is_left_as_text(monkeypatch):
    """What the converter does not know it leaves as it is, with its backslash."""
    pytest.importorskip("latex2mathml")
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(ROOT / ".docs"))
    import mathml

    for page in (ROOT / ".docs").rglob("*.md"):
        text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", text, flags=re.DOTALL):
            assert "\\" not in mathml.convert(block or inline), f"{page.name}: {block or inline}"
