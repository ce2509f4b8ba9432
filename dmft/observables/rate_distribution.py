"""How rates are distributed over units: phi(x) at one time, and its mean over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray, IntArray
from dmft.errors import answering
from dmft.numerics.gaussian.frozen_nodes import frozen_nodes
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.normal_moments import NormalMoments
from dmft.theories.blocks import blocks_of
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.balanced.process import BalancedProcess
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.discrete.process import SteppedProcess
from dmft.theories.stationary.low_rank.process import LowRankProcess
from dmft.theories.stationary.populations.process import PopulationProcess

_REACH = 9.0  # standard deviations
_NODES = 1601
_POLISH = 46  # bisections of a crossing: to rounding
_STILL = 1e-15  # part of a variance that moves, below which nothing does
_RULE = 1e-12  # accuracy of averages over the frozen field
_FLAT = 1e-13  # rise of a rate over a panel, relative to its range, below which it is constant there


@dataclass(frozen=True, eq=False)
class _Part:
    """A rate that is a function of a standard normal z: values at the nodes, and the function."""

    weight: float
    function: Any
    rates: FloatArray


@dataclass(frozen=True, eq=False)
class RateDistribution:
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
    parts: tuple[_Part, ...]

    def cdf(self, rate: ArrayLike) -> FloatArray:
        """Return the probability of a rate of at most this."""
        return self._over(rate, _below)

    def pdf(self, rate: ArrayLike) -> FloatArray:
        """Return the density, the atoms left out; infinite where phi' = 0."""
        return self._over(rate, _density)

    def _over(self, rate: ArrayLike, of: Any) -> FloatArray:
        r = np.asarray(rate, dtype=float)
        return np.asarray(sum(part.weight * of(part, r.ravel()) for part in self.parts), dtype=float).reshape(r.shape)


@answering
def rate_distribution(
    solution: StationarySolution, *, time_averaged: bool = False, population: str | None = None
) -> RateDistribution:
    """Return the distribution over units of phi(x) at one time, or of its mean over time.

    x ~ N(m, c(0)) over units and time, so that phi(x) has the distribution of a function of a normal number. A unit's
    mean over a long time is <phi(x)> given its frozen field mu ~ N(m, c(inf)), x ~ N(mu, c(0) - c(inf)).

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
    blocks = blocks_of(solution.network)
    if population is not None and population not in blocks.names:
        raise ValueError(f"population must be one of {', '.join(map(repr, blocks.names))}; got {population!r}")
    frozen = _frozen(solution.process, solution) if time_averaged else None
    if time_averaged and (frozen is None or not np.all(np.isfinite(frozen))):
        raise ValueError("the frozen part of this state is not known")
    check_gaussian(solution.process, solution)
    mean, variance = blocks.populated(solution.mean_x), blocks.populated(solution.variance)
    parts = []
    z = np.linspace(-_REACH, _REACH, _NODES)
    for a, name in enumerate(blocks.names):
        weight = blocks.fractions[a] if population is None else float(name == population)
        if weight == 0.0:
            continue
        held = float(variance[a]) if frozen is None else float(np.clip(frozen[a], 0.0, variance[a]))
        function = _Rate(blocks.nonlinearities[a], float(mean[a]), held, max(float(variance[a]) - held, 0.0))
        parts.append(_Part(float(weight), function, function(z)))
    moments = [_moments(part) for part in parts]
    first = sum(part.weight * mean for part, (mean, _) in zip(parts, moments))
    second = sum(part.weight * square for part, (_, square) in zip(parts, moments)) - first**2
    low, high = min(part.rates.min() for part in parts), max(part.rates.max() for part in parts)
    atoms: dict[float, float] = {}
    for part in parts:
        for rate, probability in _atoms(part, float(high - low)):
            atoms[rate] = atoms.get(rate, 0.0) + part.weight * probability
    return RateDistribution(
        float(first), float(second), float(low), float(high), tuple(sorted(atoms.items())), tuple(parts)
    )


class _Rate:
    """The rate of a unit whose field is m + sqrt(held) z: phi there, or its average over the variance that moves."""

    def __init__(self, nonlinearity: Any, mean: float, held: float, moving: float) -> None:
        self.mean, self.deviation, self.moving = mean, math.sqrt(held), moving
        self.series = MehlerPairs(nonlinearity)
        self.averages = NormalMoments(self.series)

    def both(self, z: FloatArray) -> FloatArray:
        """Return the rate and its derivative by z, shape (2, n)."""
        rate, slope = self.given(self.mean + self.deviation * z)
        return np.stack([rate, slope * self.deviation])

    def given(self, mu: FloatArray) -> FloatArray:
        """Return the rate and its derivative by the field, at fields, shape (2, n)."""
        if self.moving <= _STILL * (self.deviation**2 + self.moving):
            return self.series.values(mu)
        return self.series.averaged(mu, np.full(mu.shape, self.moving), 0.5)

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return the rate."""
        return np.asarray(self.both(z)[0], dtype=float)


