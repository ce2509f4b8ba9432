"""All static states of populations with their stability: bulk, and what lies outside of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.numerics.block_bulk import Bulk, bulk_of
from dmft.theories.blocks import Blocks
from dmft.theories.static_states.equations import StaticEquations
from dmft.theories.static_states.search import all_roots

RESIDUAL = 1e-9  # by other nodes, relative to the size of x, above which a root is none


@dataclass(frozen=True, eq=False)
class StaticState:
    """A state that does not move, whether a network stays in it or not.

    Attributes
    ----------
    equations : that it solves.
    m, c0 : means and variances of x, shape (P,); c0 = 0 where all units of a population are alike.
    sign : of det F' there; 0 for a state at rest that does not count in the degree.
    residual : of both equations, by other nodes than the solver's, relative to the size of x.
    """

    equations: StaticEquations
    m: FloatArray
    c0: FloatArray
    sign: int
    residual: float

    @property
    def blocks(self) -> Blocks:
        """The populations."""
        return self.equations.blocks

    @cached_property
    def bulk(self) -> Bulk:
        """Where the bulk of the Jacobian lies."""
        slope = np.sqrt(self.equations.moments(self._point[None]).square_slope[0])
        laws = [(np.array([d]), np.ones(1)) for d in slope]
        return bulk_of(self.blocks.gains, self.blocks.fractions, self.blocks.tau, laws)

    @property
    def spread(self) -> float:
        """rho(K <phi'^2>): above 1 what differs from unit to unit grows, and the network moves."""
        return self.bulk.radius**2

    @cached_property
    def eigenvalues(self) -> ComplexArray:
        """All of the means and covariances, (1 + lambda tau)(u, v) = (coupling)(u, v), shape (2P,), inside too."""
        matrix = self.equations.coupling(self._point) - np.eye(2 * len(self.blocks))
        values = np.linalg.eigvals(matrix / np.tile(self.blocks.tau, 2)[:, None])
        return np.asarray(values[np.argsort(-values.real)], dtype=complex)

    @property
    def outliers(self) -> ComplexArray:
        """Eigenvalues of the Jacobian outside of the bulk, the rightmost first, in units of 1/tau."""
        return self.bulk.outside(self.eigenvalues)

    @cached_property
    def naive_outliers(self) -> ComplexArray:
        """What they would be if J had nothing in common with phi'(x): of det(1 + lambda tau - A <phi'>) = 0."""
        slope = self.equations.moments(self._point[None]).slope[0]
        return self.bulk.outside(mean_rates(self.blocks, slope))

    @property
    def stable(self) -> bool:
        """Whether a network stays: neither the bulk nor an outlier reaches the right half plane."""
        return self.spread < 1.0 and bool(np.all(self.outliers.real < 0.0))

    @property
    def _point(self) -> FloatArray:
        return np.concatenate([self.m, self.c0])


@dataclass(frozen=True, eq=False)
class StaticStates:
    """The static states that were found.

    Attributes
    ----------
    states : by increasing mean of the first population.
    degree : sum of the signs of det F'.
    complete : whether that is 1, as it must be where every phi is bounded, and curves through the states led to no
        further one; None where phi is not bounded, and no number is known. A pair of states that meets none of the
        others along these curves can be missing though it is True.
    starts : number of starts of Newton's method.
    """

    states: tuple[StaticState, ...]
    degree: int
    complete: bool | None
    starts: int


def static_states(blocks: Blocks) -> StaticStates:
    """Return every static state of populations that is found: m = h + A <phi>, c0 = K <phi^2> + s.

    Noise and all drives that change in time are left out.

    Notes
    -----
    Accuracy: m and c0 to 1e-10 (`tests/reference/test_static_states.py`), none of those that a dense scan finds in 50
    random networks is missing (`tests/invariants/test_population_branches.py`). Cost: 0.1-0.5 s for one to four
    populations, more for steep phi.
    """
    equations = StaticEquations(blocks)
    found = all_roots(equations)
    p = len(blocks)
    states, whole = [], True
    for root, sign in zip(found.roots, found.signs, strict=True):
        residual = equations.residual(root)
        if residual > RESIDUAL:
            whole = False
            continue
        states.append(StaticState(equations, root[:p].copy(), root[p:].copy(), int(sign), residual))
    degree = sum(state.sign for state in states)
    complete = None if not equations.bounded else degree == 1 and whole and found.followed
    return StaticStates(tuple(states), degree, complete, found.starts)


def mean_rates(blocks: Blocks, slope: FloatArray) -> ComplexArray:
    """Return the rates of the means alone, det(1 + lambda tau - A <phi'>) = 0, fastest growth first, shape (P,)."""
    matrix = (blocks.A * slope - np.eye(len(blocks))) / blocks.tau[:, None]
    values = np.linalg.eigvals(matrix)
    return np.asarray(values[np.argsort(-values.real)], dtype=complex)
