"""The unique fixed point of Lotka-Volterra equations: two equations for the shift and the rounding of a ramp.

A species hears w = K - mu m + sigma sqrt(q) z, z normal, and what comes back of its own, gamma sigma^2 chi x:
    x (w - v x) + lambda = 0,   v = 1 - gamma sigma^2 chi,   m = <x>, q = <x^2>, chi = <dx/dw>,
K the carrying capacity, lambda the immigration [without it Bunin, PRE 95, 042414
(2017); Galla, EPL 123, 48004 (2018)].
With s = sigma sqrt(q), x = (s/v) X and X (d + z - X) + beta = 0, beta = v lambda/s^2, all averages are those of a ramp
with a rounded corner (`smoothed_ramp`), M_k = <X^k>, M_0 = <X'>. Of the parameters d and beta are explicit functions:
    sigma = sqrt(M_2)/L,   v = M_2/L,   L = M_2 + gamma M_0,   K/s = d + mu M_1/v,   lambda = beta s^2/v,
and M_2 = M_0 + d M_1 + beta, as <z X> = M_0. sigma falls as d grows, and where abundances are bounded lambda rises with
beta: one solution, or none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.smoothed_ramp import RampAverages, ramp, sharp_ramp, smoothed_ramp
from dmft.theories.stationary.species.statement import Species

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Cavity:
    """A species in the field of all others.

    Attributes
    ----------
    species : the parameters; the equations need not hold.
    d, beta : shift and rounding of the ramp.
    averages : of it.
    """

    species: Species
    d: float
    beta: float
    averages: RampAverages

    @cached_property
    def lever(self) -> float:
        """L, as the sum in which fewer digits cancel."""
        a, gamma = self.averages, self.species.gamma
        if self.d > 0.0:
            return (1.0 + gamma) * a.zero + self.d * a.first + self.beta
        return a.second + gamma * a.zero

    @cached_property
    def v(self) -> float:
        """1 - gamma sigma^2 chi."""
        return self.averages.second / self.lever

    @cached_property
    def inverse_deviation(self) -> float:
        """K/s; not positive where abundances grow without bound."""
        return self.d + self.species.mu * self.averages.first / self.v

    @property
    def divergent_mu(self) -> float:
        """The mu at which K/s = 0."""
        return -self.d * self.v / self.averages.first

    @cached_property
    def deviation(self) -> float:
        """s, the deviation over species of the field."""
        return self.species.capacity / self.inverse_deviation

    @property
    def mean(self) -> float:
        """m."""
        return self.deviation * self.averages.first / self.v

    @property
    def square(self) -> float:
        """q."""
        return self.deviation**2 * self.averages.second / self.v**2

    @property
    def response(self) -> float:
        """chi = d<x>/dw of a species alone in the field."""
        return self.averages.zero / self.v

    @property
    def survival(self) -> float:
        """Fraction of species that would grow if they were rare, K + h > 0; without immigration those that live.

        It is P(x > sqrt(lambda)), as K + h = x - lambda/x.
        """
        return 0.5 * math.erfc(-(self.d + (1.0 - self.v) * math.sqrt(self.beta / self.v)) / math.sqrt(2.0))

    @property
    def growth(self) -> float:
        """sigma^2 <(dx/dw)^2>: below 1 the fixed point is stable."""
        return self.species.sigma**2 * self.averages.square_slope / self.v**2

    @cached_property
    def misfit(self) -> FloatArray:
        """What is left of log sigma and, with immigration, of log lambda, shape (1,) or (2,)."""
        a, species = self.averages, self.species
        spread = 0.5 * math.log(a.second) - math.log(self.lever) - math.log(species.sigma)
        if self.beta == 0.0:
            return np.array([spread])
        rate = math.log(self.beta) - 2.0 * math.log(self.inverse_deviation) - math.log(self.v) - math.log(species.rate)
        return np.array([spread, rate])

    @cached_property
    def slopes(self) -> FloatArray:
        """Derivatives by d and log beta (columns) of log sigma, log lambda and log q, shape (3, 2)."""
        a, gamma, mu = self.averages, self.species.gamma, self.species.mu
        zero, first, second = ((a.zero_by_d, a.zero, a.second_by_d), a.by_log), a.first, a.second
        by = np.array(zero)  # rows: d and log beta; columns: M_0, M_1, M_2
        lever = by[:, 2] + gamma * by[:, 0]
        log_second, log_lever = by[:, 2] / second, lever / self.lever
        log_v = log_second - log_lever
        inverse = np.array([1.0, 0.0]) + mu * (by[:, 1] - first * log_v) / self.v
        log_s = -inverse / self.inverse_deviation
        log_sigma = 0.5 * log_second - log_lever
        log_rate = np.array([0.0, 1.0]) + 2.0 * log_s - log_v
        return np.stack([log_sigma, log_rate, 2.0 * (log_s - log_sigma)])

    @property
    def usable(self) -> bool:
        """Whether abundances are bounded here, and every number is one."""
        numbers = (self.averages.first, self.averages.second, self.lever, self.inverse_deviation)
        return all(0.0 < number < math.inf for number in numbers)

    def corrected(self) -> Cavity | None:
        """Return the state after a step of Newton's method by the averages of other nodes; None where it leaves all."""
        here = Cavity(self.species, self.d, self.beta, _averages(self.d, self.beta, other=True))
        if not here.usable:
            return None
        n = len(here.misfit)
        change = np.linalg.solve(here.slopes[:n, :n], here.misfit)
        d, beta = self.d - float(change[0]), self.beta * math.exp(-float(change[1])) if n > 1 else 0.0
        there = Cavity(self.species, d, beta, _averages(d, beta, other=True))
        return there if there.usable else None

    @property
    def numbers(self) -> FloatArray:
        """m, q, survival and response."""
        return np.array([self.mean, self.square, self.survival, self.response])

    @cached_property
    def error(self) -> float:
        """Bound on the relative error of the numbers (of the survival the absolute one).

        What other nodes change, and rounding by the condition of the equations.
        """
        other = self.corrected()
        if other is None:
            return math.inf
        size = np.array([self.mean, self.square, 1.0, self.response])
        change = float(np.max(np.abs(other.numbers - self.numbers) / size))
        n = len(self.misfit)
        logs = np.abs([math.log(self.species.sigma), math.log(self.species.rate) if n > 1 else 0.0])[:n]
        through = float(np.abs(np.linalg.solve(self.slopes[:n, :n].T, self.slopes[2, :n])) @ (1.0 + logs))
        a, inverse = self.averages, self.inverse_deviation
        lost = (abs(self.d) + abs(self.d - inverse)) / abs(inverse)
        lost *= 1.0 + (a.second + abs(self.species.gamma) * a.zero) / self.lever
        return 2.0 * change + 4.0 * _EPS * (1.0 + lost + through)


def _averages(d: float, beta: float, *, other: bool = False) -> RampAverages:
    if beta > 0.0:
        return smoothed_ramp(d, beta, other=other)
    return sharp_ramp(d) if other else ramp(d)


def at(species: Species, d: float, beta: float) -> Cavity:
    """Return a species at a shift and a rounding."""
    return Cavity(species, float(d), float(beta), _averages(float(d), float(beta)))
