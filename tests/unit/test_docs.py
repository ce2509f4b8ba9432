"""Docstrings: every public name has one, and the tests that they name are there."""

import re
from pathlib import Path

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
