"""`spread`: units that differ, as the nodes of a quadrature over what they differ in, each a population.

A theory averages over the units of a population: <f> = sum_k w_k f(node_k), so that populations of fractions w_k f with
thresholds or gains at the nodes are the continuum, to the accuracy of the rule.
"""

from __future__ import annotations

import dataclasses
import itertools
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning, warn
from dmft.models.checks import integer
from dmft.models.couplings import Couplings
from dmft.models.network import Network, Population, Populations
from dmft.models.scaled import Scaled

_PANELS, _NODES = 200, 16  # of the measure that a distribution is, before its Gauss rule is taken
_BEYOND = 1e-20  # probability left out at each end
_MASS = 1e-8  # error allowed of the whole probability
_OFF = 5e-3  # error of a mean of a sigmoid up to which a Gauss rule is taken as it is
_BETTER = 1.0 / 3.0  # error of the rule of quantiles, over that of the Gauss rule, at which it is taken instead
_TOLD = 1e-2  # error that is warned of
_PLACES = (0.1, 0.25, 0.5, 0.75, 0.9)  # quantiles at which the sigmoids are, of the width between the quartiles


def spread(
    statement: Any, population: str | None = None, *, threshold: Any = None, gain: Any = None, nodes: int = 9
) -> Any:
    """Return a population whose thresholds or gains differ from unit to unit, as several populations.

    Parameters
    ----------
    statement : a `Population`, or a `Network` that holds it.
    population : its name in the network; not needed where there is but one.
    threshold : distribution of a constant input added to the bias: anything with ``pdf`` and ``ppf`` (a frozen
        distribution of `scipy.stats`), or a pair (values, weights). A Gaussian of mean 0 alone is
        `Population(threshold_variance=...)`, which needs no nodes.
    gain : distribution of a factor on the argument of phi, phi(gain x), likewise.
    nodes : of the rule of each distribution, at most 64; all pairs of both are taken.

    Returns
    -------
    a mapping of names to populations (of a `Population`), or the `Network` with the population replaced by as many, and
    its rows and columns of the couplings repeated. Names are that of the population and a number; node0, ... without
    one.

    Raises
    ------
    ValueError, TypeError : for what is no distribution, a density that is not resolved (give values and weights), a
        name that there is not, or low-rank and plastic couplings.

    Warns
    -----
    AccuracyWarning : where the nodes are so few that means of a sigmoid as wide as the distribution are off by 1 %.

    Notes
    -----
    The rule is Gauss's of the density, exact for polynomials of degree 2 n - 1, unless means of bounded functions need
    another: the moments of heavy tails send its nodes where there are no units. It is then Gauss-Legendre in the
    probability u = F(threshold), where its means of sigmoids at the quantiles are three times as good.

    Accuracy: 9 nodes of a Gaussian agree with `threshold_variance` to 5e-7 in the variance; of a lognormal of unit
    sigma with 3000 quantiles to 2e-3 (`tests/limits/test_spread.py`). A phi much steeper than the distribution is wide
    needs more nodes: compare with twice as many. Cost: 10 ms.
    """
    if threshold is None and gain is None:
        raise ValueError("spread needs a distribution of the threshold or of the gain")
    n = integer("nodes", nodes, least=1)
    if n > 64:
        raise ValueError(f"nodes must be at most 64, got {n}")
    rules = [
        None if given is None else _rule(name, given, n) for name, given in (("threshold", threshold), ("gain", gain))
    ]
    return _spread(statement, population, rules)


@singledispatch
def _spread(statement: Any, name: str | None, rules: list[Any]) -> Any:
    raise TypeError(f"spread takes a dmft.Population or a dmft.Network, got {statement!r}")


@_spread.register
def _(statement: Population, name: str | None, rules: list[Any]) -> dict[str, Population]:
    whole = 1.0 if statement.fraction is None else statement.fraction
    return _parts(statement, name or "node", whole, rules)


@_spread.register
def _(statement: Network, name: str | None, rules: list[Any]) -> Network:
    named, fractions = dict(statement.named), statement.fractions
    if name is None and len(named) == 1:
        (name,) = named
    if name not in named:
        raise ValueError(f"population must be one of {', '.join(filter(None, named)) or 'a single one'}, got {name!r}")
    populations: dict[str, Population] = {}
    order: list[int] = []
    for number, (other, unit) in enumerate(named.items()):
        parts = _parts(unit, name or "node", fractions[number], rules) if other == name else {other: unit}
        if set(parts) & set(populations):
            raise ValueError(f"the names {', '.join(parts)} are taken; rename the populations of the network")
        populations |= parts
        order += [number] * len(parts)
    return Network(Populations(populations), repeated(statement.couplings, order))


def _parts(unit: Population, name: str, whole: float, rules: list[Any]) -> dict[str, Population]:
    thresholds, gains = (((np.zeros(1), np.ones(1)) if rule is None else rule) for rule in rules)
    found = {}
    pairs = itertools.product(zip(*thresholds, strict=True), zip(*gains, strict=True))
    for number, ((value, one), (factor, two)) in enumerate(pairs):
        phi = unit.nonlinearity if rules[1] is None else Scaled(unit.nonlinearity, float(factor))
        found[f"{name}{number}"] = dataclasses.replace(
            unit, nonlinearity=phi, bias=unit.bias + float(value), fraction=float(whole * one * two)
        )
    return found


