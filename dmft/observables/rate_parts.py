"""The rate of a population's units as a function of a standard normal number, and the law that follows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray, IntArray
from dmft.numerics.gaussian.frozen_nodes import frozen_nodes
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.normal_moments import NormalMoments

REACH = 9.0  # standard deviations
NODES = 1601
_POLISH = 46  # bisections of a crossing: to rounding
_STILL = 1e-15  # part of a variance that moves, below which nothing does
_RULE = 1e-12  # accuracy of averages over the frozen field
_FLAT = 1e-13  # rise of a rate over a panel, relative to its range, below which it is constant there


@dataclass(frozen=True, eq=False)
class UnitRate:
    """The rate of a unit whose field is m + sqrt(held) z: phi there, or its average over the variance that moves."""

    nonlinearity: Any
    mean: float
    held: float
    moving: float

    @cached_property
    def deviation(self) -> float:
        """Return sqrt(held)."""
        return math.sqrt(self.held)

    @cached_property
    def series(self) -> MehlerPairs:
        """Return phi with its averages over what moves."""
        return MehlerPairs(self.nonlinearity)

    @cached_property
    def averages(self) -> NormalMoments:
        """Return its averages over all."""
        return NormalMoments(self.series)

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


@dataclass(frozen=True, eq=False)
class RatePart:
    """A rate that is a function of a standard normal z: values at the nodes, and the function."""

    weight: float
    function: Any
    rates: FloatArray


def moments(part: RatePart) -> tuple[float, float]:
    """Return the mean of the rate and of its square."""
    function = part.function
    total = function.deviation**2 + function.moving
    whole = function.averages(function.mean, total)
    if function.moving <= _STILL * total:
        return whole.mean, whole.square
    mu, weights = frozen_nodes(function.series, function.mean, function.deviation**2, function.moving, _RULE)
    return whole.mean, float(weights @ function.given(mu)[0] ** 2)


def _crossings(part: RatePart, rates: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return which of the rates are passed, and at which z, by bisection between the nodes."""
    z = np.linspace(-REACH, REACH, len(part.rates))
    above = part.rates > rates[:, None]
    which, at = np.nonzero(above[:, 1:] != above[:, :-1])
    low, high, rising = z[at], z[at + 1], above[which, at + 1]
    for _ in range(_POLISH if len(at) else 0):
        middle = 0.5 * (low + high)
        up = (part.function(middle) > rates[which]) == rising
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    return which, np.asarray(0.5 * (low + high), dtype=float)


def below(part: RatePart, rates: FloatArray) -> FloatArray:
    """Return the probability of at most a rate."""
    from scipy.special import ndtr

    which, crossed = _crossings(part, rates)
    ends = ndtr(crossed)
    out = np.zeros(len(rates))
    for i in range(len(rates)):
        bounds = np.concatenate([[0.0], ends[which == i], [1.0]])
        out[i] = np.sum(np.diff(bounds)[0 if part.rates[0] <= rates[i] else 1 :: 2])
    return out


def density(part: RatePart, rates: FloatArray) -> FloatArray:
    """Return the density at rates."""
    which, crossed = _crossings(part, rates)
    with np.errstate(divide="ignore"):
        each = np.exp(-0.5 * crossed**2) / math.sqrt(2.0 * math.pi) / np.abs(part.function.both(crossed)[1])
    return np.asarray(np.bincount(which, weights=each, minlength=len(rates)), dtype=float)


def atoms_of(part: RatePart, span: float) -> list[tuple[float, float]]:
    """Return the rates that do not change over an interval of z, and the probability of it."""
    from scipy.special import ndtr

    flat = np.abs(np.diff(part.rates)) <= _FLAT * max(span, 1e-300)
    if span == 0.0:
        return [(float(part.rates[0]), 1.0)]
    z = np.linspace(-REACH, REACH, len(part.rates))
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


def _edge(part: RatePart, inside: float, outside: float, rate: float) -> float:
    """Return where a constant stretch ends, by bisection."""
    for _ in range(_POLISH):
        middle = 0.5 * (inside + outside)
        if float(part.function(np.array([middle]))[0]) == rate:
            inside = middle
        else:
            outside = middle
    return 0.5 * (inside + outside)
