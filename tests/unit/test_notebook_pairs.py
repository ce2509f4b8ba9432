"""A script in percent format becomes a notebook with what its cells print and draw."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
