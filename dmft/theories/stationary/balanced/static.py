"""States that do not move: all roots of the variance and mean equations, with their stability.

    c0 = g^2 <phi^2>,   m = sqrt(K) (I0 - J0 <phi>)      over h ~ N(m, c0), and over the phase of a sinusoid.
The mean equation gives m at each c0 on a dense grid (several m where phi is not increasing); along each such strand
the roots of the variance equation are where log(g^2 <phi^2>/c0) changes sign, or touches zero between two points.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.reduction import is_relu
from dmft.theories.stationary.balanced.energy import can_balance, relu_scale, relu_static_mean
from dmft.theories.stationary.balanced.mean_averages import MeanAverages
from dmft.theories.stationary.balanced.moments import first, square
from dmft.theories.stationary.balanced.static_means import LARGEST, growths, increasing, input_scale, means, strands

_STEP = 1e-5  # relative, of derivatives by c0 and m


@dataclass(frozen=True)
class Static:
    """A state that does not move.

    Attributes
    ----------
    c0, m : variance and mean of h; c0 = 0 for a network at rest.
    spread : g^2 <phi'^2>: the bulk of the Jacobian's spectrum reaches sqrt(spread) - 1.
    stable : whether neither the bulk nor the mean and variance, disturbed together, grow.
    """

    c0: float
    m: float
    spread: float
    stable: bool


@dataclass(frozen=True)
class Statics:
    """All static states, and whether their number is what the limits of small and large c0 demand."""

    states: tuple[Static, ...]
    complete: bool
    grows: bool

    @property
    def stable(self) -> Static | None:
        """The stable one of largest variance."""
        return max((s for s in self.states if s.stable), key=lambda s: s.c0, default=None)


def static_states(site: MeanAverages) -> Statics:
    """Return every static state of a site (phase-averaged under a sinusoid, private noise left out)."""
    if is_relu(site.nonlinearity) and not site.amplitude:
        return _relu(site)
    rest = _rest(site)
    found: list[Static] = [] if rest is None else [rest]
    complete, grows = True, False
    for c0, m in strands(site):
        growth = growths(site, c0, m)
        known = np.isfinite(growth)
        c0, m, growth = c0[known], m[known], growth[known]
        if len(c0) < 2:
            continue
        for at in _crossings(site, c0, m, growth):
            state = _polished(site, *at)
            if state is None:
                complete = False
            elif all(abs(state.c0 / s.c0 - 1.0) > 1e-6 or abs(state.m - s.m) > 1e-6 for s in found if s.c0 > 0):
                found.append(state)
        grows = grows or bool(growth[-1] > 0 and c0[-1] > 0.1 * LARGEST * input_scale(site))
    return Statics(tuple(sorted(found, key=lambda s: s.c0)), complete, grows)


def stability(site: MeanAverages, c0: float, m: float) -> tuple[float, bool]:
    """Return g^2 <phi'^2> of a static state, and whether it is stable.

    The mean moves as (1 + d) dm = -sqrt(K) J0 (<phi'> dm + <phi''> k), the covariance with the state itself as
    (1 + d) k = g^2 [<phi phi'> dm + (<phi phi''> + <phi'^2>) k], dc0 = 2 k: stable if the eigenvalues of the matrix on
    the right have real parts below 1.
    """
    spread = site.gain**2 * float(site.pair(np.array([c0]), c0, m, np.zeros(1))[1][0])
    up, wide = _STEP * (math.sqrt(c0) + abs(m)), _STEP * c0
    at = np.array([[c0, m + up], [c0, m - up], [c0 + wide, m], [c0 - wide, m]]).T
    f = first(site, *at)[0]
    s = site.gain**2 * square(site, *at)
    matrix = np.array(
        [
            [-site.inhibition * (f[0] - f[1]) / (2 * up), -2.0 * site.inhibition * (f[2] - f[3]) / (2 * wide)],
            [0.5 * (s[0] - s[1]) / (2 * up), (s[2] - s[3]) / (2 * wide)],
        ]
    )
    together = bool(np.all(np.isfinite(matrix))) and float(np.max(np.linalg.eigvals(matrix).real)) < 1.0
    return spread, spread <= 1.0 and together


def _relu(site: MeanAverages) -> Statics:
    """Return the static states of ReLU in closed form: the scale of x(g), and rest without excitation."""
    found = []
    x = relu_static_mean(site.gain)
    s = relu_scale(site, x)
    rest = _rest(site)
    if rest is not None:
        found.append(rest)
    if 0 < s < math.inf:
        found.append(Static(s * s, s * x, *stability(site, s * s, s * x)))
    return Statics(tuple(found), True, s <= 0 or s == math.inf)


def _rest(site: MeanAverages) -> Static | None:
    """Return the state h = sqrt(K) I0 of all neurons, if phi is 0 there."""
    if site.amplitude > 0 and not (is_relu(site.nonlinearity) and site.excitation + site.amplitude <= 0):
        return None
    m = site.excitation
    value = float(np.asarray(site.nonlinearity(np.array([m])), dtype=float)[0])
    if value != 0.0:
        return None
    slope = float(np.asarray(site.nonlinearity.derivative(np.array([m])), dtype=float)[0])
    if is_relu(site.nonlinearity) and m == 0.0:
        return Static(0.0, 0.0, 0.0, can_balance(site))  # without a scale of its own, activity decays if it is
    spread = (site.gain * slope) ** 2
    return Static(0.0, m, spread, spread <= 1.0 and 1.0 + site.inhibition * slope > 0)


def _crossings(site: MeanAverages, c0: FloatArray, m: FloatArray, growth: FloatArray) -> Iterator[tuple[float, float]]:
    """Yield c0, m near each zero of the growth along a strand, those between two points of equal sign included."""
    for i in np.flatnonzero(growth[:-1] * growth[1:] <= 0):
        part = growth[i] / (growth[i] - growth[i + 1]) if growth[i] != growth[i + 1] else 0.5
        yield float(c0[i] ** (1 - part) * c0[i + 1] ** part), float((1 - part) * m[i] + part * m[i + 1])
    size = np.abs(growth)
    for k in range(1, len(c0) - 1):
        a, b, d = growth[k - 1 : k + 2]
        if not (size[k] <= min(size[k - 1], size[k + 1]) and a * b > 0 and b * d > 0 and size[k] < 1.0):
            continue
        fine = np.exp(np.linspace(math.log(c0[k - 1]), math.log(c0[k + 1]), 101))
        along = np.interp(np.log(fine), np.log(c0), m)
        along = means(site, fine) if increasing(site.nonlinearity) else along
        between = growths(site, fine, along)
        for j in np.flatnonzero(between[:-1] * between[1:] <= 0):
            yield float(fine[j]), float(along[j])


def _polished(site: MeanAverages, c0: float, m: float) -> Static | None:
    """Return the root of both equations in (log c0, m), or None if there is none near."""
    from scipy.optimize import root

    def excess(y: float, m: float) -> FloatArray:
        at = np.array([math.exp(y)]), np.array([m])
        mean = (m - site.excitation + site.inhibition * float(first(site, *at)[0][0])) / scale
        return np.array([float(growths(site, *at, rough=False)[0]), mean])

    origin = math.log(c0)
    scale = math.sqrt(c0) + abs(m) + abs(site.excitation)
    y, m = (float(v) for v in root(lambda v: excess(*v), [origin, m], tol=1e-14).x)
    if not np.max(np.abs(excess(y, m))) <= 1e-9 or abs(y - origin) > 2.0:
        return None
    return Static(math.exp(y), m, *stability(site, math.exp(y), m))
