"""Largest load and margin at finite N: the mean drive held exactly, at th = (1/sqrt(q) + Delta)/sqrt(N).

The comparison with Gaussian variables (`dmft.theories.capacity.weights`) with the one mean constraint kept: with
t = 1/sqrt(q) >= 0 and eps = 1/sqrt(N), margin k can be kept if

    E = min_eta [ R(theta, eta) + eta eps (t + Delta) ] - sqrt(alpha J(k, Delta)) >= 0,

convex in (k, Delta, 1) sqrt(q) and the two parts of sqrt(q): where the gradient vanishes is the optimum. It joins the
balanced and the unbalanced state. What it leaves out: fluctuations between draws, and the shape of the distribution of
fields, Gaussian here, which for skewed inputs is of the same order 1/sqrt(N): the infinite limit and this form bracket
what is then found.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from dmft.theories.capacity.large import (
    Optimum,
    angle_of,
    highest_load,
    largest_margin,
    log_tan,
    scaled_output_margin,
)
from dmft.theories.capacity.patterns import Patterns
from dmft.theories.capacity.weights import Weights

Equations: TypeAlias = Callable[[Any], Any]

_CLOSE = 1e-9  # residual of the equations, each of order one, at which they hold
_TRIES = 4
_BEYOND = (0.3, 1.0, 2.0, 4.0)  # distances of a shift from where the mean drive vanishes
_BESIDE = 1e-6  # distance from the balanced capacity, relative, at which a start is no limit yet
_WALK = (8.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5, 2.0, 1.7, 1.4, 1.1, 0.8, 0.6, 0.4, 0.2, 0.0)  # sizes on the way, log10


@dataclass(frozen=True)
class Finite:
    """The question at a size.

    Attributes
    ----------
    weights, patterns : what is offered, and demanded.
    size : N; larger ones are met on the way to it.
    """

    weights: Weights
    patterns: Patterns
    size: float

    @property
    def eps(self) -> float:
        """1/sqrt(N)."""
        return 1.0 / math.sqrt(self.size)

    def highest_load(self, margin: float) -> tuple[Optimum, float] | None:
        """Return the weights at the largest load with a margin kappa_in >= 0, and t; None if nothing can be stored."""
        free = highest_load(self.weights, self.patterns, margin, drive="free")
        found = self._freely(free)
        if found is not None:
            return found
        starts = [highest_load(self.weights, self.patterns, margin, drive="any"), free]
        guesses = [
            [start.shift, self._multiplier(start.theta, self.eps * start.shift), self._angle(start.theta)]
            for start in starts
            if start is not None
        ]
        if self.weights.signed and self.weights.kinds == 1:
            theta = self.weights.angle(0.0)
            guesses += [[s, self._multiplier(theta, self.eps * s), 0.0] for s in self._shifts(0.0)]
        x = self._reached(lambda problem: problem.load_equations(margin), guesses)
        if x is None:
            return None
        shift, eta, theta = x[0], x[1], self._theta(x[2], x[1])
        k, th = margin * self.weights.scale(theta), self.eps * shift
        load = self.weights.reach(theta, eta, th) ** 2 / self.patterns.cost(k, shift)
        return Optimum(load, k, shift, eta, theta, th), 0.0

    def load_equations(self, margin: float) -> Equations:
        """Return the gradient of log(alpha) at t = 0, of Delta, eta and theta."""

        def equations(x: Any) -> Any:
            shift, eta, angle = x
            theta = self._theta(angle, eta)
            k, th = margin * self.weights.scale(theta), self.eps * shift
            reach, cost = self.weights.reach(theta, eta, th), self.patterns.cost(k, shift)
            by_k, by_shift = self.patterns.slopes(k, shift)
            turn = 2.0 * self.weights.turn(theta, eta) / reach
            turn -= by_k / cost * margin * self.weights.scale_slope(theta)
            return [
                2.0 * eta * self.eps / reach - by_shift / cost,
                self._pull(theta, eta, th),
                turn if self._turns else angle - self._angle(theta),
            ]

        return equations

    def input_margin(self, load: float) -> tuple[Optimum, float] | None:
        """Return the weights of the largest kappa_in = k/r at a load, and t; None if there are none."""
        free = largest_margin(self.weights, self.patterns, load, drive="free")
        found = self._freely(free)
        return found if found is not None else self.held(load, 0.0)

    def output_margin(self, load: float, norm_bound: float) -> tuple[Optimum, float] | None:
        """Return the weights of the largest kappa_out = k/t with |w| = r/t <= Gamma at a load, and t; None likewise."""
        found = self.held(load, 1.0 / norm_bound)
        if found is not None and found[0].k > 0.0 and not self.gains(found):
            return found
        unbound = self._unbound(load)
        if unbound is not None and self.weights.scale(unbound[0].theta) <= norm_bound * unbound[1] * (1.0 + _CLOSE):
            return unbound
        return None

    def gains(self, held: tuple[Optimum, float]) -> bool:
        """Return whether a smaller norm than the one held would make kappa_out = k/t larger."""
        state, t = held
        by_k = self._price(state.k, state.shift, state.load)[0]
        return state.eta * self.eps * t > state.k * by_k

    def held(self, load: float, inverse_norm: float) -> tuple[Optimum, float] | None:
        """Return the weights of the largest k/r at a given norm |w| = r/t, infinite where `inverse_norm` is 0."""
        guesses = []
        for start in self._starts(load):
            th = self.eps * (self.weights.scale(start.theta) * inverse_norm + start.shift)
            eta = self._multiplier(start.theta, th)
            guesses.append([start.k, start.shift, eta, self._angle(start.theta)])
        if self.weights.signed and self.weights.kinds == 1:
            theta = self.weights.angle(0.0)
            t = self.weights.scale(theta) * inverse_norm
            for shift in self._shifts(t):
                eta = self._multiplier(theta, self.eps * (t + shift))
                guesses += [[k, shift, eta, 0.0] for k in (0.0, 0.3, 1.0)]
        x = self._reached(lambda problem: problem.held_equations(load, inverse_norm), guesses)
        if x is None:
            return None
        k, shift, eta, theta = x[0], x[1], x[2], self._theta(x[3], x[2])
        t = self.weights.scale(theta) * inverse_norm
        return Optimum(load, k, shift, eta, theta, self.eps * (t + shift)), t

    def held_equations(self, load: float, inverse_norm: float) -> Equations:
        """Return E, and the gradient of k/r at E = 0 and a norm that is held, of Delta, eta and theta."""

        def equations(x: Any) -> Any:
            k, shift, eta, angle = x
            theta = self._theta(angle, eta)
            scale, by_scale = self.weights.scale(theta), self.weights.scale_slope(theta)
            th = self.eps * (scale * inverse_norm + shift)
            price_k, price_shift = self._price(k, shift, load)
            turn = self.weights.turn(theta, eta) + eta * self.eps * inverse_norm * by_scale
            return [
                self.weights.reach(theta, eta, th) - math.sqrt(load * self.patterns.cost(k, shift)),
                eta * self.eps - price_shift,
                self._pull(theta, eta, th),
                turn - price_k * k * by_scale / scale if self._turns else angle - self._angle(theta),
            ]

        return equations

    def _unbound(self, load: float) -> tuple[Optimum, float] | None:
        """Return the weights of the largest k/t where no bound on the norm is met; theta is then that of th alone."""
        start = largest_margin(self.weights, self.patterns, load, drive="free")
        if start is None or start.th <= 0.0:
            return None
        if largest_margin(self.weights, self.patterns, load, drive="balanced") is None:
            held = highest_load(self.weights, self.patterns, 0.0, drive="balanced")
            edge = 0.0 if held is None else held.load * (1.0 + _BESIDE)  # at the balanced capacity k and th are 0
            found = scaled_output_margin(self.weights, self.patterns, max(load, edge))
            start = start if found is None else found[0]
        for share in (1.0, 0.5, 0.2, 0.05, 0.0):
            x = _solved(self.unbound_equations(load), [share * start.k, start.shift, start.eta])
            if x is not None:
                k, shift, eta = x
                theta, th = self.weights.angle(eta), self.weights.bias(eta)
                t = th / self.eps - shift
                if t > 0.0 and k > 0.0:
                    return Optimum(load, k, shift, eta, theta, th), t
        return None

    def unbound_equations(self, load: float) -> Equations:
        """Return E, and the gradient of k/t at E = 0, of Delta and t; th and theta are those of eta."""

        def equations(x: Any) -> Any:
            k, shift, eta = x
            theta, th = self.weights.angle(eta), self.weights.bias(eta)
            price_k, price_shift = self._price(k, shift, load)
            return [
                self.weights.reach(theta, eta, th) - math.sqrt(load * self.patterns.cost(k, shift)),
                eta * self.eps - price_shift,
                eta * (th - self.eps * shift) - k * price_k,
            ]

        return equations

    def _reached(self, equations: Callable[[Finite], Equations], guesses: list[list[float]]) -> Any:
        """Return the root of a system, from one of the guesses or by a walk down from larger sizes; None if neither."""
        for guess in guesses:
            x = _solved(equations(self), guess)
            if x is not None:
                return x
        for guess in guesses:
            x = guess
            for decade in _WALK:
                x = _solved(equations(replace(self, size=self.size * 10.0**decade)), x)
                if x is None:
                    break
            if x is not None:
                return x
        return None

    def _shifts(self, t: float) -> list[float]:
        """Return shifts at which the mean drive of a single kind of input has its sign, which a shift of 0 has not."""
        side = 1.0 if self.weights.fractions[0] > 0.0 else -1.0
        return [side * distance - t for distance in _BEYOND]

    def _starts(self, load: float) -> list[Optimum]:
        found = [
            largest_margin(self.weights, self.patterns, load, drive=drive) for drive in ("balanced", "any", "free")
        ]
        there = [start for start in found if start is not None]
        # Above the balanced capacity the margin of balanced weights is negative.
        eta = self.weights.balance() if self.weights.kinds == 2 else 0.0
        theta = self.weights.angle(eta)
        k, shift = self.patterns.margin(self.weights.reach(theta, eta) ** 2 / load)
        return [*there, Optimum(load, k, shift, eta, theta, 0.0)]

    def _freely(self, free: Optimum | None) -> tuple[Optimum, float] | None:
        """Return the optimum without a constraint on the drive, and the threshold it needs, if that is not negative."""
        if free is None:
            return None
        t = free.th / self.eps - free.shift
        return (free, t) if t >= 0.0 else None

    def _price(self, k: float, shift: float, load: float) -> tuple[float, float]:
        """Return the slopes of sqrt(alpha J)."""
        root = 0.5 * math.sqrt(load / self.patterns.cost(k, shift))
        by_k, by_shift = self.patterns.slopes(k, shift)
        return root * by_k, root * by_shift

    def _pull(self, theta: float, eta: float, th: float) -> float:
        down, up = self.weights.slopes(eta)
        return (math.sin(theta) * down + math.cos(theta) * up + th) / max(self.weights.drive)

    @property
    def _turns(self) -> bool:
        return not self.weights.alike

    def _theta(self, angle: float, eta: float) -> float:
        """Return theta for its log tan; where the norm of w is that of u, it is that of the signs."""
        if not self._turns:
            return self.weights.angle(eta)
        return angle_of(angle)

    def _angle(self, theta: float) -> float:
        return log_tan(theta) if self.weights.kinds == 2 else 0.0

    def _multiplier(self, theta: float, th: float) -> float:
        eta = self.weights.multiplier(theta, th)
        return eta if math.isfinite(eta) else math.copysign(3.0 / max(self.weights.drive), eta)


def _solved(equations: Callable[[Any], Any], start: list[float]) -> Any:
    """Return the root of a system near a start; None if it is not reached."""
    from scipy.optimize import root

    def guarded(x: Any) -> Any:
        try:
            values = np.asarray(equations([float(part) for part in x]), dtype=float)
        except (ArithmeticError, ValueError):
            return np.full(len(x), 1e6)
        return np.where(np.isfinite(values), values, 1e6)

    x = np.asarray(start)
    for _ in range(_TRIES):  # a new Jacobian helps where an old one no longer makes progress
        with np.errstate(all="ignore"):
            x = root(guarded, x, method="hybr", options={"xtol": 1e-13, "maxfev": 400}).x
        if np.all(np.abs(guarded(x)) < _CLOSE):
            return [float(part) for part in x]
    return None
