"""The documentation builds from the docstrings without a warning, and holds every public name."""

import re
import subprocess
import sys
from pathlib import Path

import dmft
import validation

ROOT = Path(__file__).parents[2]


def test_the_pages_hold_every_public_name(tmp_path):
    outcome = subprocess.run(
        [sys.executable, ROOT / ".docs" / "build.py", tmp_path], capture_output=True, text=True, cwd=ROOT
    )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert outcome.stderr == ""
    for package in (dmft, validation):
        page = (tmp_path / f"{package.__name__}.html").read_text(encoding="utf-8")
        missing = [name for name in package.__all__ if f'id="{name}"' not in page]
        assert not missing
    page = (tmp_path / "dmft.html").read_text(encoding="utf-8")
    assert "C^phi = &lt;phi(x(t)) phi(x(t + lag))&gt;" in page  # an average, not a tag
    assert "<strong>rtol</strong>: largest residual" in page


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
