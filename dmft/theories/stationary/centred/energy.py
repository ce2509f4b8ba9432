"""The energy of the correlation function at a variance: where it vanishes a state that moves dies out (see `orbit`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from dmft.numerics.gaussian import Averages
from dmft.numerics.roots import Root, densified, polished, roots

AveragesAt = Callable[[float], Averages]
_POWER = math.log(4.0)  # of variances on the grid of a search


def asymptote(gain: float, averages: Averages, start: float = 0.0, static: float = 0.0) -> float | None:
    """Return the smallest c in [0, c0) with c = g^2 C^phi(c): 0 for odd phi; None if there is none below c0.

    With a static input of its own to each unit, of variance `static`, c = g^2 C^phi(c) + static.
    g^2 C^phi(c) - c is convex: Newton from 0 climbs to its first zero without overshooting, and comes to it from any
    start up to the minimum.
    """
    g2 = gain * gain
    if averages.mean == 0.0 and static == 0.0:
        return 0.0
    c = start if start < averages.variance else 0.0
    before = math.inf
    for _ in range(100):
        phi, slope = averages.at(c)
        fall = 1.0 - g2 * slope
        if fall <= 0 and start > 0.0:
            return asymptote(gain, averages, static=static)
        if fall <= 0:
            return None
        step = (g2 * phi + static - c) / fall
        c += step
        if c >= averages.variance:
            return None
        # Steps that are small and no longer fall are rounding of the averages.
        small = abs(step) <= 1e-11 * averages.variance and abs(step) > 0.25 * before
        if abs(step) <= 1e-15 * averages.variance or small:
            return c
        before = abs(step)
    return c


def excess_energy(gain: float, averages: Averages, intensity: float, c_inf: float | None = None) -> float:
    """Return W(1) - (intensity/2)^2/d0^2, whose zero in c0 is the orbit that dies out; -inf where c0 is too small."""
    if c_inf is None:
        c_inf = asymptote(gain, averages)
    if c_inf is None:
        return -math.inf
    d0 = averages.variance - c_inf
    w = 1.0 - 2.0 * gain**2 * averages.action(c_inf) / d0**2
    return w - (0.5 * intensity / d0) ** 2


def moving_variances(
    gain: float,
    averages_at: AveragesAt,
    intensity: float,
    scale: float,
    *,
    dense: bool = False,
    roughly: AveragesAt | None = None,
) -> list[Root]:
    """Return C(0) of all orbits that die out, increasing.

    One at which the excess energy rises through zero is a state; the other sign is an orbit that input and feedback
    drive apart.

    Parameters
    ----------
    gain, averages_at, intensity : g, variance -> averages, and the intensity of white noise.
    scale : about the largest variance that feedback alone can hold up.
    dense : search on a grid of variances four times as fine.
    roughly : cheaper averages, good to a percent, by which the roots are located; None if `averages_at` are cheap.
    """

    ratio = 0.0

    @cache
    def exact(log_c0: float) -> float:
        nonlocal ratio
        try:
            averages = averages_at(math.exp(log_c0))
            c_inf = asymptote(gain, averages, ratio * averages.variance)
        except FloatingPointError:  # phi overflows: activity of this size would grow
            return -math.inf
        if c_inf is None:
            return -math.inf
        ratio = c_inf / averages.variance
        return excess_energy(gain, averages, intensity, c_inf)

    @cache
    def rough(log_c0: float) -> float:
        assert roughly is not None
        try:
            return excess_energy(gain, roughly(math.exp(log_c0)), intensity)
        except FloatingPointError:
            return -math.inf

    grid = _grid(scale, intensity, dense)
    if roughly is None:
        if dense:
            grid = densified(exact, grid, _POWER / 8.0, _idle)
        return [Root(math.exp(root.x), root.rising) for root in roots(exact, grid)]
    found = []
    for root in roots(rough, densified(rough, grid, _POWER / 4.0, _idle), xtol=1e-9):
        slope = (rough(root.x + 1e-5) - rough(root.x - 1e-5)) / 2e-5
        ratio = 0.0
        better = polished(exact, root.x, slope)
        if better is not None:
            found.append(Root(math.exp(better), root.rising))
    return found


def _grid(scale: float, intensity: float, dense: bool) -> list[float]:
    """Return logarithms of variances that separate the features of the energy, about both of its scales."""
    centre = math.log(max(scale, 0.5 * intensity))
    # Far below its own scale phi is a power of x, and nothing happens; far above, a phi that grows may hold itself once
    # more.
    if dense:
        powers = [*np.arange(-23.0, 4.25, 0.25), *np.arange(5.0, 15.0)]
    else:
        powers = [*np.arange(-23.0, -7.0, 4.0), *np.arange(-7.0, 5.0), 8.0, 14.0]
    points = {centre + _POWER * float(power) for power in powers}
    if intensity > 0.0:  # what is heard alone, where feedback is weak, is the least variance
        heard = math.log(0.5 * intensity)
        points |= {heard + _POWER * power for power in (0.0, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.0, 4.0)}
    return sorted(points)


def _idle(left: float, right: float) -> bool:
    """Whether the energy has no features between two variances: none, or one value."""
    if not (math.isfinite(left) and math.isfinite(right)):
        return left == right
    return abs(left - right) <= 0.02 * max(abs(left), abs(right))
