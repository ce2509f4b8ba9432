"""The phase diagram of a network with a hyperexcitable group: gain within the group against its size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.checks import positive
from dmft.models.couplings import Couplings, Random
from dmft.models.network import Network, Population, Populations
from dmft.models.nonlinearity import Nonlinearity, Tanh
from dmft.observables.jacobian import jacobian_spectrum
from dmft.observables.lyapunov import lyapunov_exponent
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import ends, grid, inside, odd_slope

if TYPE_CHECKING:
    import xarray

FRACTION, GAIN = "populations.group.fraction", "couplings.random.g.group.group"


def structure_diagram(
    *,
    fraction: ArrayLike | None = None,
    gain: ArrayLike | None = None,
    others: float = 0.8,
    nonlinearity: Nonlinearity = Tanh(),
    **run: Any,
) -> xarray.Dataset:
    """Map the exponent of a network with a hyperexcitable group over the group's size and the gain within it.

    All couplings have the gain `others`, below the transition, but for those within the group. How small a group makes
    the whole network chaotic? Activity is at rest up to rho(g_ab^2 f_b) phi'(0)^2 = 1, which is no matter of the mean
    gain: a network of one population whose couplings have the same variance on average becomes chaotic elsewhere
    [Aljadeff, Stern & Sharpee, PRL 114, 088101 (2015)].

    Parameters
    ----------
    fraction, gain : grids of the group's part of all units and of the gain within it, by default 22 parts from 0.02 to
        0.9 and 21 gains from 1 to 6.
    others : gain of all other couplings.
    nonlinearity : phi, odd.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `lyapunov_exponent`, `radius` (sqrt of rho(K <phi'^2>)), `group` and `rest` (the standard deviation
        of x in both populations) and `state` over populations.group.fraction and couplings.random.g.group.group, and
        the lines "chaos" (exact) and "mean_gain" (the same variance of couplings in one population).

    Raises
    ------
    ValueError : for phi that is not odd, fractions outside (0, 1), gains <= 0, or others * phi'(0) >= 1:
        the network is then chaotic without a group.

    Notes
    -----
    Accuracy: that of `solve_stationary`; the lines to rounding (`tests/unit/test_structure_diagrams.py`).
    Cost: 462 points of 0.1-0.5 s.
    """
    steep = abs(odd_slope(nonlinearity))
    others = positive("others", others)
    if others * steep >= 1.0:
        raise ValueError(f"others * phi'(0) must be below 1, where the network is at rest, got {others * steep:g}")
    sizes = grid(fraction, np.linspace(0.02, 0.9, 22), "fraction", above=0.0, below=1.0)
    gains = grid(gain, np.linspace(1.0, 6.0, 21), "gain", above=0.0)
    groups = {"group": Population(nonlinearity, fraction=float(sizes[0])), "rest": Population(nonlinearity)}
    network = Network(Populations(groups), Couplings(Random([[float(gains[0]), others], [others, others]])))
    diagram = phase_diagram(
        network,
        {FRACTION: sizes, GAIN: gains},
        observe={
            "lyapunov_exponent": lyapunov_exponent,
            "radius": radius,
            "group": _deviation_of_group,
            "rest": _deviation_of_rest,
            "state": "state",
        },
        **run,
    )
    f = np.linspace(*ends(sizes), 201)
    label = r"$\rho(g_{ab}^2 f_b)\,\phi'(0)^2 = 1$"
    edge = inside(onset(f, others * steep) / steep, gains)
    diagram = with_line(diagram, "chaos", x=(FRACTION, f), y=(GAIN, edge), label=label)
    # sum f_a f_b g_ab^2 phi'(0)^2 = 1, of a group that would be spread over all couplings
    even = np.sqrt(np.maximum(1.0 / steep**2 - others**2 * (1.0 - f**2), 0.0)) / f
    label = r"$\overline{g^2}\,\phi'(0)^2 = 1$"
    return with_line(diagram, "mean_gain", x=(FRACTION, f), y=(GAIN, inside(even, gains)), label=label)


def onset(fraction: ArrayLike, others: float) -> Any:
    """Return the gain within a group of this part of all units at which rho(g_ab^2 f_b) = 1, other gains `others`.

    (1 - gain^2 f)(1 - others^2 (1 - f)) = others^4 f (1 - f), the determinant of 1 - g_ab^2 f_b.
    """
    f = np.asarray(fraction, dtype=float)
    rest = 1.0 - others**2 * (1.0 - f)
    return np.sqrt((1.0 - others**4 * f * (1.0 - f) / rest) / f)


def radius(solution: Any) -> float:
    """Return sqrt(rho(K <phi'^2>)): above 1 most perturbations grow at first."""
    return float(jacobian_spectrum(solution).radius)


def _deviation_of_group(solution: Any) -> float:
    return math.sqrt(float(solution.variance[0]))


def _deviation_of_rest(solution: Any) -> float:
    return math.sqrt(float(solution.variance[1]))
