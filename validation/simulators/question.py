"""What a simulator needs to know of a statement, read off its parts: the question, and none of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.couplings import Hebbian
from dmft.models.drives import Constant, Drive


@dataclass(frozen=True)
class Question:
    """One population: x' = -x + (J + A) phi(x) + input, J of mean `mean`/N and variance gain^2/N.

    Attributes
    ----------
    nonlinearity : phi.
    gain, symmetry : of the random couplings; a gain of 0 is none.
    mean : mean of N J_ij; None if none is stated.
    plastic : the rule by which A grows; None for A = 0.
    drives : all inputs, a bias among them.
    """

    nonlinearity: Any
    gain: float
    symmetry: float
    mean: float | None
    plastic: Hebbian | None
    drives: tuple[Drive, ...]

    @property
    def common(self) -> tuple[Drive, ...]:
        """The inputs that all neurons share."""
        return tuple(drive for drive in self.drives if drive.common)

    @property
    def private(self) -> tuple[Drive, ...]:
        """The inputs of which each neuron has its own."""
        return tuple(drive for drive in self.drives if not drive.common)

    @property
    def constant(self) -> float:
        """The part of the input that does not change."""
        return sum(drive.constant for drive in self.drives)

    @property
    def white(self) -> bool:
        """Whether there is white noise."""
        return any(drive.white for drive in self.drives)


def question_of(statement: Any) -> Question:
    """Return what a statement asks.

    Raises
    ------
    TypeError : for what is no network.
    ValueError : for a network that is not simulated yet.
    """
    if not hasattr(statement, "compose"):
        raise TypeError(f"network must be a statement like dmft.Network or dmft.RandomNetwork, got {statement!r}")
    network = statement.compose()
    couplings = network.couplings
    if len(network.named) > 1:
        raise ValueError(f"networks of several populations are not simulated yet, got {', '.join(network.named)}")
    if couplings.low_rank is not None:
        raise ValueError("low-rank couplings are not simulated yet; leave low_rank out")
    (population,) = network.named.values()
    if population.dynamics.tau != 1:
        raise ValueError(
            f"simulations take tau for the unit of time, got tau={population.dynamics.tau:g}: give times, rates and "
            "frequencies in units of tau, and Leaky(1.0)"
        )
    if population.dynamics.discrete or population.threshold_variance:
        raise ValueError("neither dmft.Map() nor threshold_variance is simulated yet")
    random, mean = couplings.random, couplings.mean
    drives = () if population.drive is None else population.drive.terms
    return Question(
        nonlinearity=population.nonlinearity,
        gain=0.0 if random is None else np.asarray(random.g).item(),
        symmetry=0.0 if random is None else random.symmetry,
        mean=None if mean is None else mean.scale * np.asarray(mean.strength).item(),
        plastic=couplings.plastic,
        drives=(*([Constant(population.bias)] if population.bias else []), *drives),
    )
