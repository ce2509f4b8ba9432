"""Sparse couplings: few synapses a unit, and the means and variances by block that a theory sees of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import finite, is_single, matrix, non_negative
from dmft.models.coherence import coherence
from dmft.models.spelt import Spelt


@dataclass(frozen=True)
class Sparse(Spelt):
    """Units of a hear K_ab units of b each, drawn at random, with weights of mean w_ab and standard deviation d_ab.

    A theory knows the first two moments of a coupling: N J_ij has the mean K_ab w_ab/f_b and N times the variance of
    J_ij is K_ab ((1 - p_ab) w_ab^2 + d_ab^2)/f_b, where p_ab is the probability of a synapse. It is exact for K large
    at p -> 0; corrections are of order 1/K (`dmft.in_degree_correction`) and, from coherent modes, of order
    max|K w| max sqrt(variance)/sqrt(N), which never vanish at a fixed p (an `AccuracyWarning` of simulations above
    0.1).

    With weights that have the sign of their column (presynaptic population) and no deviation the network obeys Dale's
    law.

    Parameters
    ----------
    in_degree : K, number of inputs of a unit; a number for those from all populations alike, each of which gives its
        fraction of them, or a matrix, shape (n_population, n_population), rows are targets.
    weights : w, mean of a synapse that is there; a number, one for each presynaptic population, or a matrix.
    probability : p of a synapse, in (0, 1]; a number, or a matrix. The network then has the one size at which it holds,
        `size`. None: the in-degree stays as the network grows, and p -> 0.
    deviation : d, standard deviation of the weight of a synapse that is there, >= 0; a number or a matrix.
    binary : whether weights are w + d or w - d with equal chance; Gaussian ones else.
    exact : whether every unit has exactly K inputs (whole numbers); else each pair of units is connected with
        probability p, independently. With exact in-degrees weights must have mean 0: what reaches units would vary by
        K w^2 times the variance of phi instead of <phi^2>.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    in_degree: Any = field(metadata={"unit": "1", "meaning": "number of inputs of a unit"})
    weights: Any = field(metadata={"unit": "1", "meaning": "mean weight of a synapse", "vector": True})
    probability: Any = field(default=None, metadata={"unit": "1", "meaning": "probability of a synapse"})
    deviation: Any = field(default=0.0, kw_only=True, metadata={"unit": "1", "meaning": "deviation of the weights"})
    binary: bool = field(default=False, kw_only=True)
    exact: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.in_degree is None:
            raise TypeError(
                "in_degree must be a number or a matrix, got None; of a probability p and N units it is p N"
            )
        for name in ("in_degree", "weights", "probability", "deviation"):
            object.__setattr__(self, name, _block(name, getattr(self, name)))
        for name in ("binary", "exact"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r}")
        sizes = {
            len(np.atleast_2d(b)[0])
            for b in (self.in_degree, self.weights, self.probability, self.deviation)
            if b is not None and np.ndim(b)
        }
        if len(sizes) > 1:
            raise ValueError(
                f"blocks of sparse couplings must be of one size, got {', '.join(map(str, sorted(sizes)))}"
            )
        if np.max(np.asarray(self.in_degree)) <= 0:
            raise ValueError(f"in_degree must be positive for some block, got {self.in_degree}")
        if self.probability is not None:
            chances = np.asarray(self.probability)
            if chances.min() <= 0 or chances.max() > 1:
                raise ValueError(f"probability must be in (0, 1], got {self.probability}")
        if self.exact:
            if np.any(np.asarray(self.weights) != 0):
                raise ValueError(
                    "weights must have mean 0 with exact in-degrees, got "
                    f"{self.weights}: what reaches units then varies by K w^2 (<phi^2> - <phi>^2), which no block of "
                    "gains states; take exact=False, or weights=0 with a deviation"
                )
            if np.any(np.asarray(self.in_degree) % 1 != 0):
                raise ValueError(f"in_degree must be whole numbers with exact=True, got {self.in_degree}")

    @property
    def n_populations(self) -> int | None:
        """For how many populations it is stated; None for any number."""
        for block in (self.in_degree, self.weights, self.probability, self.deviation):
            if block is not None and np.ndim(block):
                return int(np.atleast_2d(block).shape[1])
        return None

    def by_block(self, fractions: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return K_ab, w_ab and d_ab for populations of these fractions, shape (P, P) each."""
        parts = np.asarray(fractions, dtype=float)
        shape = (len(parts), len(parts))
        degrees = np.asarray(self.in_degree, dtype=float)
        degrees = degrees * parts if degrees.ndim == 0 else degrees
        weights, deviation = np.asarray(self.weights, dtype=float), np.asarray(self.deviation, dtype=float)
        degrees, weights, deviation = (np.broadcast_to(x, shape).astype(float) for x in (degrees, weights, deviation))
        return degrees, weights, deviation

    def size(self, fractions: Any) -> float | None:
        """Return the number of units N at which the probability holds, N f_b p_ab = K_ab; None if none is stated.

        Raises
        ------
        ValueError : if it is not the same for all blocks.
        """
        if self.probability is None:
            return None
        degrees = self.by_block(fractions)[0]
        units = degrees / np.broadcast_to(np.asarray(self.probability, dtype=float), degrees.shape)
        parts = np.broadcast_to(np.asarray(fractions, dtype=float), degrees.shape)
        sizes = units[degrees > 0] / parts[degrees > 0]
        if np.ptp(sizes) > 1e-6 * sizes[0]:
            raise ValueError(
                "probability and in_degree must be of one network, in_degree = probability x fraction x N, got N = "
                f"{', '.join(f'{n:g}' for n in np.unique(np.round(sizes, 6)))}"
            )
        return float(sizes[0])

    def check(self, fractions: Any) -> None:
        """Refuse what these populations cannot give: inputs from a population of no weight, N of two values."""
        degrees = self.by_block(fractions)[0]
        if np.any(degrees[:, np.asarray(fractions) == 0.0] > 0):
            raise ValueError("in_degree must be 0 from a population of fraction 0: it is not heard")
        self.size(fractions)

    def moments(self, fractions: Any) -> tuple[FloatArray, FloatArray]:
        """Return M_ab = K w/f_b and G_ab = K ((1 - p) w^2 + d^2)/f_b, N times mean and variance, shape (P, P) each."""
        degrees, weights, deviation = self.by_block(fractions)
        parts = np.asarray(fractions, dtype=float)
        per_source = np.divide(degrees, parts, out=np.zeros_like(degrees), where=degrees > 0)
        chance = 0.0 if self.probability is None else np.asarray(self.probability, dtype=float)
        return per_source * weights, per_source * ((1.0 - chance) * weights**2 + deviation**2)

    def coherence(self, fractions: Any, n: float) -> float:
        """Return max|A| max sqrt(G)/sqrt(N), A = K w: corrections by coherent modes are of this order."""
        return coherence(*self.moments(fractions), np.asarray(fractions, dtype=float), n)


def _block(name: str, value: Any) -> Any:
    """Return a number, one for each column, or a matrix, of finite numbers; none negative but for weights."""
    if value is None and name == "probability":
        return None
    one = finite if name == "weights" else non_negative
    if is_single(name, value):
        return one(name, value)
    if name == "weights" and np.ndim(value) == 1:
        return tuple(finite(f"weights[{i}]", float(x)) for i, x in enumerate(value))
    rows = matrix(name, value)
    return tuple(tuple(one(f"{name}[{i}, {j}]", x) for j, x in enumerate(row)) for i, row in enumerate(rows))
