"""Pair the notebooks: `python .docs/notebooks.py [NAME ...] [--quick] [--gallery]`.

Each script of `notebooks/` is run cell by cell, and written as .ipynb with what it printed and drew, its figures beside
it in `notebooks/figures/`, and with `--gallery` the largest of them, small, into `.docs/gallery/`, for the guide.
Jupytext keeps the two forms together.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
_WIDTH = 960  # pixels of a picture of the gallery


def cells(script: str) -> list[tuple[str, str]]:
    """Return ("markdown" or "code", text) of each cell of a script in percent format."""
    found = []
    for part in re.split(r"^# %%", script, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            lines = (re.sub(r"^# ?", "", line) for line in body.strip().splitlines())
            found.append(("markdown", "\n".join(lines)))
        else:
            found.append(("code", body.strip()))
    return found


def paired(script: Path) -> tuple[dict[str, Any], list[bytes]]:
    """Run a notebook, and return it as the mapping of an .ipynb, and its figures as PNG."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt
    from examples import cell

    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(script)}
    out, figures = [], []
    for number, (kind, text) in enumerate(cells(script.read_text(encoding="utf-8"))):
        one: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text}
        if kind == "code":
            done = cell(text, script.name, names)
            drawn = [plt.figure(at) for at in plt.get_fignums()]
            drawn += [done.figure] if done.figure is not None and done.figure not in drawn else []
            pictures = [_png(figure) for figure in drawn]
            plt.close("all")
            figures += pictures
            shown = None if done.value is None or done.figure is not None else _data(done.value)
            one |= {"execution_count": None, "outputs": _outputs(done.printed, shown, pictures)}
        out.append(one)
    metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    }
    return {"cells": out, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, figures


def _png(figure: Any, dpi: float = 110) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight")
    return buffer.getvalue()


def _data(value: Any) -> dict[str, str]:
    html = getattr(value, "_repr_html_", None)
    return {"text/plain": repr(value)} | ({"text/html": html()} if html is not None else {})


def _outputs(printed: str, shown: dict[str, str] | None, pictures: list[bytes]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    data = [] if shown is None else [shown]
    data += [{"image/png": base64.b64encode(picture).decode()} for picture in pictures]
    return out + [{"output_type": "display_data", "data": one, "metadata": {}} for one in data]


def _write(script: Path, gallery: bool) -> None:
    notebook, figures = paired(script)
    (NOTEBOOKS / "figures").mkdir(exist_ok=True)
    script.with_suffix(".ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for number, picture in enumerate(figures, 1):
        (NOTEBOOKS / "figures" / f"{script.stem}-{number}.png").write_bytes(picture)
    print(f"{script.stem}: {len(figures)} figures", flush=True)
    if gallery and figures:
        from PIL import Image

        (HERE / "gallery").mkdir(exist_ok=True)
        image = Image.open(io.BytesIO(max(figures, key=len))).convert("RGB")
        image.thumbnail((_WIDTH, _WIDTH))
        image.quantize(64).save(HERE / "gallery" / f"{script.stem}.png", optimize=True)


def main(arguments: list[str]) -> int:
    """Pair the notebooks that are named, or all, each in a process of its own; return how many failed."""
    options, named = {a for a in arguments if a.startswith("--")}, [a for a in arguments if not a.startswith("--")]
    scripts = [script for script in sorted(NOTEBOOKS.glob("[0-9]*.py")) if not named or script.stem in named]
    if "--here" in options:
        sys.path.insert(0, str(HERE))
        for script in scripts:
            _write(script, "--gallery" in options)
        return 0
    environment = os.environ | ({"DMFT_NOTEBOOK": "quick"} if "--quick" in options else {})
    one = [sys.executable, __file__, "--here", *(options & {"--gallery"})]
    return sum(subprocess.run([*one, script.stem], env=environment, check=False).returncode != 0 for script in scripts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
