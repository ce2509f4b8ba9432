"""Numbers of inputs that differ between the units of a population: units of equal in-degree as populations.

A unit of in-degree K (1 + delta) has the mean (1 + delta) A <phi> and the variance (1 + delta) K <phi^2>: exactly a
population of its own [Landau, Egger, Dercksen, Oberlaender & Sompolinsky, Neuron 92, 1106 (2016)]. A continuum of them
is a few, at the nodes of a quadrature for the distribution of delta.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.checks import integer, non_negative, one_of
from dmft.models.couplings import Couplings, Random
from dmft.models.network import Network
from dmft.models.sparse import Sparse


def spread_in_degree(
    network: Any, population: str = "", *, deviation: float, law: str = "uniform", nodes: int = 4
) -> Network:
    """Return the network with one population split by the in-degree of its units, which has this relative deviation.

    Of the nodes k, with delta_k and weights w_k of the quadrature, the populations are named ``E_0``, ``E_1``, ...
    (``in_degree_0`` of an unnamed population), their fractions are f w_k, and the rows of gains^2 and of means, all
    inputs of these units, are (1 + delta_k) times those of the whole.

    Parameters
    ----------
    network : a `dmft.Network`, or a short name of one.
    population : name of the population; "" for the unnamed one.
    deviation : standard deviation of delta over units, relative to the mean in-degree; beyond what a binomial one has
        (see `dmft.Sparse`), of which the gains know.
    law : "uniform", or "normal" (for deviations of which the nodes stay above -1).
    nodes : number of them; the averages over units are then exact for polynomials of degree 2 nodes - 1 in delta.

    Raises
    ------
    ValueError, TypeError : for an unknown population, a negative in-degree, couplings of low rank or plastic ones.

    Accuracy
    --------
    In discrete time against the integral over delta: tests/reference/test_sparse_reference.py.
    """
    if not hasattr(network, "compose"):
        raise TypeError(f"network must be a statement like dmft.Network, got {network!r}")
    whole: Network = network if isinstance(network, Network) else network.compose()
    if population not in whole.named:
        raise ValueError(f"population must be one of {', '.join(map(repr, whole.named))}; got {population!r}")
    couplings = whole.couplings
    if couplings.low_rank is not None or couplings.plastic is not None:
        raise ValueError("in-degrees are those of random couplings and means; leave low_rank and plastic out")
    if couplings.random is not None and couplings.random.symmetry:
        raise ValueError("symmetry must be 0 where in-degrees differ")
    deltas, weights = _quadrature(
        non_negative("deviation", deviation),
        one_of("law", law, ("uniform", "normal")),
        integer("nodes", nodes, least=1),
    )
    if np.min(deltas) <= -1.0:
        raise ValueError(f"in-degrees must stay positive, got {1.0 + np.min(deltas):.3g} times the mean at a node")
    populations, sources, factors, shares = {}, [], [], []
    for index, ((name, units), fraction) in enumerate(zip(whole.named.items(), whole.fractions, strict=True)):
        if name != population:
            populations[name] = units.replace(fraction=fraction)
            sources.append(index)
            factors.append(1.0)
            shares.append(1.0)
            continue
        for k, (delta, weight) in enumerate(zip(deltas, weights, strict=True)):
            populations[f"{name or 'in_degree'}_{k}"] = units.replace(fraction=fraction * weight)
            sources.append(index)
            factors.append(1.0 + delta)
            shares.append(weight)
    scale, at = np.array(factors)[:, None], np.ix_(sources, sources)
    p = len(whole.named)

    def spread(block: ArrayLike) -> Any:
        return np.broadcast_to(np.asarray(block, dtype=float), (p, p))[at]

    random, mean, synapses = couplings.random, couplings.mean, couplings.synapses
    terms = Couplings(
        random=None if random is None else Random(spread(random.g) * np.sqrt(scale)),
        mean=None if mean is None else dataclasses.replace(mean, strength=spread(mean.strength) * scale),
        synapses=None if synapses is None else _synapses(synapses, whole.fractions, spread, scale, np.array(shares)),
    )
    parts: Any = populations
    return Network(parts, terms)


def _synapses(synapses: Sparse, fractions: Any, spread: Any, scale: Any, shares: Any) -> Sparse:
    """Return sparse couplings of which each part of a population gives its share of the inputs."""
    degrees, weights, deviations = (spread(block) for block in synapses.by_block(fractions))
    chances = synapses.probability
    return dataclasses.replace(
        synapses,
        in_degree=degrees * scale * shares,
        weights=weights,
        deviation=deviations,
        probability=None if chances is None else spread(chances) * scale,
    )


def _quadrature(deviation: float, law: str, nodes: int) -> tuple[Any, Any]:
    if law == "uniform":
        at, weights = np.polynomial.legendre.leggauss(nodes)
        return np.sqrt(3.0) * deviation * at, weights / weights.sum()
    at, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return deviation * at, weights / weights.sum()