def repeated(couplings: Couplings, order: list[int]) -> Couplings:
    """Return couplings between parts of populations: row i is that of the population order[i]."""
    for term in ("low_rank", "plastic"):
        if getattr(couplings, term) is not None:
            raise ValueError(f"{term} couplings are not spread: state them for populations that are")

    def rows(block: Any) -> Any:
        return block if np.ndim(block) == 0 else np.asarray(block)[np.ix_(order, order)].tolist()

    random, mean = couplings.random, couplings.mean
    return dataclasses.replace(
        couplings,
        random=None if random is None else dataclasses.replace(random, g=rows(random.g)),
        mean=None if mean is None else dataclasses.replace(mean, strength=rows(mean.strength)),
    )


def _rule(name: str, given: Any, n: int) -> tuple[FloatArray, FloatArray]:
    """Return values and weights of a distribution."""
    if callable(getattr(given, "pdf", None)) and callable(getattr(given, "ppf", None)):
        return _resolving(name, given, n)
    try:
        values, weights = (np.atleast_1d(np.asarray(part, dtype=float)) for part in given)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a distribution with pdf and ppf, or a pair (values, weights); got {given!r}"
        ) from None
    if values.ndim != 1 or values.shape != weights.shape:
        raise ValueError(f"{name}: values and weights must be as many, got {values.shape} and {weights.shape}")
    if not (np.all(np.isfinite(values)) and np.all(weights >= 0)) or abs(weights.sum() - 1.0) > 1e-9:
        raise ValueError(f"{name}: values must be finite, weights positive with the sum 1, got {weights.sum():.10g}")
    return values, weights / weights.sum()


def _resolving(name: str, distribution: Any, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the Gauss rule of a density, or one of its quantiles where that does not serve bounded functions."""
    values, weights = _measure(name, distribution)
    places = np.asarray(distribution.ppf(_PLACES), dtype=float)[:, None]
    width = float(places[3, 0] - places[1, 0])
    exact = np.tanh((values - places) / width) @ weights

    def off(rule: tuple[FloatArray, FloatArray]) -> float:
        return float(np.max(np.abs(np.tanh((rule[0] - places) / width) @ rule[1] - exact)))

    rule = _gauss(values, weights, n)
    error = off(rule)
    if error > _OFF:
        u, w = np.polynomial.legendre.leggauss(n)
        other = np.asarray(distribution.ppf(0.5 * (1.0 + u)), dtype=float), 0.5 * w
        if off(other) < _BETTER * error:
            rule, error = other, off(other)
    if error > _TOLD:
        warn(
            f"{name}: {n} nodes give means of tanh over the distribution to {error:.1g} only; take more nodes",
            AccuracyWarning,
        )
    return rule


def _measure(name: str, distribution: Any) -> tuple[FloatArray, FloatArray]:
    """Return many values and weights that are the distribution: panels between its quantiles, and even ones."""
    ends = np.asarray(distribution.ppf([_BEYOND, 0.5]), dtype=float)
    high = getattr(distribution, "isf", lambda p: distribution.ppf(1.0 - p))
    low, top = float(ends[0]), float(high(_BEYOND))
    if not (np.isfinite(low) and np.isfinite(top) and low < top):
        raise ValueError(f"{name}: the distribution must have finite quantiles, got {low} and {top}")
    quantiles = np.asarray(distribution.ppf(np.linspace(0.0, 1.0, _PANELS + 1)[1:-1]), dtype=float)
    edges = np.unique(np.concatenate([np.linspace(low, top, _PANELS + 1), quantiles]))
    x, w = np.polynomial.legendre.leggauss(_NODES)
    half = 0.5 * np.diff(edges)[:, None]
    values = (0.5 * (edges[:-1] + edges[1:])[:, None] + half * x).ravel()
    weights = (half * w).ravel() * np.asarray(distribution.pdf(values), dtype=float)
    if not abs(weights.sum() - 1.0) < _MASS:
        raise ValueError(
            f"{name}: the density adds up to {weights.sum():.6g} on panels, not to 1; give a pair (values, weights)"
        )
    return values, weights / weights.sum()


def _gauss(values: FloatArray, weights: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the Gauss rule of a measure, by Lanczos with its vectors kept orthogonal [Golub & Welsch 1969]."""
    centre, scale = float(weights @ values), float(np.ptp(values))
    x, basis = (values - centre) / scale, [np.sqrt(weights)]
    diagonal, beside = [], []
    for _ in range(n):
        ahead = x * basis[-1]
        diagonal.append(float(basis[-1] @ ahead))
        for _ in range(2):
            for known in basis:
                ahead = ahead - (known @ ahead) * known
        size = float(np.linalg.norm(ahead))
        if len(diagonal) == n or size < 1e-14:
            break
        beside.append(size)
        basis.append(ahead / size)
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return centre + scale * nodes, vectors[0] ** 2
