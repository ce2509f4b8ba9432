"""The states of a network that hears no input but its constant one: where a search for any state begins."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dmft.theories.reduction import is_relu
from dmft.theories.stationary.balanced.energy import (
    Orbit,
    can_balance,
    energy,
    orbit,
    relu_mean,
    relu_scale,
)
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.moments import first
from dmft.theories.stationary.balanced.static import Static, Statics, static_states
from dmft.theories.stationary.balanced.static_means import growths, increasing, means, strands

_STEPS = 24  # of the search for a moving state between static ones
_INSIDE = 13  # points looked at between two static states


@dataclass(frozen=True)
class Undriven:
    """Static states, orbits of moving ones, and why there are none."""

    statics: Statics
    orbits: tuple[Orbit, ...]
    reason: str

    @property
    def count(self) -> int:
        """Number of states."""
        return len(self.statics.states) + len(self.orbits)


def undriven_states(site: MeanAverages, everywhere: bool = False) -> Undriven:
    """Return the static states, and the moving ones if there is no stable static one (or `everywhere`)."""
    site = site.without_drive()
    statics = static_states(site)
    if statics.stable is not None and not everywhere:
        orbits: list[Orbit] = []
    elif is_relu(site.nonlinearity):
        orbits = _relu(site)
    else:
        orbits = _between(site, statics, everywhere)
    return Undriven(statics, tuple(orbits), _reason(site, statics, orbits))


def _relu(site: MeanAverages) -> list[Orbit]:
    x = relu_mean(site.gain)
    if x is None:
        return []
    s = relu_scale(site, x)
    if not 0 < s < math.inf:
        return []
    # in units of s, so that no scale is too large or too small for it
    unit = orbit(site, 1.0, x)
    if unit is None:
        return []
    path = replace(unit.path, asymptote=s * s * unit.path.asymptote, swing=s * s * unit.path.swing)
    return [Orbit(s * s, s * x, path, site.excitation > 0)]


def _between(site: MeanAverages, statics: Statics, everywhere: bool) -> list[Orbit]:
    """Look for zeros of the energy next to each static state whose bulk is unstable, into where c0 would grow.

    There c(0) is above the force's zero, and the energy, positive at the static state, falls to 0 at the moving one.
    """
    found: list[tuple[float, float, bool]] = []
    for state in statics.states:
        if state.c0 == 0.0 or state.spread <= 1.0:
            continue
        for way in (-1.0, 1.0):
            y, size, m = math.log(state.c0), 1e-3, state.m
            for _ in range(_STEPS):
                ahead = y + way * size
                c0 = math.exp(ahead)
                m_ahead = _mean_near(site, c0, m)
                if not growths(site, np.array([c0]), np.array([m_ahead]), rough=False)[0] > 0:
                    break
                if _excess(site, ahead, m_ahead) < 0:
                    if not _excess(site, y, m) > 0:  # so close to the static state that rounding says otherwise
                        break
                    found.append((*_zero(site, min(y, ahead), max(y, ahead), m), way < 0))
                    break
                y, m, size = ahead, m_ahead, 1.7 * size
    if everywhere or not found:
        found += _scanned(site)
    orbits: list[Orbit] = []
    for c0, m, rises in sorted(found, reverse=True):
        path = orbit(site, c0, m) if all(abs(c0 / o.c0 - 1.0) > 1e-5 for o in orbits) else None
        if path is not None:
            orbits.append(replace(path, stable=rises))
    return orbits


def _scanned(site: MeanAverages) -> list[tuple[float, float, bool]]:
    """Look for zeros of the energy on a grid between static states, along each strand of the mean equation."""
    found = []
    for c0, m in strands(site):
        growth = growths(site, c0, m)
        inside = np.flatnonzero((growth > 0) & (growth < 8.0))
        chosen = inside[:: max(1, len(inside) // _INSIDE)] if len(inside) else inside
        before: tuple[float, float, float] | None = None
        for i in chosen:
            y, mean = math.log(float(c0[i])), _mean_near(site, float(c0[i]), float(m[i]))
            value = energy(site, float(c0[i]), mean)
            if before is not None and math.isfinite(value) and before[1] * value < 0:
                root, there = _zero(site, before[0], y, mean)
                if abs(_excess(site, math.log(root), mean)) < 1e-6:
                    found.append((root, there, value > 0))
            before = (y, value if math.isfinite(value) else -1.0, mean)
    return found


def _excess(site: MeanAverages, log_c0: float, near: float) -> float:
    """Return the energy at a variance and the mean next to one; -1 where there is none."""
    c0 = math.exp(log_c0)
    value = energy(site, c0, _mean_near(site, c0, near))
    return value if math.isfinite(value) else -1.0


def _zero(site: MeanAverages, low: float, high: float, near: float) -> tuple[float, float]:
    """Return the variance between two logarithms at which the energy vanishes, and its mean."""
    from scipy.optimize import brentq

    c0 = math.exp(float(brentq(lambda z: _excess(site, z, near), low, high, xtol=1e-12)))
    return c0, _mean_near(site, c0, near)


def _mean_near(site: MeanAverages, c0: float, m: float) -> float:
    """Return m of the mean equation at a variance; of several, the nearest by Newton from m."""
    if increasing(site.nonlinearity):
        return float(means(site, np.array([c0]), rough=False)[0])
    for _ in range(60):
        f, d = first(site, np.array([c0]), np.array([m]))
        value = m - site.excitation + site.inhibition * float(f[0])
        step = value / (1.0 + site.inhibition * float(d[0]))
        m -= step
        if abs(step) <= 1e-14 * (abs(m) + math.sqrt(c0)):
            break
    return m


def _reason(site: MeanAverages, statics: Statics, orbits: list[Orbit]) -> str:
    """Return why there is no state to go to, or nothing: where there is one, found or not."""
    if statics.stable is not None or any(o.stable for o in orbits):
        return ""
    phi = repr(site.nonlinearity)
    if is_relu(site.nonlinearity):
        x = relu_mean(site.gain)
        if x is not None and site.excitation > 0 and can_balance(site):
            return ""
        if x is not None and site.excitation > 0:
            return (
                f"there is no bounded solution: x + sqrt(K) J0 <relu(x + z)> is not positive at x = {x:.6g}, the mean "
                "over the standard deviation that g alone determines: inhibition cannot balance the input, and "
                "activity grows without bound; raise K or J0, or lower g"
            )
        return "there is no stable stationary solution: without excitation the activity dies out or grows without bound"
    if not statics.states or statics.grows:
        return (
            f"there is no bounded stationary solution: the activity of {phi} grows without bound at g = {site.gain:g}; "
            "lower g, raise K or J0, or use a nonlinearity that saturates"
        )
    return ""


def rule(found: Undriven) -> Static | Orbit | None:
    """Return the state that is meant without `init`.

    The stable static state, of several the one of largest variance; else the stable moving state of largest variance.
    """
    if found.statics.stable is not None:
        return found.statics.stable
    return next((o for o in found.orbits if o.stable), None)
