"""The phase diagram of random plus rank-one couplings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.couplings import Couplings, Random
from dmft.models.low_rank import LowRank
from dmft.models.network import Network, Population
from dmft.models.nonlinearity import Nonlinearity, Tanh
from dmft.numerics.gaussian import averages
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import ends, grid, inside, odd_slope
from dmft.theories.stationary import solve_stationary
from dmft.theories.stationary.low_rank.method import LowRankStates

if TYPE_CHECKING:
    import xarray

_G, _OUTLIER = "couplings.random.g", "couplings.low_rank.outlier"
_POINTS = 121  # of a line


def low_rank_diagram(
    *,
    g: ArrayLike | None = None,
    outlier: ArrayLike | None = None,
    nonlinearity: Nonlinearity = Tanh(),
    **run: Any,
) -> xarray.Dataset:
    """Map the states of random plus rank-one couplings over the gain g of the random ones and the outlier of all.

    Activity is quiescent or chaotic where the outlier is weak; where it exceeds 1/<phi'> of that state, activity aligns
    with the vector m, kappa = n . phi/N != 0: at rest, or with chaos on top where g^2 <phi'^2> > 1 [Mastrogiuseppe &
    Ostojic, Neuron 99, 609 (2018)]. The three lines are exact.

    Parameters
    ----------
    g, outlier : grids, by default 24 gains from 0.1 to 3 and 24 outliers from 0.1 to 4.
    nonlinearity : phi, odd.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `lyapunov_exponent`, `kappa`, `static_variance`, `variance` and `state` over couplings.random.g and
        couplings.low_rank.outlier, and the lines "structure", "chaos" and "structured_chaos".

    Raises
    ------
    ValueError : for gains <= 0, or phi that is not odd: kappa = 0 is no state then that structure would bifurcate from.

    Notes
    -----
    Accuracy: that of `solve_stationary`; the lines to 1e-9 (`tests/limits/test_low_rank_limits.py`).
    Cost: 576 points of 10-40 ms.
    """
    steep = odd_slope(nonlinearity)
    gains = grid(g, np.linspace(0.1, 3.0, 24), "g", above=0.0)
    outliers = grid(outlier, np.linspace(0.1, 4.0, 24), "outlier")
    network = Network(Population(nonlinearity), Couplings(Random(1.0), low_rank=LowRank(1.0, outlier=1.0)))
    diagram = phase_diagram(
        network,
        {_G: gains, _OUTLIER: outliers},
        observe=[lyapunov_exponent, "kappa", "static_variance", "variance", "state"],
        **run,
    )
    along = np.linspace(*ends(gains), _POINTS)
    onset = np.array([_structure(network, gain, steep) for gain in along])
    label = r"$\lambda_\mathrm{out}\langle\phi'\rangle = 1$"
    diagram = with_line(diagram, "structure", x=(_G, along), y=(_OUTLIER, inside(onset, outliers)), label=label)
    up = np.linspace(ends(outliers)[0], min(ends(outliers)[1], 1.0 / steep), 21)
    label = r"$g\,\phi'(0) = 1$"
    edge = np.full(len(up), 1.0 / steep)
    diagram = with_line(diagram, "chaos", x=(_G, inside(edge, gains)), y=(_OUTLIER, up), label=label)
    x, y = structured_chaos(nonlinearity, ends(outliers)[1])
    label = r"$g^2\langle\phi'^2\rangle = 1$"
    return with_line(diagram, "structured_chaos", x=(_G, inside(x, gains)), y=(_OUTLIER, y), label=label)


def _structure(network: Network, gain: float, steep: float) -> float:
    """Return the outlier from which on the homogeneous state is unstable to a structure."""
    if gain * steep <= 1.0:
        return 1.0 / steep
    changed = network.replace(**{_G: gain, _OUTLIER: 0.0})
    return 1.0 / float(solve_stationary(changed, method=LowRankStates("homogeneous")).mean_slope)


def structured_chaos(nonlinearity: Nonlinearity, largest: float) -> tuple[Any, Any]:
    """Return the line (g, outlier) where the structured fixed point becomes chaotic, up to an outlier.

    Along it the variance grows: outlier 1/<phi'>, g = 1/sqrt<phi'^2>.
    """
    gains, outliers = [], []
    for variance in np.geomspace(1e-6, 1e6, 20 * _POINTS):
        of = averages(nonlinearity, float(variance))
        if not of.mean_slope > 0.0 or 1.0 / of.mean_slope > largest:
            break
        gains.append(1.0 / math.sqrt(of.mean_square_slope))
        outliers.append(1.0 / of.mean_slope)
    return np.array(gains), np.array(outliers)
