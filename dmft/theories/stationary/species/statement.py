"""What the theory of species needs to know of a statement: x' = x (capacity + h - x) + immigration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.theories.composed import composed, total


@dataclass(frozen=True, eq=False)
class Species:
    """One population of species.

    Attributes
    ----------
    statement : as it was given.
    mu, sigma, gamma : minus the mean of N J_ij, the gain of the random couplings, and their symmetry.
    immigration : rate.
    capacity : abundance of a species that is alone, 1 + bias.
    """

    statement: Any
    mu: float
    sigma: float
    gamma: float
    immigration: float
    capacity: float

    @property
    def critical_sigma(self) -> float:
        """The spread at which the fixed point without immigration loses stability, sqrt(2)/(1 + gamma)."""
        return math.sqrt(2.0) / (1.0 + self.gamma) if self.gamma > -1.0 else math.inf

    @property
    def rate(self) -> float:
        """Immigration in units of the capacity."""
        return self.immigration / self.capacity / self.capacity


def species_of(statement: Any) -> Species:
    """Return the species of a statement.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for units that are no species, and for what the theory of species does not know, by name.
    """
    network = composed(statement)
    units = [population.dynamics for population in network.named.values()]
    if any(unit.immigrates is None for unit in units):
        raise ValueError(f"the closed theory of species is of dmft.LotkaVolterra(...), got {units[0]!r}")
    if "" not in network.named:
        raise ValueError(
            f"species are solved in one population without a name, got {', '.join(network.named)}: give "
            "dmft.Network(population, couplings), or dmft.LotkaVolterraNetwork(...)"
        )
    (population,) = network.named.values()
    couplings, terms = network.couplings, () if population.drive is None else population.drive.terms
    for term in ("low_rank", "plastic"):
        if getattr(couplings, term) is not None:
            raise ValueError(f"species are solved without couplings.{term}; leave it out")
    if couplings.random is None:
        raise ValueError("without random couplings there is no mean field to solve; give Couplings(dmft.Random(sigma))")
    heard = [term for term in terms if not term.silent and not term.constant]
    if heard or population.threshold_variance:
        raise ValueError(
            "species are solved with the same carrying capacity 1 + bias for all and at all times: leave out "
            + (f"the drive {heard[0]!r}" if heard else "threshold_variance")
        )
    capacity = total([1.0, population.bias, *(term.constant for term in terms)])
    if not capacity > 0.0:
        raise ValueError(f"species are solved with a positive carrying capacity 1 + bias, got {capacity:g}")
    mean = 0.0 if couplings.mean is None else float(np.squeeze(couplings.mean.strength)) * couplings.mean.scale
    return Species(
        statement=statement,
        mu=-mean,
        sigma=float(np.squeeze(couplings.random.g)),
        gamma=couplings.random.symmetry,
        immigration=float(units[0].immigrates or 0.0),
        capacity=capacity,
    )


def has_species(statement: Any) -> bool:
    """Whether all units of a network are species; in a reduction none is."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    return all(population.dynamics.immigrates is not None for population in composed(statement).named.values())
