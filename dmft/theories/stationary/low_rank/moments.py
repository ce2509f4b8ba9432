"""What the theory of low-rank couplings asks of a mean and a variance of x.

(1 - d^2) c = g^2 q(c) + s, q(c) = <phi phi>, has the energy c'^2/2 + V(c), V = -c^2/2 + g^2 int q + s c. At a variance
c0 it fixes how far c falls, to c_inf, and that the static input s = c_inf - g^2 q(c_inf) which is needed for it:
    1 - (2 g^2/d^2) int_0^d [q(c_inf + u) - q(c_inf)] du = (sigma2/(2 d))^2,   d = c0 - c_inf,
whatever s is. The left hand side rises with d: one root [Mastrogiuseppe & Ostojic, Neuron 99, 609 (2018)].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.breakpoints import Breakpoint, breakpoints
from dmft.numerics.gaussian import Averages, averages, is_closed
from dmft.numerics.gaussian.graded import GradedAverages
from dmft.numerics.gaussian.hermite import normal_quadrature
from dmft.numerics.gaussian.normal_panels import OTHER_NODES, resolve

_SMALLEST = 1e-14  # swing over variance below which x does not move


@dataclass(frozen=True)
class Shifted:
    """phi(x + mean): what units of a population hear whose mean is not zero."""

    nonlinearity: Any
    mean: float

    def __call__(self, x: Any) -> Any:
        """Return phi(x + mean)."""
        return self.nonlinearity(np.asarray(x, dtype=float) + self.mean)

    def derivative(self, x: Any) -> Any:
        """Return phi'(x + mean)."""
        return self.nonlinearity.derivative(np.asarray(x, dtype=float) + self.mean)

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """Kinks and steep places of phi, moved."""
        return tuple(Breakpoint(point.x - self.mean, point.width) for point in breakpoints(self.nonlinearity))


def averages_at(nonlinearity: Any, mean: float, variance: float) -> Averages:
    """Return the averages at a mean and a variance."""
    return averages(nonlinearity if mean == 0.0 else Shifted(nonlinearity, mean), variance)


def other_averages(nonlinearity: Any, mean: float, variance: float) -> Averages | None:
    """Return averages of other nodes; None of closed forms, which are exact to rounding."""
    if mean == 0.0 and is_closed(nonlinearity):
        return None
    moved = nonlinearity if mean == 0.0 else Shifted(nonlinearity, mean)
    return GradedAverages(moved, variance, resolve(moved, math.sqrt(variance), OTHER_NODES))


def rough_slope(nonlinearity: Any, mean: float, variance: float) -> float:
    """Return <phi'> by one rule, to locate what is then refined: as <phi z>/sigma, which kinks do not make jump."""
    z, w = normal_quadrature()
    x = mean + math.sqrt(variance) * z
    values = np.broadcast_to(np.asarray(nonlinearity(x), dtype=float), x.shape)
    return float((values * z) @ w) / math.sqrt(variance)


def swing(gain: float, of: Averages, white: float) -> float | None:
    """Return d = c0 - c_inf, above c0 by what is lacking where c_inf would have to be negative; None if x rests.

    Cost: about ten potentials.
    """
    from scipy.optimize import brentq

    c0, g2 = of.variance, gain * gain

    def excess(d: float) -> float:
        return 1.0 - g2 * float(of.mean_curvature(c0 - d, np.array([d]))[0]) - (0.5 * white / d) ** 2

    low = max(_SMALLEST * c0, 0.5 * white * (1.0 - 1e-12))
    if white == 0.0 and g2 * of.mean_square_slope <= 1.0:
        return None
    if low >= c0 or excess(c0) < 0.0:
        return c0 * (1.0 - min(excess(c0), 0.0)) if low < c0 else c0 * (1.0 + (0.5 * white / c0) ** 2)
    if excess(low) >= 0.0:
        return low
    return float(brentq(excess, low, c0, xtol=1e-16 * c0, rtol=8.9e-16, maxiter=200))


def needed(gain: float, of: Averages, white: float, *, moving: bool) -> tuple[float, float]:
    """Return the static input s that a state of this variance needs, and its c_inf.

    Where c_inf would have to be negative s is made to fall on: a sign, not a value.
    """
    c0, g2 = of.variance, gain * gain
    if not moving:
        return c0 - g2 * of.mean_square, c0
    d = swing(gain, of, white)
    if d is None:
        return c0 - g2 * of.mean_square, c0
    if d > c0:
        return (c0 - d) - g2 * of.mean**2, 0.0
    c_inf = c0 - d
    return c_inf - g2 * of.at(c_inf)[0], c_inf


def curvatures(nonlinearity: Any, mean: float, variance: float) -> dict[str, float]:
    """Return one-point averages by Stein's lemma, which asks for no second derivative of phi.

    slope <phi'>, curve <phi''>, third <phi'''>, square <phi^2>, product <phi phi'>, spread <phi'^2 + phi phi''>.
    """
    moved = Shifted(nonlinearity, mean)
    panels = resolve(moved, math.sqrt(variance))
    z = panels.x / math.sqrt(variance)
    sigma = math.sqrt(variance)
    f, d = panels.values, panels.slopes
    return {
        "slope": panels.mean(d),
        "curve": panels.mean(d * z) / sigma,
        "third": panels.mean(d * (z * z - 1.0)) / variance,
        "square": panels.mean(f * f),
        "product": panels.mean(f * d),
        "spread": panels.mean(f * f * (z * z - 1.0)) / (2.0 * variance),
    }
