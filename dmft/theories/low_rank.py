"""One population with random plus low-rank couplings, as its theory sees it: the only reader of `LowRank`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import is_odd
from dmft.theories.blocks import blocks_of
from dmft.theories.composed import composed

_SAME = 1e-9  # relative difference below which eigenvalues are the same


@dataclass(frozen=True, eq=False)
class Structure:
    """x' = -x + h + theta_i + (random input of covariance g^2 C^phi) + sum_r m_i^r kappa_r + xi_i.

    kappa_r = n_r . phi(x)/N; a mean of the couplings is one more vector m that is constant.

    Attributes
    ----------
    statement, nonlinearity, g, bias, threshold_variance : as stated; what is constant of the drive is in the bias.
    white : intensity of private white noise, in units of tau.
    overlap : covariances of n with m (rows n), a measured outlier in its place, shape (rank, rank).
    left : covariances of the vectors m, shape (rank, rank).
    mean_left, mean_right : means of m and of n, shape (rank,).
    input_overlap, left_input : covariances of n, and of m, with theta, shape (rank,).
    stated : number of vectors that were stated, a mean of the couplings not among them.
    tau : the unit in which the theory counts time.
    discrete : whether time goes in steps.
    """

    statement: Any
    nonlinearity: Any
    g: float
    bias: float
    threshold_variance: float
    white: float
    overlap: FloatArray
    left: FloatArray
    mean_left: FloatArray
    mean_right: FloatArray
    input_overlap: FloatArray
    left_input: FloatArray
    stated: int
    tau: float = 1.0
    discrete: bool = False

    @property
    def rank(self) -> int:
        """Number of vectors."""
        return len(self.overlap)

    @cached_property
    def odd(self) -> bool:
        """Whether phi(-x) = -phi(x)."""
        return is_odd(self.nonlinearity)

    @cached_property
    def centred(self) -> bool:
        """Whether x has mean 0 over units whatever kappa is: phi is odd, and nothing has a mean."""
        return self.odd and self.bias == 0.0 and not np.any(self.mean_left)

    @cached_property
    def spontaneous(self) -> bool:
        """Whether kappa = 0 is a state of mean 0, from which others bifurcate."""
        return self.odd and self.bias == 0.0 and not np.any(self.input_overlap)

    @cached_property
    def rests(self) -> bool:
        """Whether x = 0 is a state: nothing is heard there."""
        silent = self.bias == 0.0 and self.threshold_variance == 0.0 and self.white == 0.0
        phi = np.abs(np.broadcast_to(np.asarray(self.nonlinearity(np.array([-1.0, 0.0, 1.0])), dtype=float), (3,)))
        still = float(phi[1]) <= 1e-15 * float(phi.max())
        return silent and still and not np.any(self.input_overlap)

    @cached_property
    def mirrors(self) -> tuple[slice, ...]:
        """Parts of kappa each of which may change its sign in a state, which is one again.

        All of kappa where phi is odd and nothing is biased; what belongs to stated vectors without means where the rest
        tells units the same.
        """
        if np.any(self.input_overlap) or np.any(self.left_input):
            return ()
        stated, added = slice(0, self.stated), slice(self.stated, self.rank)
        alone = not (np.any(self.mean_left[stated]) or np.any(self.mean_right[stated]))
        if not alone:
            return (slice(None),) if self.spontaneous else ()
        return (stated, added) if self.spontaneous and self.rank > self.stated else (stated,)

    def upright(self, kappa: FloatArray) -> FloatArray:
        """Return of kappa and its mirror images the one whose parts have a positive largest entry."""
        turned = np.array(kappa, dtype=float)
        for part in self.mirrors:
            if turned[part][np.argmax(np.abs(turned[part]))] < 0.0:
                turned[part] *= -1.0
        return turned

    def images(self, kappa: FloatArray) -> int:
        """Return how many mirror images kappa has, itself included."""
        return int(2 ** sum(bool(np.any(kappa[part])) for part in self.mirrors))

    @property
    def feedback(self) -> FloatArray:
        """The couplings as kappa feels them: the overlaps n . m/N, means included."""
        return np.asarray(self.overlap + np.outer(self.mean_right, self.mean_left))

    def static_variance(self, kappa: FloatArray) -> float:
        """Return the variance over units of the static input, that of the random couplings not included."""
        return float(kappa @ self.left @ kappa + 2.0 * kappa @ self.left_input + self.threshold_variance)

    @cached_property
    def modes(self) -> tuple[tuple[complex, FloatArray], ...]:
        """Outliers of the couplings and directions of kappa (complex ones for a pair), largest real part first."""
        values, vectors = np.linalg.eig(self.feedback)
        found = []
        for i in np.argsort(-values.real, kind="stable"):
            value = complex(values[i])
            if abs(value.imag) <= _SAME * abs(value):
                direction = vectors[:, i].real if np.any(vectors[:, i].real) else vectors[:, i].imag
                found.append((complex(value.real), np.asarray(direction / np.linalg.norm(direction))))
            elif value.imag > 0:
                found.append((value, np.asarray(vectors[:, i])))
        return tuple(found)


def has_low_rank(statement: Any) -> bool:
    """Whether a statement of a network has a low-rank term."""
    compose = getattr(statement, "compose", None)
    return callable(compose) and not isinstance(statement, type) and composed(statement).couplings.low_rank is not None


def structure_of(statement: Any, *, any_tau: bool = False, any_time: bool = False) -> Structure:
    """Return what the theory takes from a network with low-rank couplings.

    Parameters
    ----------
    any_tau : whether who asks knows that times are in units of `Structure.tau`; else another than 1 is refused.
    any_time : whether who asks knows steps of time (`Structure.discrete`) too; else they are refused.

    Raises
    ------
    ValueError : for what stands beside the low-rank term and is not solved together with it, with the remedy.
    """
    network = composed(statement)
    term = network.couplings.low_rank
    if term is None:
        raise ValueError("the network has no low-rank couplings")
    blocks = blocks_of(network)
    if len(blocks) > 1:
        raise ValueError(
            f"this theory of low-rank couplings is one of one population, got {len(blocks)}; among populations states "
            "are known (LowRankPopulations)"
        )
    if blocks.names != ("",):
        raise ValueError(
            f"this theory of low-rank couplings is one of a population without a name, got {blocks.names[0]!r}; give "
            "dmft.Network(dmft.Population(...), ...)"
        )
    if blocks.discrete and not any_time:
        raise ValueError("this theory of low-rank couplings is one of continuous time; give Leaky(), not Map()")
    if blocks.tau[0] != 1 and not any_tau:
        raise ValueError(
            f"the theory takes tau for the unit of time, got tau={blocks.tau[0]:g}: give times, rates and frequencies "
            "in units of tau, and Leaky(1.0)"
        )
    for drive in blocks.drives[0]:
        if drive.common or drive.phased or not drive.white:
            raise ValueError(
                f"beside low-rank couplings white noise and constant inputs are solved, got {drive!r}; simulate the "
                "network (validation.simulate), or leave the drive or low_rank out"
            )
    overlap = with_outlier(np.array(term.overlap), term.outlier)
    mean = float(blocks.means[0, 0])
    more = int(mean != 0.0)  # a mean of the couplings is a constant vector m, and a constant n
    return Structure(
        statement=statement,
        nonlinearity=blocks.nonlinearities[0],
        g=float(np.sqrt(blocks.gains[0, 0])),
        bias=float(blocks.bias[0]),
        threshold_variance=float(blocks.threshold_variance[0]),
        white=float(blocks.white[0] / blocks.tau[0]),
        overlap=np.pad(overlap, (0, more)),
        left=np.pad(np.array(term.left), (0, more)),
        mean_left=np.append(np.array(term.mean_left), [1.0] * more),
        mean_right=np.append(np.array(term.mean_right), [mean] * more),
        input_overlap=np.pad(np.array(term.input_overlap), (0, more)),
        left_input=np.pad(np.array(term.left_input), (0, more)),
        stated=term.rank,
        tau=float(blocks.tau[0]),
        discrete=blocks.discrete,
    )


def with_outlier(overlap: FloatArray, outlier: complex | float | None) -> FloatArray:
    """Return overlaps of which the eigenvalue of largest real part (with its conjugate) is the outlier.

    Raises
    ------
    ValueError : for a complex outlier in the place of a real eigenvalue, or the other way round.
    """
    if outlier is None:
        return overlap
    new = complex(outlier)
    rank = len(overlap)
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    a, b = float(overlap[0, 0]), float(overlap[-1, 0])
    alike = rank == 2 and np.allclose(overlap, a * np.eye(2) + b * turn, rtol=_SAME, atol=0.0)
    if alike and (new.imag or b or not a):  # the plane turns as a whole, the way it was stated to
        return np.asarray(new.real * np.eye(2) + np.copysign(new.imag, b) * turn)
    values, right = np.linalg.eig(overlap)
    first = int(np.argmax(values.real))
    old = complex(values[first])
    if (abs(old.imag) > _SAME * abs(old)) != (new.imag != 0.0):
        kinds = ("real", "complex") if new.imag else ("complex", "real")
        raise ValueError(
            f"the outlier {outlier} is {kinds[1]}, and the overlap's eigenvalue {old:.4g}, whose place it takes, "
            f"{kinds[0]}; state overlaps that rotate as the outlier does (or not)"
        )
    if abs(np.linalg.det(right)) < 1e-8:
        raise ValueError(f"the overlap {overlap.tolist()} has no basis of eigenvectors: state it without an outlier")
    inverse = np.linalg.inv(right)
    projector = np.outer(right[:, first], inverse[first])
    change = (new.real + 1j * np.copysign(new.imag, old.imag) - old) * projector
    return np.asarray(overlap + (2.0 if new.imag else 1.0) * change.real)
