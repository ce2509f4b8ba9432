"""The phase diagram of a random network with partially symmetric couplings."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.named import RandomNetwork
from dmft.models.nonlinearity import Nonlinearity, Tanh
from dmft.observables.value import Value
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line

if TYPE_CHECKING:
    import xarray


def symmetry_diagram(
    *,
    g: ArrayLike | None = None,
    symmetry: ArrayLike | None = None,
    nonlinearity: Nonlinearity = Tanh(),
    executor: Any = None,
    checkpoint: str | PathLike[str] | None = None,
    progress: bool = False,
) -> xarray.Dataset:
    """Map the activity of a random network over gain g and symmetry rho of its couplings.

    With the line g phi'(0) (1 + rho) = 1, where x = 0 loses stability: it is the edge of the elliptic spectrum of the
    couplings [Sommers, Crisanti, Sompolinsky & Stein, PRL 60, 1895 (1988)].

    Parameters
    ----------
    g, symmetry : grids, by default 8 gains from 0.5 to 4 and 5 values of rho from -0.4 to 0.4.
    nonlinearity : phi, odd.
    executor, checkpoint, progress : as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `corr_x` (C^x(0)) and `corr_phi` (C^phi(0)), each with its standard error, and `phase` over g and
        symmetry; the line "onset".

    Notes
    -----
    Accuracy: that of `solve_stationary` for partially symmetric couplings, which samples; the exponent of such a state
    is not solved, so none is mapped. Cost: about 1 s of CPU a point beyond the line, nothing below it.
    """
    gains = np.linspace(0.5, 4.0, 8) if g is None else np.asarray(g, dtype=float)
    symmetries = np.linspace(-0.4, 0.4, 5) if symmetry is None else np.asarray(symmetry, dtype=float)
    diagram = phase_diagram(
        RandomNetwork(g=1.0, nonlinearity=nonlinearity),
        {"g": gains, "symmetry": symmetries},
        observe=[corr_x, corr_phi, "phase"],
        executor=executor,
        checkpoint=checkpoint,
        progress=progress,
    )
    rho = np.linspace(float(symmetries.min()), float(symmetries.max()), 101)
    with np.errstate(divide="ignore"):
        onset = 1.0 / (_slope_at_rest(nonlinearity) * (1.0 + rho))
    onset[(onset < gains.min()) | (onset > gains.max())] = np.nan
    return with_line(diagram, "onset", x=("g", onset), y=("symmetry", rho), label=r"$g\,(1 + \rho) = 1$")


def corr_x(solution: Any) -> Value:
    """Return C^x(0) with its standard error."""
    return _with_error(solution, "corr_x")


def corr_phi(solution: Any) -> Value:
    """Return C^phi(0) with its standard error."""
    return _with_error(solution, "corr_phi")


def _with_error(solution: Any, name: str) -> Value:
    errors = getattr(solution, f"{name}_error", (0.0,))
    return Value(float(getattr(solution, name)[0]), float(errors[0]))


def _slope_at_rest(nonlinearity: Nonlinearity) -> float:
    return abs(float(np.asarray(nonlinearity.derivative(np.zeros(1)))[0]))
