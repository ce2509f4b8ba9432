"""`by_weight`: signals along random weights, as populations of units of one weight each."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

from dmft.models.checks import integer
from dmft.models.network import Network, Population, Populations
from dmft.models.spread import repeated

NODES = 6
_MOST = 64


def by_weight(statement: Any, nodes: int = NODES) -> Any:
    """Return a network whose `Weighted` drives are stated as populations, one for each weight of a quadrature.

    A unit of weight w hears w s(t), as all others of that weight do: populations of fractions p_k f under drives w_k s
    are the continuum, to the accuracy of Gauss's rule. Two such drives of a population give all pairs of weights.

    Parameters
    ----------
    statement : a `Network`, or a short name of one.
    nodes : of the rule of each drive; of one population at most 64 pairs.

    Returns
    -------
    the `Network` with such a population replaced by several, its name with a number each (node0, ... without a name),
    and its rows and columns of the couplings repeated; the statement itself where no drive is `Weighted`.

    Raises
    ------
    ValueError, TypeError : for more than 64 pairs, names that are taken, low-rank and plastic couplings.

    Accuracy
    --------
    6 nodes: 1e-6 in the variance at amplitude 1, tests/limits/test_weighted.py. Compare with twice as many where x is
    much larger than the width of phi.
    """
    n = integer("nodes", nodes, least=1)
    network = statement.compose() if callable(getattr(statement, "compose", None)) else statement
    if not isinstance(network, Network) or not any(map(_weighted, network.named.values())):
        return statement
    populations: dict[str, Population] = {}
    order: list[int] = []
    for number, ((name, unit), whole) in enumerate(zip(network.named.items(), network.fractions, strict=True)):
        parts = _parts(unit, name or "node", float(whole), n) if _weighted(unit) else {name: unit}
        if set(parts) & set(populations):
            raise ValueError(f"the names {', '.join(parts)} are taken; rename the populations of the network")
        populations |= parts
        order += [number] * len(parts)
    return Network(Populations(populations), repeated(network.couplings, order))


def _weighted(unit: Population) -> bool:
    return unit.drive is not None and any(term.sized for term in unit.drive.terms)


def _parts(unit: Population, name: str, whole: float, n: int) -> dict[str, Population]:
    terms: Any = () if unit.drive is None else unit.drive.terms
    rules = [term.conditioned(n) for term in terms if term.sized]
    if n ** len(rules) > _MOST:
        raise ValueError(
            f"{len(rules)} weighted drives at {n} nodes each are {n ** len(rules)} populations, at most {_MOST}: "
            "give fewer nodes"
        )
    others = [term for term in terms if not term.sized]
    found = {}
    for number, choice in enumerate(itertools.product(*rules)):
        part = whole
        for probability, _ in choice:
            part *= probability
        drive = sum([*(heard for _, heard in choice), *others])
        found[f"{name}{number}"] = dataclasses.replace(unit, drive=drive, fraction=part)
    return found
