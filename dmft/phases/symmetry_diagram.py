"""The phase diagram of a random network with partially symmetric couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.named import RandomNetwork
from dmft.models.nonlinearity import Nonlinearity, Tanh, slope_at_zero
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import corr_phi, corr_x, ends, grid

if TYPE_CHECKING:
    import xarray


def symmetry_diagram(
    *,
    g: ArrayLike | None = None,
    symmetry: ArrayLike | None = None,
    nonlinearity: Nonlinearity = Tanh(),
    **run: Any,
) -> xarray.Dataset:
    """Map the activity of a random network over gain g and symmetry rho of its couplings.

    With the line g phi'(0) (1 + rho) = 1, where x = 0 loses stability: it is the edge of the elliptic spectrum of the
    couplings [Sommers, Crisanti, Sompolinsky & Stein, PRL 60, 1895 (1988)].

    Parameters
    ----------
    g, symmetry : grids, by default 8 gains from 0.5 to 4 and 5 values of rho from -0.4 to 0.4.
    nonlinearity : phi, odd.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `corr_x` (C^x(0)) and `corr_phi` (C^phi(0)), each with its standard error, and `phase` over g and
        symmetry; the line "onset".

    Notes
    -----
    Accuracy: that of `solve_stationary` for partially symmetric couplings, which samples; the exponent of such a state
    is not solved, so none is mapped. Cost: about 1 s of CPU a point beyond the line, nothing below it.
    """
    gains, symmetries = grid(g, np.linspace(0.5, 4.0, 8)), grid(symmetry, np.linspace(-0.4, 0.4, 5))
    diagram = phase_diagram(
        RandomNetwork(g=1.0, nonlinearity=nonlinearity),
        {"g": gains, "symmetry": symmetries},
        observe=[corr_x, corr_phi, "state"],
        **run,
    )
    rho = np.linspace(*ends(symmetries), 101)
    slope = abs(slope_at_zero(nonlinearity))
    with np.errstate(divide="ignore"):
        onset = 1.0 / (slope * (1.0 + rho))
    onset[(onset < gains.min()) | (onset > gains.max())] = np.nan
    return with_line(diagram, "onset", x=("g", onset), y=("symmetry", rho), label=r"$g\,(1 + \rho) = 1$")