def _moments(part: _Part) -> tuple[float, float]:
    """Return the mean of the rate and of its square."""
    function = part.function
    total = function.deviation**2 + function.moving
    whole = function.averages(function.mean, total)
    if function.moving <= _STILL * total:
        return whole.mean, whole.square
    mu, weights = frozen_nodes(function.series, function.mean, function.deviation**2, function.moving, _RULE)
    return whole.mean, float(weights @ function.given(mu)[0] ** 2)


def _crossings(part: _Part, rates: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return which of the rates are passed, and at which z, by bisection between the nodes."""
    z = np.linspace(-_REACH, _REACH, len(part.rates))
    above = part.rates > rates[:, None]
    which, at = np.nonzero(above[:, 1:] != above[:, :-1])
    low, high, rising = z[at], z[at + 1], above[which, at + 1]
    for _ in range(_POLISH if len(at) else 0):
        middle = 0.5 * (low + high)
        up = (part.function(middle) > rates[which]) == rising
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return which, np.asarray(0.5 * (low + high), dtype=float)


def _below(part: _Part, rates: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    which, crossed = _crossings(part, rates)
    ends = ndtr(crossed)
    out = np.zeros(len(rates))
    for i in range(len(rates)):
        bounds = np.concatenate([[0.0], ends[which == i], [1.0]])
        out[i] = np.sum(np.diff(bounds)[0 if part.rates[0] <= rates[i] else 1 :: 2])
    return out


def _density(part: _Part, rates: FloatArray) -> FloatArray:
    which, crossed = _crossings(part, rates)
    with np.errstate(divide="ignore"):
        each = np.exp(-0.5 * crossed**2) / math.sqrt(2.0 * math.pi) / np.abs(part.function.both(crossed)[1])
    return np.asarray(np.bincount(which, weights=each, minlength=len(rates)), dtype=float)


def _atoms(part: _Part, span: float) -> list[tuple[float, float]]:
    """Return the rates that do not change over an interval of z, and the probability of it."""
    from scipy.special import ndtr

    flat = np.abs(np.diff(part.rates)) <= _FLAT * max(span, 1e-300)
    if span == 0.0:
        return [(float(part.rates[0]), 1.0)]
    z = np.linspace(-_REACH, _REACH, len(part.rates))
    found = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        rate = float(part.rates[start])
        slopes = part.function.both(z[start : end + 1][1:-1])[1]
        if end - start < 3 or np.any(slopes != 0.0) or part.function.moving > 0.0:
            continue  # saturated, not constant
        bounds = [
            _edge(part, z[k], z[j], rate) if 0 <= j < len(z) else z[k] * np.inf
            for k, j in ((start, start - 1), (end, end + 1))
        ]
        found.append((rate, float(ndtr(bounds[1]) - ndtr(bounds[0]))))
    return found


def _edge(part: _Part, inside: float, outside: float, rate: float) -> float:
    """Return where a constant stretch ends, by bisection."""
    for _ in range(_POLISH):
        middle = 0.5 * (inside + outside)
        if float(part.function(np.array([middle]))[0]) == rate:
            inside = middle
        else:
            outside = middle
    return 0.5 * (inside + outside)


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


@check_gaussian.register(SteppedProcess)
@check_gaussian.register(PopulationProcess)
@check_gaussian.register(LowRankProcess)
def _(process: Any, solution: StationarySolution) -> None:
    return None


@singledispatch
def _frozen(process: Any, solution: StationarySolution) -> FloatArray:
    return np.atleast_1d(np.asarray(solution.static_variance, dtype=float))


@_frozen.register
def _(process: CentredProcess, solution: StationarySolution) -> FloatArray:
    if math.isinf(solution.decay_rate):
        return np.atleast_1d(np.asarray(solution.variance, dtype=float))
    return np.atleast_1d(np.asarray(solution.corr_x_at(40.0 / solution.decay_rate), dtype=float))


@_frozen.register
def _(process: BalancedProcess, solution: StationarySolution) -> FloatArray:
    return np.atleast_1d(np.asarray(process.conditional[-1], dtype=float))
