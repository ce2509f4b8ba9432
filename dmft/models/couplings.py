"""Couplings J_ij, from unit j to unit i: a sum of terms, each stated by block (rows are targets)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

import numpy as np

from dmft.models.by_name import ByName
from dmft.models.checks import finite, is_single, matrix, positive
from dmft.models.low_rank import LowRank
from dmft.models.quantities import Quantities, within
from dmft.models.sparse import Sparse
from dmft.models.spelt import Spelt

Block: TypeAlias = float | tuple[tuple[float, ...], ...]


def _gain(name: str, value: Any) -> Block:
    if is_single(name, value):
        if value == 0:
            raise ValueError("g must be positive, got 0; without random couplings leave them out: Couplings(None, ...)")
        return positive(name, value)
    gain = matrix(name, value)
    if min(min(row) for row in gain) < 0:
        raise ValueError(f"g must have no negative entry, got {gain}")
    return gain


def _symmetry(name: str, value: Any) -> float:
    if not is_single(name, value):
        raise ValueError(
            f"{name} must be one number for all couplings, got {value!r}: a symmetry by block is not known; give the "
            "matrix itself to validation.simulate(..., couplings=...)"
        )
    return finite(name, value)


def _strength(name: str, value: Any) -> Block:
    return finite(name, value) if is_single(name, value) else matrix(name, value)


@dataclass(frozen=True)
class Random(Quantities):
    """Independent couplings of mean 0 and variance g_ab^2/N from a unit of b to one of a.

    Parameters
    ----------
    g : gain; a number > 0 for all blocks, or a matrix, shape (n_population, n_population), of numbers >= 0.
    symmetry : rho = N cov(J_ij, J_ji)/g^2 in [-1, 1]; 0 is independent couplings.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    g: Any = field(metadata=within(_gain, "gain: J_ij has variance g^2/N"))
    symmetry: float = field(default=0.0, metadata=within(_symmetry, "N cov(J_ij, J_ji)/g^2"))

    def check(self) -> None:
        """Refuse a symmetry outside [-1, 1]."""
        if not -1 <= self.symmetry <= 1:
            raise ValueError(f"symmetry must be in [-1, 1], got {self.symmetry}")


@dataclass(frozen=True)
class Mean(Quantities):
    """A mean of the couplings, scale strength_ab/N from a unit of b to one of a.

    Parameters
    ----------
    strength : a number for all blocks, or a matrix, shape (n_population, n_population).
    scale : factor on all of them, > 0; sqrt(K) in a balanced network.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    strength: Any = field(metadata=within(_strength, "mean of N J_ij, over the scale"))
    scale: float = field(default=1.0, metadata=within(positive, "factor on all means"))


@dataclass(frozen=True)
class Hebbian(Quantities):
    """Couplings that follow the activity, p dA_ij/dt = -A_ij + (k/N) phi(x_i) phi(x_j).

    Parameters
    ----------
    k : plasticity strength; negative ones are anti-Hebbian.
    p : time constant of the synapses, > 0, in the unit of time.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    k: float = field(metadata=within(finite, "plasticity strength"))
    p: float = field(metadata=within(positive, "time constant of the synapses", "tau"))


class ByField(ByName[Random]):
    """Random couplings by the field that they carry, frozen."""

    def __init__(self, terms: Mapping[str, Random]) -> None:
        for name, term in terms.items():
            if not isinstance(name, str) or not isinstance(term, Random):
                raise TypeError(f"random must map each field to a Random, got {name!r}: {term!r}")
        super().__init__(terms)


@dataclass(frozen=True)
class Couplings(Spelt):
    """A sum of terms, each of which may be left out.

    Parameters
    ----------
    random : `Random`; a mapping of each field to one, where the units hear several (`dmft.Dynamics`).
    mean : `Mean`.
    low_rank : `LowRank`.
    plastic : `Hebbian`.
    synapses : `Sparse` ones; a theory takes their means and variances by block with those of the other terms.

    Raises
    ------
    TypeError : for a term that is not of its kind.
    """

    random: Any = None
    mean: Mean | None = None
    low_rank: LowRank | None = None
    plastic: Hebbian | None = None
    synapses: Sparse | None = None

    def __post_init__(self) -> None:
        if isinstance(self.random, Mapping):
            object.__setattr__(self, "random", ByField(self.random))
        for name, kind in TERMS.items():
            value = getattr(self, name)
            if name == "random" and self.by_field:
                continue
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} must be None or a {kind.__name__}, got {value!r}")

    @property
    def by_field(self) -> bool:
        """Whether there are random couplings of each of several fields."""
        return isinstance(self.random, ByField)

    def beyond(self, *known: str) -> dict[str, Any]:
        """Return the terms that are stated and none of these, by name: what a reader would leave out in silence."""
        stated = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: term for name, term in stated.items() if term is not None and name not in known}

    @classmethod
    def sparse(
        cls,
        in_degree: Any,
        weights: Any,
        probability: Any = None,
        *,
        deviation: Any = 0.0,
        binary: bool = False,
        exact: bool = False,
    ) -> Couplings:
        """Return sparse couplings alone: ``Couplings(synapses=Sparse(...))``, with the parameters of `Sparse`."""
        synapses = Sparse(in_degree, weights, probability, deviation=deviation, binary=binary, exact=exact)
        return cls(synapses=synapses)

    def by_block(self, fractions: tuple[float, ...]) -> Couplings:
        """Return the couplings with the first two moments of the sparse ones, by block, in place of them."""
        if self.synapses is None:
            return self
        means, variances = self.synapses.moments(fractions)
        if self.random is not None:
            if self.random.symmetry:
                raise ValueError("symmetry must be 0 beside sparse couplings, which have none")
            variances = variances + np.asarray(self.random.g) ** 2
        if self.mean is not None:
            means = means + self.mean.scale * np.asarray(self.mean.strength)
        number = len(fractions) == 1
        gains = np.sqrt(variances)
        random = Random(gains.item() if number else gains) if np.any(variances) else None
        mean = Mean(means.item() if number else means) if np.any(means) else None
        return replace(self, random=random, mean=mean, synapses=None)


TERMS = {"random": Random, "mean": Mean, "low_rank": LowRank, "plastic": Hebbian, "synapses": Sparse}


def size_of(block: Block) -> int | None:
    """Return for how many populations a block is stated; None for any number."""
    return len(block) if isinstance(block, tuple) else None
