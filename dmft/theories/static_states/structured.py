"""The static states of populations that share a term of rank one, all of them: kappa is one more unknown.

    m_a = h_a + sum_b A_ab <phi_b> + mbar kappa,   c_a = sum_b K_ab <phi_b^2> + s_a + S_mm kappa^2,
    kappa = sum_b f_b (nbar <phi_b> + S <phi_b'> kappa),   x_b ~ N(m_b, c_b).
What feeds back made weaker and weaker, with c_a >= S_mm kappa^2 at each step, leaves kappa = 0, and no root passes the
bound on |kappa|: the signs of the determinants add up to 1 here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.arclength import Family, passages
from dmft.numerics.gaussian.moments import OTHER_WIDTH, Moments
from dmft.theories.shared_structure import SharedStructure
from dmft.theories.static_states.equations import StaticEquations
from dmft.theories.static_states.search import all_roots
from dmft.theories.static_states.solve import RESIDUAL, static_states

_CENTRE = 1e-3  # of the largest kappa, that counts as much as kappa itself in the size of its changes
_REACH = 3.0  # of inputs to kappa, over its bound


class StructuredEquations(StaticEquations):
    """The equations above; a point is (m, c, kappa), shape (2 P + 1,)."""

    def __init__(self, structure: SharedStructure) -> None:
        super().__init__(structure.blocks)
        self.structure = structure

    def assembled(self, points: FloatArray, known: Moments) -> tuple[FloatArray, FloatArray]:
        """Return what is left of the equations and the derivatives, from the averages at points."""
        of, p, f = self.structure, len(self), self.blocks.fractions
        kappa = points[:, -1:]
        rest, inner = super().assembled(points, known)
        fed = of.mean_right * known.mean + of.overlap * kappa * known.slope
        left = np.concatenate([rest, kappa - fed @ f[:, None]], axis=1)
        left[:, :p] -= of.mean_left * kappa
        left[:, self.variances] -= of.left * kappa**2
        derivative = np.zeros((*points.shape, points.shape[1]))
        derivative[:, :-1, :-1] = inner
        derivative[:, :p, -1] = -of.mean_left
        derivative[:, self.variances, -1] = -2.0 * of.left * kappa
        derivative[:, -1, :p] = -f * (of.mean_right * known.slope + of.overlap * kappa * known.bend)
        derivative[:, -1, self.variances] = -0.5 * f * (of.mean_right * known.bend + of.overlap * kappa * known.third)
        derivative[:, -1, -1] = 1.0 - of.overlap * (known.slope @ f)
        return left, derivative

    def residual(self, point: FloatArray, *, width: float = OTHER_WIDTH) -> float:
        """Return what is left of the equations by other nodes than the solver's, relative to the sizes of x, kappa."""
        of, p = self.structure, len(self)
        known = self.averages.at(point[None, :p], point[None, self.variances], width)
        left = np.abs(self.assembled(point[None], known)[0][0])
        scale = max(float(np.sqrt(np.max(point[self.variances] + point[:p] ** 2))), 1e-6)
        fed = abs(of.mean_right) * np.sqrt(known.square[0]) + np.abs(of.overlap * point[-1] * known.slope[0])
        size = abs(point[-1]) + float(self.blocks.fractions @ fed)
        of_kappa = left[-1] / size if size > 0.0 else left[-1]
        return float(max(np.max(left[:p]) / scale, np.max(left[self.variances]) / scale**2, of_kappa))

    @property
    def mirrors(self) -> tuple[FloatArray, ...]:
        """Signs of the coordinates under what takes states to states."""
        of, p = self.structure, len(self)
        turned = tuple(np.append(mirror, -1.0) for mirror in super().mirrors)
        if of.mean_left == 0.0 and of.mean_right == 0.0:
            turned += (np.append(np.ones(2 * p), -1.0),)
        return turned

    @cached_property
    def inputs(self) -> FloatArray:
        """The point where units hear their inputs alone."""
        return np.concatenate([self.blocks.bias, self.blocks.threshold_variance, [0.0]])

    @cached_property
    def box(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of every solution, shape (2P + 1,) each."""
        of, p = self.structure, len(self)
        inner = StaticEquations(self.blocks).box
        low, high = (np.append(side, sign * of.largest) for side, sign in zip(inner, (-1.0, 1.0), strict=True))
        low[:p] -= abs(of.mean_left) * of.largest
        high[:p] += abs(of.mean_left) * of.largest
        high[self.variances] += of.left * of.largest**2
        return low, high

    def scale(self, points: FloatArray, least: float = 1e-9) -> FloatArray:
        """Return the sizes that changes of points are measured in, of their shape."""
        least_kappa = max(least, _CENTRE) * self.structure.largest
        return np.concatenate([super().scale(points, least), np.abs(points[:, -1:]) + least_kappa], axis=1)

    def families(self) -> Iterator[tuple[Family, float]]:
        """Yield those of the other couplings, and inputs to kappa: along these states at any held kappa are passed."""
        yield from super().families()
        yield self.pushed(self._to_kappa), _REACH

    @property
    def _to_kappa(self) -> FloatArray:
        return np.append(np.zeros(2 * len(self)), self.structure.largest)

    def from_none(self) -> FloatArray:
        """Return points next to roots on the curves through the states at kappa = 0: what feeds kappa back is missing
        there, and made up for by an input that is taken back along the curve."""
        at_none = [np.concatenate([state.m, state.c0, [0.0]]) for state in static_states(self.blocks).states]
        start = np.array(at_none).reshape(-1, len(self.inputs))
        missing = self.system(start)[0][:, -1] / self.structure.largest
        start, missing = start[missing != 0.0], missing[missing != 0.0]
        if not len(start):
            return np.empty((0, start.shape[1]))
        curve = self.pushed(self._to_kappa)
        return passages(curve, start, allowed=self.unbound, scale=self.along, reach=_REACH, begin=missing)


@dataclass(frozen=True, eq=False)
class StructuredState:
    """A static state.

    Attributes
    ----------
    m, c0 : means and variances of x, shape (P,).
    kappa : n . phi/N.
    residual : by other nodes than the solver's, relative to the sizes of x and kappa.
    of_variance, of_kappa : what an error of every equation, relative to the size of its unknown, makes of c0, relative
        to it, shape (P,), and of kappa.
    """

    m: FloatArray
    c0: FloatArray
    kappa: float
    residual: float
    of_variance: FloatArray
    of_kappa: float


def structured_states(structure: SharedStructure) -> tuple[tuple[StructuredState, ...], bool]:
    """Return the static states that are found, of mirror images in kappa one; and whether the signs of the determinants
    add up to 1 and curves through the states led to no further one.

    A pair that meets none of the others along these curves can be missing nevertheless.
    """
    equations = StructuredEquations(structure)
    found = all_roots(equations, equations.from_none())
    states, whole = [], found.followed and found.degree == 1
    for root in found.roots:
        residual = equations.residual(root)
        if residual > RESIDUAL:
            whole = False
        elif not (structure.mirrored and root[-1] < 0.0):
            states.append(_state(equations, root, residual))
    return tuple(states), whole


def _state(equations: StructuredEquations, root: FloatArray, residual: float) -> StructuredState:
    m, c = root[: len(equations)].copy(), root[equations.variances].copy()
    size = np.sqrt(c) + np.abs(m)
    of_kappa = max(abs(root[-1]), _CENTRE * equations.structure.largest)
    try:
        inverse = np.abs(np.linalg.inv(equations.system(root[None])[1][0]))
        off = inverse @ np.concatenate([size, size**2, [of_kappa]])
    except np.linalg.LinAlgError:
        off = np.full(len(root), np.inf)
    relative = np.where(c > 0.0, off[equations.variances] / np.where(c > 0.0, c, 1.0), 0.0)
    return StructuredState(m, c, float(root[-1]), residual, relative, float(off[-1]))
