"""A notebook that runs as a script saves its figures beside it."""

from __future__ import annotations

import atexit
import functools
import sys
from pathlib import Path
from typing import Any

_DPI = 110


def figures_beside() -> None:
    """Save every figure that is drawn from now on when the script ends, as `figures/NAME-1.png`, .. beside it.

    For scripts in percent format, which are notebooks as well: where the caller is no script that Python was started
    with, nothing is done, as the notebook shows its figures itself. Figures that no window keeps, and those whose
    window was closed, are saved too, in the order in which they were made; one without anything in it is left out.
    """
    main = sys.modules["__main__"]
    script = getattr(main, "__file__", None)
    if script is None or sys._getframe(1).f_globals is not vars(main):
        return
    from matplotlib import figure

    drawn: list[Any] = []
    kind: Any = figure.Figure
    made = kind.__init__

    @functools.wraps(made)
    def remembered(self: Any, *arguments: Any, **settings: Any) -> None:
        made(self, *arguments, **settings)
        drawn.append(self)

    kind.__init__ = remembered
    atexit.register(_save, drawn, Path(script))


def _save(drawn: list[Any], script: Path) -> None:
    shown = [one for one in drawn if one.axes or one.texts]
    folder = script.parent / "figures"
    if shown:
        folder.mkdir(exist_ok=True)
    for number, one in enumerate(shown, 1):
        one.savefig(folder / f"{script.stem}-{number}.png", dpi=_DPI, bbox_inches="tight")
