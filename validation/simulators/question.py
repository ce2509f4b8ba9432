"""What a simulator needs to know of a statement, read off its parts: the question, and none of the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.couplings import Hebbian
from dmft.models.drives import Drive
from dmft.models.low_rank import LowRank
from dmft.models.network import Network
from dmft.models.sparse import Sparse
from validation.simulators.populations import Units, populations_of

_TERMS = ("random", "mean", "low_rank", "plastic", "synapses")  # read below; what else is stated is a further one


@dataclass(frozen=True, eq=False)
class Question:
    """Populations and the terms of the couplings between them, from b (column) to a (row).

    Attributes
    ----------
    populations : P of them.
    gains : g_ab, shape (P, P): J_ij has variance g_ab^2/N.
    means : M_ab, shape (P, P): J_ij has mean M_ab/N; None if none is stated.
    symmetry : N cov(J_ij, J_ji) = symmetry g_ab g_ba.
    low_rank : sum_r m_i^r n_j^r/N; None if none is stated.
    plastic : the rule by which synapses grow; None for those that do not.
    synapses : the sparse couplings, beside the others; None if none are stated.
    further : terms of the couplings of other kinds (see `terms`).
    discrete : whether time goes in steps of 1.
    by_field : g_ab of the couplings that carry each field of units that state their equations, shape (P, P) each.
    """

    populations: tuple[Units, ...]
    gains: NDArray[np.float64]
    means: NDArray[np.float64] | None
    symmetry: float
    low_rank: LowRank | None
    plastic: Hebbian | None
    synapses: Sparse | None
    further: tuple[Any, ...]
    discrete: bool
    by_field: tuple[NDArray[np.float64], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the populations; none if there is one and it has no name."""
        return tuple(units.name for units in self.populations if units.name)

    @property
    def drives(self) -> tuple[Drive, ...]:
        """All inputs of all populations."""
        return tuple(drive for units in self.populations for drive in units.drives)

    @property
    def common(self) -> tuple[Drive, ...]:
        """The inputs that all units of a population share."""
        return tuple(drive for drive in self.drives if drive.common)

    @property
    def private(self) -> tuple[Drive, ...]:
        """The inputs of which each unit has its own."""
        return tuple(drive for drive in self.drives if not drive.common)

    @property
    def constant(self) -> float:
        """The part of the input that does not change."""
        return sum(drive.constant for drive in self.drives)

    @property
    def white(self) -> bool:
        """Whether there is white noise."""
        return any(drive.white for drive in self.drives)

    @property
    def nonlinearity(self) -> Any:
        """Phi of the first population; there is one where this is asked."""
        return self.populations[0].nonlinearity

    @cached_property
    def fractions(self) -> NDArray[np.float64]:
        """Parts of the units that are heard, shape (P,)."""
        return np.array([units.fraction for units in self.populations])

    @cached_property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """N times the means and the variances of all couplings, sparse ones included, shape (P, P) each."""
        means = np.zeros_like(self.gains) if self.means is None else self.means
        if self.synapses is None:
            return means, self.gains**2
        own_means, own_variances = self.synapses.moments(self.fractions)
        return means + own_means, self.gains**2 + own_variances

    @cached_property
    def peaks(self) -> NDArray[np.float64]:
        """By how much the units amplify what they hear, at the best frequency, shape (P,)."""
        return np.array([units.peak for units in self.populations])

    @cached_property
    def gain(self) -> float:
        """Radius of the random couplings, sqrt(rho(g_ab^2 f_b)); g for one population."""
        return self.radius(np.ones(len(self.populations)))

    def radius(self, slopes: NDArray[np.float64]) -> float:
        """Return sqrt(rho(g_ab^2 f_b s_b^2)), the radius of the random couplings after units of slopes s_b."""
        if len(self.populations) == 1 and self.synapses is None:
            return float(self.gains[0, 0] * slopes[0])
        return math.sqrt(float(np.max(np.abs(np.linalg.eigvals(self.moments[1] * self.fractions * slopes**2)))))

    @property
    def structured(self) -> bool:
        """Whether it is more than one unnamed population in continuous time with independent couplings and a mean."""
        plain = self.split and not self.names and self.low_rank is None and self.synapses is None
        return not plain or any(units.threshold_variance for units in self.populations)

    @property
    def excited(self) -> bool:
        """Whether the mean of the couplings excites, in one population: nothing holds its rate."""
        return self.mean is not None and self.mean > 0.0

    @property
    def split(self) -> bool:
        """Whether the mean mode is split off and stepped implicitly: in one population of time constant 1."""
        return len(self.populations) == 1 and self.populations[0].tau == 1.0 and not (self.discrete or self.staged)

    @property
    def filtered(self) -> bool:
        """Whether units are filters, which `filters` simulates."""
        return self.populations[0].transfer is not None

    @property
    def stated(self) -> bool:
        """Whether units state their equations, which `units` simulates."""
        return any(units.stated is not None for units in self.populations)

    @property
    def species(self) -> bool:
        """Whether units are species, which `species` simulates."""
        return any(units.immigration is not None for units in self.populations)

    @property
    def staged(self) -> bool:
        """Whether units have a simulator of their own: filters, those that state their equations, and species."""
        return self.filtered or self.stated or self.species

    @property
    def mean(self) -> float | None:
        """Mean of N J_ij whose mode is split off; None if there is none."""
        return float(self.means[0, 0]) if self.means is not None and self.split else None

    @property
    def block_means(self) -> NDArray[np.float64] | None:
        """Means that are stepped like the rest of the couplings, shape (P, P); None if there are none."""
        return None if self.split else self.means

    @property
    def fastest(self) -> float:
        """The smallest time constant."""
        return min(units.tau for units in self.populations)


