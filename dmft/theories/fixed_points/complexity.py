"""The annealed complexity of stable fixed points at a given q = <phi^2>.

Kac and Rice: E N = int dx E delta(F(x)) |det dF|. On the stable set log|det| = N <log(1 - kappa phi')>, which turns dx
into dh, so that with theta and mu for the two constraints <phi^2> = q and g^2 <chi^2> <= 1 (the bulk of the spectrum is
stable)
    Sigma(q) = min_{theta, mu <= 0} log E_h sum_b exp(theta phi_b^2 + mu chi_b^2) - theta q - mu/g^2.
<chi^2> diverges logarithmically at the spinodal, so a constraint that binds does so with a tiny mu: such fixed points
are marginally stable and cost hardly any complexity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.fixed_points.branches import StableStates

_LEAST = -170.0  # log(-mu) below which mu is dropped
_SATURATED = 4e-12  # relative difference of q and <phi^2> below which they are the same
_LARGEST, _STEPS = 1e5, 100  # of theta, in units of 1/(1 - q), and of the iteration for it


@dataclass(frozen=True)
class Count:
    """Complexity at one q, with the weights of the states that dominate it (None where no state qualifies)."""

    complexity: float
    theta: float
    mu: float
    states: StableStates | None
    weights: FloatArray | None


NOTHING = Count(-math.inf, 0.0, 0.0, None, None)


def complexity_at(states: StableStates) -> Count:
    """Return the complexity of the stable fixed points with q = `states.q`."""
    from scipy.optimize import brentq

    square_chi, target = states.chi**2, 1.0 / states.g**2
    near = 0.0  # the last theta: a good start for the next

    def at(mu: float) -> Count | None:
        nonlocal near
        theta = _theta(states, mu, near)
        if theta is None and near:
            theta = _theta(states, mu, 0.0)
        if theta is None:
            return None
        near = theta
        value, weights = states.tilted(theta, mu)
        return Count(value - theta * states.q - mu * target, theta, mu, states, weights)

    @cache  # at the ends of the bracket it is asked again, from another neighbour: the sign must not change
    def excess(log_mu: float) -> float:
        count = at(-math.exp(log_mu))
        # no theta at all: the constraint on q cannot be met, whatever mu
        return -1.0 if count is None or count.weights is None else float(count.weights @ square_chi) - target

    if excess(_LEAST) <= 0:
        return at(0.0 if states.spinodal_x == 0.0 else -math.exp(_LEAST)) or NOTHING
    high = 10.0
    while excess(high) > 0:
        high += 5.0
        if high > 40.0:
            return NOTHING
    log_mu = brentq(excess, _LEAST, high, xtol=1e-9)
    # a sign change without a zero: no states have both this q and a stable bulk
    return (at(-math.exp(log_mu)) or NOTHING) if abs(excess(log_mu)) < 1e-2 * target else NOTHING


def _theta(states: StableStates, mu: float, start: float) -> float | None:
    """Return theta with <phi^2> = q, or None if no tilt reaches it: Newton's method, kept between bounds."""
    square = states.phi**2
    scale = 1.0 / max(1.0 - states.q, 1e-12)
    if abs(float(states.tilted(0.0, mu)[1] @ square) - states.q) <= _SATURATED * states.q:
        return 0.0  # nearer than rounding where phi is saturated: no tilt would change it
    low, high, theta = -math.inf, math.inf, start
    for _ in range(_STEPS):
        weights = states.tilted(theta, mu)[1]
        excess = float(weights @ square) - states.q
        low, high = (low, theta) if excess > 0 else (theta, high)
        slope = float(weights @ np.square(square - states.q - excess))
        farthest = 2.0 * scale + 3.0 * abs(theta)
        step = -excess / slope if slope > 0 else math.copysign(farthest, -excess)
        new = theta + min(max(step, -farthest), farthest)
        if not low < new < high and high - low < math.inf:
            new = 0.5 * (low + high)
        if abs(new - theta) <= 1e-11 * scale or high - low <= 1e-11 * scale:
            return new
        if abs(new) > _LARGEST * scale:
            return None
        theta = new
    return None
