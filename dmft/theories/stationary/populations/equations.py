"""The equations for the covariances on a mesh of lags and for the means, and the Newton step of both together.

    (1 - tau_a^2 d^2) c_a = sum_b K_ab <phi_b phi_b>(c_b; c_b(0), m_b) + s_a + C_a,   tau_a^2 c_a'(0+) = -sigma2_a/2,
    m_a = h_a + sum_b A_ab <phi_b>
in weak form; C_a is the covariance of a private coloured input. At given c_b(0) and m_b the Jacobian couples the
populations at one lag only: these 2 P numbers are a border.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dmft.arrays import BoolArray, FloatArray, IntArray
from dmft.budget import allow, spend
from dmft.numerics.coupled_elements import bent, sign_of_coupled, solve_coupled
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.site import OneTime, Sites, TwoTimes

_A_STEEP = 6.0  # estimated seconds that a population of steep phi may take beyond the others
DEAD = 1e-11  # part of the largest variance below which that of a population that hears nothing is rounding


@dataclass(frozen=True, eq=False)
class Point:
    """c and m, with the averages and the residuals there.

    c, weak : shape (n, P); m, balance : shape (P,).
    pair, one : averages; the derivatives are those of the series, also where <phi phi> holds what a series lacks.
    slopes : <phi' phi'>, with what the series lacks.
    incomplete : the populations whose series lack something that counts.
    residual : the largest of the undamped map's own errors, each relative to the variance, or to the size of x, of its
        population.
    """

    c: FloatArray
    m: FloatArray
    pair: TwoTimes
    one: OneTime
    slopes: FloatArray
    weak: FloatArray
    balance: FloatArray
    incomplete: list[int]
    residual: float


class Equations:
    """All equations on one mesh."""

    def __init__(self, blocks: Blocks, sites: Sites, mesh: HalfLine, held: FloatArray | None = None) -> None:
        self.blocks, self.sites, self.mesh = blocks, sites, mesh
        t, w = mesh.nodes, mesh.weights
        private = blocks.private_covariance(t).T if blocks.noisy else np.zeros((len(t), len(blocks)))
        self._source = w[:, None] * (private + blocks.threshold_variance)
        self._source[0] += 0.5 * blocks.white
        #: What is added to <phi phi> and <phi' phi'> of the series, shape (2, n, P).
        self.held = np.zeros((2, len(t), len(blocks))) if held is None else held
        #: Weights with which the filters of the units take each lag into the variances, shape (n, P).
        self.felt = w[:, None] * np.exp(-t[:, None] / blocks.tau) / blocks.tau

    def at(self, c: FloatArray, m: FloatArray) -> Point:
        """Return the residuals at c and m."""
        blocks = self.blocks
        spend(1e-3 + 1e-7 * c.size * (len(blocks) + 40))
        c = np.clip(c, -np.maximum(c[0], 0.0), np.maximum(c[0], 0.0))
        rough = self.sites.two_times(c, m, c[0], self.felt, derivatives=True)
        pair = replace(rough, q=rough.q + self.held[0])
        one = pair.one
        drawn = self.mesh.weights[:, None] * (c - pair.q @ blocks.K.T)
        weak = blocks.tau**2 * bent(self.mesh, c) + drawn - self._source
        balance = m - blocks.bias - blocks.A @ one.phi
        slopes, residual = rough.p + self.held[1], self._residual(c, m, weak, balance)
        return Point(c, m, pair, one, slopes, weak, balance, self.sites.incomplete, residual)

    def made_up(self, at: Point) -> bool:
        """Hold, from now on, what the series lack at this point by what graded quadrature gives; whether anything is.

        Newton's method goes on with derivatives of the series: a few turns make both agree.
        """
        if not at.incomplete:
            return False
        c0 = at.c[0]
        rough = self.sites.two_times(at.c, at.m, c0, self.felt, derivatives=False)
        if not np.any(self.held):
            allow(_A_STEEP * len(self.sites.incomplete))
        exact = self.sites.exactly(at.c, at.m, c0, rough)
        self.held = np.stack([exact.q - rough.q, exact.p - rough.p])
        return True

    def _residual(self, c: FloatArray, m: FloatArray, weak: FloatArray, balance: FloatArray) -> float:
        if not (np.all(np.isfinite(weak)) and np.all(np.isfinite(balance))):
            return math.inf
        own = np.max(np.abs(self.filtered(weak)), axis=0)
        scale = self.scale(c[0], m)
        size = np.sqrt(scale) + np.abs(m)
        return float(max(np.max(own / scale), np.max(np.abs(balance) / size)))

    def scale(self, c0: FloatArray, m: FloatArray) -> FloatArray:
        """Return the variances that errors are compared with: its own of a population that hears anything."""
        return np.where(self.dead(c0, m), max(float(np.max(c0)), 1e-300), np.maximum(c0, 1e-300))

    def dead(self, c0: FloatArray, m: FloatArray) -> BoolArray:
        """Return which populations hear nothing, but for the rounding of what dies out in them."""
        small = c0 <= DEAD * float(np.max(c0))
        if not np.any(small):
            return small
        blocks = self.blocks
        steady = np.array([float(np.asarray(phi(np.array([x])))[0]) for phi, x in zip(self.sites.nonlinearities, m)])
        heard = blocks.K @ np.where(small, steady**2, 1.0) + blocks.threshold_variance + blocks.white
        if blocks.noisy:
            heard = heard + blocks.private_covariance(np.zeros(1))[:, 0]
        loud = ~small | (heard > 0.0)
        for _ in range(len(blocks)):  # who hears those who hear something hears something
            loud = loud | (blocks.K @ loud > 0.0)
        return ~loud

    def filtered(self, weak: FloatArray) -> FloatArray:
        """Return e with (1 - tau_a^2 d^2) e_a = f_a, from weak right-hand sides."""
        out = np.empty_like(weak)
        for tau, same, solve in self._filters:
            out[:, same] = solve(weak[:, same] / tau**2)
        return out

    @cached_property
    def _filters(self) -> list[tuple[float, IntArray, Callable[[FloatArray], FloatArray]]]:
        """Each time constant, whose it is, and what solves with it."""
        tau = self.blocks.tau
        return [(t, np.flatnonzero(tau == t), self.mesh.factored(1.0 / t**2)) for t in np.unique(tau)]

    def rise(self, at: Point) -> float:
        """Return how fast the means leave along the relaxation; 0 if they do not."""
        rates = np.linalg.eigvals(self.blocks.A * at.one.slope).real - 1.0
        return max(float(np.max(rates)), 0.0)

    def step(self, at: Point, pseudo_time: float = math.inf) -> tuple[FloatArray, FloatArray]:
        """Return the changes of c and m: Newton's step, or one of implicit Euler of this length along the relaxation
        d(c, m)/ds = -(undamped map's own error).

        Raises
        ------
        numpy.linalg.LinAlgError : where the Jacobian is singular.
        """
        held = 1.0 / pseudo_time
        plain, by_variance, by_mean = self._solved(at, held, -at.weak[:, :, None])
        return self._bordered(at, held, plain, by_variance, by_mean, -at.balance)

    def uncertainty(self, at: Point) -> tuple[FloatArray, FloatArray]:
        """Return what Newton's step changes of log c_a(0), shape (P,), and d log c_a(0) over a relative error of the
        averages of population b, shape (P, P)."""
        blocks, w = self.blocks, self.mesh.weights
        moved = w[:, None, None] * blocks.K[None] * at.pair.q[:, None, :]
        plain, by_variance, by_mean = self._solved(at, 0.0, np.concatenate([-at.weak[:, :, None], moved], axis=2))
        pulls = [-at.balance, *(blocks.A * at.one.phi).T]
        changes = [
            self._bordered(at, 0.0, plain[:, :, [k]], by_variance, by_mean, pull)[0][0] for k, pull in enumerate(pulls)
        ]
        relative = np.abs(np.stack(changes, axis=1)) / self.scale(at.c[0], at.m)[:, None]
        return relative[:, 0], relative[:, 1:]

    def determinant_sign(self, at: Point) -> float:
        """Return the sign of the determinant of all equations by (c, m): negative where an odd number of modes grow."""
        blocks, P = self.blocks, len(self.blocks)
        potential = np.eye(P) - blocks.K * at.pair.p[:, None, :]
        sign = sign_of_coupled(self.mesh, blocks.tau**2, potential)
        if sign == 0.0:
            return 0.0
        _, by_variance, by_mean = self._solved(at, 0.0, np.zeros((*at.c.shape, 0)))
        return sign * float(np.linalg.slogdet(self._border(at, 0.0, by_variance, by_mean))[0])

    def _solved(self, at: Point, held: float, right: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the responses of c to a right-hand side, to c(0) as a variance, and to m."""
        blocks, w, P = self.blocks, self.mesh.weights, len(self.blocks)
        potential = (1.0 + held) * np.eye(P) - blocks.K * at.pair.p[:, None, :]
        columns = [
            w[:, None, None] * blocks.K * derivative[:, None, :]
            for derivative in (at.pair.by_variance, at.pair.by_mean)
        ]
        k = right.shape[2]
        found = solve_coupled(self.mesh, (1.0 + held) * blocks.tau**2, potential, np.concatenate([right, *columns], 2))
        return found[:, :, :k], found[:, :, k : k + P], found[:, :, k + P :]

    def _bordered(
        self,
        at: Point,
        held: float,
        plain: FloatArray,
        by_variance: FloatArray,
        by_mean: FloatArray,
        pull: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        border = self._border(at, held, by_variance, by_mean)
        P = len(self.blocks)
        ends = np.linalg.solve(border, np.concatenate([plain[0, :, 0], pull]))
        return plain[:, :, 0] + by_variance @ ends[:P] + by_mean @ ends[P:], ends[P:]

    def _border(self, at: Point, held: float, by_variance: FloatArray, by_mean: FloatArray) -> FloatArray:
        """Return the matrix for the changes of c(0) and m, what follows from them at all lags taken in."""
        blocks, P = self.blocks, len(self.blocks)
        border = np.zeros((2 * P, 2 * P))
        border[:P, :P] = np.eye(P) - by_variance[0]
        border[:P, P:] = -by_mean[0]
        border[P:, :P] = -blocks.A * at.one.by_variance
        border[P:, P:] = (1.0 + held) * np.eye(P) - blocks.A * at.one.slope
        return border
