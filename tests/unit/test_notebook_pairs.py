"""A script in percent format becomes a notebook with what its cells print and draw."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PAIR = Path(__file__).parents[2] / ".docs" / "notebooks.py"
SCRIPT = """# ---
# jupyter:
# ---

# %% [markdown]
# # A title
#
# With $x$.

# %%
import matplotlib.pyplot as plt

value = 3
print("said")

# %%
_, ax = plt.subplots()
ax.plot([0, value])
ax

# %%
value
"""


@pytest.mark.long
def test_cells_run_and_leave_what_they_show(tmp_path):
    (tmp_path / ".docs").mkdir()
    (tmp_path / "notebooks").mkdir()
    for name in ("notebooks.py", "examples.py"):
        (tmp_path / ".docs" / name).write_text((PAIR.parent / name).read_text())
    (tmp_path / "notebooks" / "01_one.py").write_text(SCRIPT)
    (tmp_path / "notebooks" / "02_bad.py").write_text(SCRIPT + "\n# %%\nraise ValueError('no')\n")
    run = [sys.executable, str(tmp_path / ".docs" / "notebooks.py")]
    done = subprocess.run(run, env=os.environ | {"MPLBACKEND": "agg"}, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr  # the other one failed, and this one was made
    notebook = json.loads((tmp_path / "notebooks" / "01_one.ipynb").read_text())
    title, first, drawn, last = notebook["cells"]
    assert (title["cell_type"], title["source"]) == ("markdown", "# A title\n\nWith $x$.")
    assert first["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "said\n"}]
    assert list(drawn["outputs"][0]["data"]) == ["image/png"]
    assert last["outputs"][0]["data"] == {"text/plain": "3"}
    assert notebook["metadata"]["jupytext"]["formats"] == "ipynb,py:percent"
    assert (tmp_path / "notebooks" / "figures" / "01_one-1.png").stat().st_size > 1000
    assert not (tmp_path / "notebooks" / "02_bad.ipynb").exists()


BESIDE = """
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import dmft.plotting

early = plt.figure()
dmft.plotting.figures_beside()
_, ax = plt.subplots()
ax.plot([0, 1])
plt.close("all")
Figure().subplots().plot([1, 0])
Figure()
"""


@pytest.mark.long
def test_a_script_saves_its_figures_beside_it(tmp_path):
    script = tmp_path / "deep" / "01_one.py"
    script.parent.mkdir()
    script.write_text(BESIDE)
    environment = os.environ | {"MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    saved = sorted(path.name for path in (script.parent / "figures").iterdir())
    assert saved == ["01_one-1.png", "01_one-2.png"]  # the one of before and the empty one are not its figures
    other = tmp_path / "other.py"  # where another program runs it, that program shows the figures
    other.write_text(
        f"exec(open({str(script)!r}).read(), {{'__file__': 'elsewhere/02_two.py', '__name__': '__main__'}})"
    )
    subprocess.run([sys.executable, str(other)], cwd=tmp_path, env=environment, check=True)
    assert not (tmp_path / "figures").exists()
    assert not (tmp_path / "elsewhere").exists()
