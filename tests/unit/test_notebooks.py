"""Every notebook runs in its quick mode, with warnings as errors, and its last assertion holds."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.py"))


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(notebook):
    begin = time.time() - 1.0
    environment = os.environ | {"DMFT_NOTEBOOK": "quick", "MPLBACKEND": "agg"}
    outcome = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:dmft", notebook], env=environment, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert (notebook.parent / "figures" / f"{notebook.stem}-1.png").stat().st_mtime >= begin


def test_there_are_thirteen_and_they_use_what_is_public():
    assert len(NOTEBOOKS) == 13
    for notebook in NOTEBOOKS:
        for module in re.findall(r"^(?:from|import) ((?:dmft|validation)[\w.]*)", notebook.read_text(), re.MULTILINE):
            assert module in ("dmft", "dmft.plotting", "validation"), f"{notebook.name} imports {module}"


def test_each_saves_its_figures_as_a_script_and_ends_with_three_exercises():
    for notebook in NOTEBOOKS:
        text = notebook.read_text()
        assert "figures_beside()" in text, notebook.name
        exercises = text.split("# ## Exercises")[-1]
        assert re.findall(r"^# (\d)\. ", exercises, re.MULTILINE) == ["1", "2", "3"], notebook.name
