"""The phase diagram of random plus rank-one couplings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.couplings import Couplings, Random
from dmft.models.low_rank import LowRank
from dmft.models.network import Network, Population
from dmft.models.nonlinearity import Nonlinearity, Tanh
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import ends, grid, inside, odd_slope

if TYPE_CHECKING:
    import xarray
from dmft.phases.low_rank_lines import OUTLIER, POINTS, G, structure_line, structured_chaos


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
        {G: gains, OUTLIER: outliers},
        observe=[lyapunov_exponent, "kappa", "static_variance", "variance", "state"],
        **run,
    )
    along = np.linspace(*ends(gains), POINTS)
    onset = np.array([structure_line(network, gain, steep) for gain in along])
    label = r"$\lambda_\mathrm{out}\langle\phi'\rangle = 1$"
    diagram = with_line(diagram, "structure", x=(G, along), y=(OUTLIER, inside(onset, outliers)), label=label)
    up = np.linspace(ends(outliers)[0], min(ends(outliers)[1], 1.0 / steep), 21)
    label = r"$g\,\phi'(0) = 1$"
    edge = np.full(len(up), 1.0 / steep)
    diagram = with_line(diagram, "chaos", x=(G, inside(edge, gains)), y=(OUTLIER, up), label=label)
    x, y = structured_chaos(nonlinearity, ends(outliers)[1])
    label = r"$g^2\langle\phi'^2\rangle = 1$"
    return with_line(diagram, "structured_chaos", x=(G, inside(x, gains)), y=(OUTLIER, y), label=label)
