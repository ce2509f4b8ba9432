"""How rates are distributed over units: phi(x) at one time, and its mean over time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.observables.rate_parts import NODES, REACH, RatePart, UnitRate, atoms_of, below, density, moments
from dmft.theories.blocks import blocks_of_any
from dmft.theories.shown import Shown
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.balanced.process import BalancedProcess
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.low_rank.under_structure import UnderStructure
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.units.process import FilteredProcess

if TYPE_CHECKING:
    import xarray

_SHOWN = 201  # rates of a dataset


@dataclass(frozen=True, eq=False, repr=False)
class RateDistribution(Shown):
    """Distribution of a rate over units.

    Attributes
    ----------
    mean, variance : of the rate.
    low, high : between which all but 1e-18 of it lies.
    atoms : pairs (rate, probability) of rates that a finite part of the units has (where phi is constant, as below a
        threshold).
    """

    mean: float
    variance: float
    low: float
    high: float
    atoms: tuple[tuple[float, float], ...]
    parts: tuple[RatePart, ...]

    def cdf(self, rate: ArrayLike) -> FloatArray:
        """Return the probability of a rate of at most this."""
        return self._over(rate, below)

    def pdf(self, rate: ArrayLike) -> FloatArray:
        """Return the density, the atoms left out; infinite where phi' = 0."""
        return self._over(rate, density)

    def to_xarray(self) -> xarray.Dataset:
        """Return density and cdf on a grid of rates, the atoms, mean and variance as a dataset."""
        import xarray

        rates = np.linspace(self.low, self.high, _SHOWN)
        data = {"pdf": ("rate", self.pdf(rates)), "cdf": ("rate", self.cdf(rates))}
        data["atom_probability"] = ("atom", np.array([probability for _, probability in self.atoms]))
        numbers = {"mean": self.mean, "variance": self.variance}
        coords = {"rate": rates, "atom": np.array([rate for rate, _ in self.atoms])}
        return xarray.Dataset(data | numbers, coords, {"theory": type(self).__name__})

    def _over(self, rate: ArrayLike, of: Any) -> FloatArray:
        r = np.asarray(rate, dtype=float)
        return np.asarray(sum(part.weight * of(part, r.ravel()) for part in self.parts), dtype=float).reshape(r.shape)


@answering
def rate_distribution(
    solution: StationarySolution, *, time_averaged: bool = False, population: str | None = None
) -> RateDistribution:
    """Return the distribution over units of phi(x) at one time, or of its mean over time.

    x ~ N(m, c(0)) over units and time, so that phi(x) has the distribution of a function of a normal number. A unit's
    mean over a long time is <phi(x)> given its frozen field mu ~ N(m, c(inf)), x ~ N(mu, c(0) - c(inf)). Of species the
    distribution of abundances: a normal one cut off at 0, where what has died out is an atom.

    Parameters
    ----------
    solution : from `solve_stationary`, of Gaussian x.
    time_averaged : whether rates are means over time.
    population : name of one; None for all units together.

    Returns
    -------
    RateDistribution : with `pdf`, `cdf`, `mean`, `variance`, `atoms`.

    Raises
    ------
    TypeError : for another solution.
    ValueError : for an unknown population, a solution without a state, a state of which x is not Gaussian (a sinusoid,
        partial symmetry, plasticity), or whose frozen part is not known.

    Notes
    -----
    Source: elementary; of time-averaged rates e.g. Roxin, Brunel, Hansel, Mongillo & van Vreeswijk, J. Neurosci. 31,
    16217 (2011).
    Accuracy: 1e-10 of the cdf (`tests/limits/test_spectrum_and_rates.py`), of time-averaged rates where phi is steep
    1e-6. Cost: 10 ms, 10 ms for a hundred rates; time-averaged 0.1 s.
    """
    if not isinstance(solution, StationarySolution):
        raise TypeError(f"the solution must be that of dmft.solve_stationary, got {type(solution).__name__}")
    if solution.state == "none" or not np.all(np.isfinite(solution.variance)):
        raise ValueError(f"the solution has no state: {solution.convergence.message}")
    known = own_distribution(solution.process, solution)
    if known is not None:
        if population is not None:
            raise ValueError(f"population must be left out where there is one, got {population!r}")
        return known
    blocks = blocks_of_any(solution.network)
    if population is not None and population not in blocks.names:
        raise ValueError(f"population must be one of {', '.join(map(repr, blocks.names))}; got {population!r}")
    frozen = np.atleast_1d(np.asarray(solution.static_variance, dtype=float)) if time_averaged else None
    if time_averaged and (frozen is None or not np.all(np.isfinite(frozen))):
        raise ValueError("the frozen part of this state is not known")
    check_gaussian(solution.process, solution)
    mean, variance = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    parts = []
    z = np.linspace(-REACH, REACH, NODES)
    for a, name in enumerate(blocks.names):
        weight = blocks.fractions[a] if population is None else float(name == population)
        if weight == 0.0:
            continue
        held = float(variance[a]) if frozen is None else float(np.clip(frozen[a], 0.0, variance[a]))
        function = UnitRate(blocks.nonlinearities[a], float(mean[a]), held, max(float(variance[a]) - held, 0.0))
        parts.append(RatePart(float(weight), function, function(z)))
    averages = [moments(part) for part in parts]
    first = sum(part.weight * mean for part, (mean, _) in zip(parts, averages))
    second = sum(part.weight * square for part, (_, square) in zip(parts, averages)) - first**2
    low, high = min(part.rates.min() for part in parts), max(part.rates.max() for part in parts)
    atoms: dict[float, float] = {}
    for part in parts:
        for rate, probability in atoms_of(part, float(high - low)):
            atoms[rate] = atoms.get(rate, 0.0) + part.weight * probability
    return RateDistribution(
        float(first), float(second), float(low), float(high), tuple(sorted(atoms.items())), tuple(parts)
    )


@singledispatch
def own_distribution(process: Any, solution: StationarySolution) -> RateDistribution | None:
    """Return the distribution of a process that knows it; None of one whose rates follow from Gaussian x."""
    return None


@singledispatch
def check_gaussian(process: Any, solution: StationarySolution) -> None:
    """Refuse a state of which x is not Gaussian.

    Raises
    ------
    ValueError : for one.
    """
    raise ValueError(f"x is not Gaussian in this state ({solution.state}): its rates are not known")


@check_gaussian.register(CentredProcess)
@check_gaussian.register(BalancedProcess)
def _(process: Any, solution: StationarySolution) -> None:
    if solution.reduction.waves:
        raise ValueError("under a sinusoid of random phases x is not Gaussian: its rates are not known")


@check_gaussian.register
def _(process: FilteredProcess, solution: StationarySolution) -> None:
    if process.amplitudes is not None:
        raise ValueError("under a sinusoid of random phases x is not Gaussian: its rates are not known")


@check_gaussian.register(SteppedProcess)
@check_gaussian.register(PopulationProcess)
@check_gaussian.register(LowRankProcess)
@check_gaussian.register(UnderStructure)
def _(process: Any, solution: StationarySolution) -> None:
    return None
