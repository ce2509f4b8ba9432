"""The phase diagram of Lotka-Volterra equations of many species: mean interaction against its spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.errors import NotConvergedError
from dmft.models.named import LotkaVolterraNetwork
from dmft.numerics.convergence import Status
from dmft.numerics.value import Value
from dmft.phases.diagram import phase_diagram
from dmft.phases.lines import with_line
from dmft.phases.preset import ends, grid, inside
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.species.method import UniqueFixedPoint
from dmft.theories.stationary.species.settle import bounded_state, without_immigration
from dmft.theories.stationary.species.statement import species_of

if TYPE_CHECKING:
    import xarray

_LINE = 101  # points
_CONTINUOUS = 1e-3  # size of the logarithm of the growth next to a line
SETTLED, MOVING, UNBOUNDED = "one fixed point", "no stable fixed point", "unbounded"


@dataclass(frozen=True)
class Fate:
    """What becomes of species.

    Attributes
    ----------
    phase : "one fixed point", "no stable fixed point" or "unbounded".
    mean_abundance, mean_square, survival, response : of the fixed point, stable or not; nan without one.
    """

    phase: str
    mean_abundance: Value
    mean_square: Value
    survival: Value
    response: Value


def fate(network: Any) -> Fate:
    """Return what becomes of the species of a network.

    Raises
    ------
    NotConvergedError : where the fixed point is not resolved.
    """
    solution = UniqueFixedPoint().solve(Question(network))
    outcome = solution.convergence
    error = outcome.error
    if outcome.status not in (Status.CONVERGED, Status.UNSTABLE, Status.NO_SOLUTION):
        raise NotConvergedError(outcome.message, solution)
    phase = phase_of_species(solution)
    if outcome.status is Status.NO_SOLUTION:
        return Fate(phase, *(Value(math.nan, 0.0, "none"),) * 4)
    numbers = (solution.mean_x, float(solution.corr_x[0]), solution.survival, solution.response)
    sizes = (*numbers[:2], 1.0, numbers[3])
    values = [Value(x, 0.0, "closed", numerical_error=error * size) for x, size in zip(numbers, sizes, strict=True)]
    return Fate(phase, *values)


def phase_of_species(solution: Any) -> str:
    """Return the phase of a solution of species; below sigma_c alone it is known that abundances diverge."""
    if solution.convergence.status is not Status.NO_SOLUTION:
        return SETTLED if solution.stable else MOVING
    species = species_of(solution.network)
    return MOVING if species.sigma >= species.critical_sigma else UNBOUNDED


def lotka_volterra_diagram(
    *,
    mu: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    symmetry: float = 0.0,
    immigration: float = 0.0,
    **run: Any,
) -> xarray.Dataset:
    """Map the fixed point of Lotka-Volterra equations of many species over mean and spread of their interactions.

    All initial states lead to one fixed point up to sigma_c = sqrt(2)/(1 + gamma), at any mu, where half of the species
    live; beyond it abundances keep moving, or are caught in one of many fixed points. Where species help each other
    more than mu_div(sigma) abundances grow without bound [Bunin, PRE 95, 042414 (2017); Galla, EPL 123, 48004 (2018)].
    Immigration moves the first line, and not the second.

    Parameters
    ----------
    mu, sigma : grids, by default 50 means from -1 to 4 and 50 spreads from 0.04 to 2.
    symmetry, immigration : as of `dmft.LotkaVolterraNetwork`.
    run : executor, checkpoint, progress, as in `phase_diagram`.

    Returns
    -------
    xarray.Dataset : `survival`, `mean_abundance`, `mean_square` and `response` of the fixed point, stable or not (nan
        without one), each with a bound on its error, and `phase` over mu and sigma, and the lines "stability" and
        "divergence" (up to sigma_c: where it ends beyond is no matter of the fixed point).

    Raises
    ------
    ValueError, TypeError : for sigma <= 0, and a symmetry or an immigration out of its range.

    Notes
    -----
    Accuracy: that of `dmft.UniqueFixedPoint`; the lines to 1e-9 (`tests/unit/test_lotka_volterra_diagram.py`).
    Cost: 0.5 ms a point.
    """
    means = grid(mu, np.linspace(-1.0, 4.0, 50), "mu")
    spreads = grid(sigma, np.linspace(0.04, 2.0, 50), "sigma", above=0.0)
    network = LotkaVolterraNetwork(0.0, float(spreads.flat[0]), symmetry, immigration)
    names = ("survival", "mean_abundance", "mean_square", "response")
    observe = {**{name: name for name in names}, "phase": "phase"}
    diagram = phase_diagram(network, {"mu": means, "sigma": spreads}, observe=observe, solve=fate, **run)
    along = np.linspace(*ends(spreads), _LINE)
    below = along[along < species_of(network).critical_sigma]
    left = divergence(network, below)
    diagram = with_line(
        diagram, "divergence", x=("mu", inside(left, means)), y=("sigma", below), label=r"$\mu_{\rm div}(\sigma)$"
    )
    across = np.linspace(*ends(means), _LINE)
    label = r"$\sigma^2\langle(dx/dh)^2\rangle = 1$"
    edge = inside(stability_line(network, across, *ends(spreads)), spreads)
    return with_line(diagram, "stability", x=("mu", across), y=("sigma", edge), label=label)


def divergence(network: LotkaVolterraNetwork, sigma: ArrayLike) -> FloatArray:
    """Return the mu below which abundances grow without bound at spreads below sigma_c."""
    found = []
    for spread in np.asarray(sigma, dtype=float):
        alone = without_immigration(species_of(network.replace(sigma=float(spread), mu=0.0)))
        found.append(math.nan if alone is None else alone.divergent_mu)
    return np.array(found)


def stability_line(network: LotkaVolterraNetwork, mu: ArrayLike, low: float, high: float) -> FloatArray:
    """Return the spread between two at which the fixed point loses its stability, nan where it does not.

    Without immigration it is sigma_c at all mu > 0, where the divergence begins.
    """
    from scipy.optimize import brentq

    species = species_of(network)
    means = np.asarray(mu, dtype=float)
    if species.immigration == 0.0:
        return np.where(means >= 0.0, species.critical_sigma, math.nan)

    def growth(spread: float, mean: float) -> float:
        state = bounded_state(species_of(network.replace(sigma=spread, mu=mean)))
        return 1.0 if state is None else math.log(state.growth)  # beyond the divergence nothing is stable

    found = np.full(len(means), math.nan)
    for i, mean in enumerate(means):
        if growth(low, mean) < 0.0 < growth(high, mean):
            edge = brentq(growth, low, high, args=(float(mean),), xtol=1e-12, rtol=1e-11)
            if abs(growth(edge * (1.0 - 1e-9), mean)) < _CONTINUOUS:  # else it is the divergence that comes first
                found[i] = edge
    return found