def question_of(statement: Any) -> Question:
    """Return what a statement asks.

    Raises
    ------
    TypeError : for what is no network.
    ValueError : for a network that is not simulated.
    """
    if not hasattr(statement, "compose"):
        raise TypeError(f"network must be a statement like dmft.Network or dmft.RandomNetwork, got {statement!r}")
    composed = statement.compose()
    # Sparse couplings are simulated as they are stated, not as the means and variances that a theory sees of them.
    network = statement if isinstance(statement, Network) else composed
    couplings, n = network.couplings, len(network.named)
    random, mean = couplings.random, couplings.mean
    terms = tuple(random.values()) if couplings.by_field else () if random is None else (random,)
    random = terms[0] if terms else None
    question = Question(
        populations=populations_of(network),
        gains=np.broadcast_to(0.0 if random is None else np.asarray(random.g, dtype=float), (n, n)),
        means=None if mean is None else np.broadcast_to(mean.scale * np.asarray(mean.strength, dtype=float), (n, n)),
        symmetry=next((term.symmetry for term in terms if term.symmetry), 0.0),
        low_rank=couplings.low_rank,
        plastic=couplings.plastic,
        synapses=couplings.synapses,
        further=tuple(couplings.beyond(*_TERMS).values()),
        discrete=any(population.dynamics.discrete for population in network.named.values()),
        by_field=tuple(np.broadcast_to(np.asarray(term.g, dtype=float), (n, n)) for term in terms),
    )
    _check(question, network)
    return question


def _check(question: Question, network: Network) -> None:
    """Refuse what does not go together."""
    if question.discrete and not all(population.dynamics.discrete for population in network.named.values()):
        raise ValueError("either all populations are dmft.Map() or none is: time goes in steps, or it does not")
    if question.stated and question.means is not None and len(question.by_field) > 1:
        raise ValueError("units that hear several fields are simulated without means; leave couplings.mean out")
    if question.staged:
        who = "filters" if question.filtered else "species" if question.species else "units that state their equations"
        beside = {
            "low-rank": question.low_rank is not None,
            "symmetric": len(question.by_field) > 1 and question.symmetry != 0.0,
            "plastic": question.plastic is not None,
            "sparse": question.synapses is not None,
            "further": bool(question.further),
        }
        for word, stated in beside.items():
            if stated:
                raise ValueError(f"{who} are simulated without {word} couplings; leave those out, or take dmft.Leaky()")
        if question.species and any(not drive.constant for drive in question.drives):
            raise ValueError(f"species are simulated without drives that change in time, got {question.drives!r}")
        quenched = any(units.threshold_variance for units in question.populations)
        if quenched and question.species:
            raise ValueError(f"{who} are simulated without threshold_variance; leave it out, or take dmft.Leaky()")
    low_rank = question.low_rank
    if low_rank is not None:
        alone = len(question.populations) == 1
        if not alone and (any(low_rank.input_overlap) or any(low_rank.left_input)):
            raise ValueError("input_overlap and left_input are simulated in one population; leave them out")
        if not all(units.fraction for units in question.populations):
            raise ValueError("low-rank couplings are simulated without populations of fraction 0; leave those out")
        if alone:
            low_rank.check_joint(question.populations[0].threshold_variance)
    alone = question.split and question.low_rank is None and question.synapses is None and not question.further
    if question.plastic is not None and not alone:
        raise ValueError(
            "plastic couplings are simulated in one population of dmft.Leaky(1.0), without low-rank, sparse "
            "or further couplings; give times in units of tau, and leave the others out"
        )
