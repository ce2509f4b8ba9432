"""The solution of the two equations of `cavity`: first without immigration, by a bracket, then with it."""

from __future__ import annotations

import math
from collections.abc import Callable

from dmft.numerics.gaussian.smoothed_ramp import ramp
from dmft.theories.stationary.species.cavity import Cavity, at
from dmft.theories.stationary.species.statement import Species

_CLOSE = 1e-14
_ROUNDING = 1e-8  # of the equations, below which a step that does not help is one of rounding
_LEAST = -6.0  # shift below which what is left of the species loses its digits
_STEPS, _BISECTIONS, _HALVINGS = 100, 240, 60
_FARTHEST, _LONGEST = 0.7, 4.0  # steps of d and log beta
_ROUNDEST = 700.0  # largest |log beta|


def without_immigration(species: Species) -> Cavity | None:
    """Return the state without immigration, bounded or not; None where the spread is beyond the digits of the ramp.

    log sigma falls as d grows; below d = 0, where L may be negative, the spread is beyond all bounds.
    """

    log_sigma, gamma = math.log(species.sigma), species.gamma

    def value(d: float) -> tuple[float, float]:
        a = ramp(d)
        lever = a.second + gamma * a.zero if d <= 0.0 else (1.0 + gamma) * a.zero + d * a.first
        if not lever > 0.0:
            return math.inf, math.nan
        slope = 0.5 * a.second_by_d / a.second - (a.second_by_d + gamma * a.zero_by_d) / lever
        return 0.5 * math.log(a.second) - math.log(lever) - log_sigma, slope

    if species.sigma < species.critical_sigma:
        low, high = 0.0, max(1.0, 1.5 / species.sigma)
    else:
        low, high = _LEAST, 0.0
        if not value(low)[0] >= 0.0:
            return None
    d = 0.5 * high if high > 1.0 else 0.5 * (low + high)
    for _ in range(_BISECTIONS):
        left, slope = value(d)
        if left == 0.0:
            break
        low, high = (d, high) if left > 0.0 else (low, d)
        new = d - left / slope if math.isfinite(left) else math.nan
        if not low < new < high:
            new = 0.5 * (low + high)
        close = abs(new - d) <= _CLOSE * abs(d) or new in (low, high)
        d = new
        if close:
            break
    return at(species, d, 0.0)


def with_immigration(species: Species, start: Cavity, record: Callable[[int, float], None], max_steps: int) -> Cavity:
    """Return the state with immigration, from one without that is bounded, by Newton's method in d and log beta."""
    log_beta = math.log(species.rate) + math.log(start.v) + 2.0 * math.log(start.inverse_deviation)
    here = at(species, start.d, math.exp(min(max(log_beta, -_ROUNDEST), 3.0)))
    while not here.usable:  # as it is without immigration
        if here.beta == 0.0:
            raise FloatingPointError("the immigration is too large or too small for numbers of 8 bytes")
        here = at(species, here.d, 0.1 * here.beta)
    for step in range(1, max_steps + 1):
        left = here.misfit
        record(step, _norm(here))
        if max(abs(left)) < _CLOSE * (1.0 + abs(math.log(species.rate))):
            return here
        slopes = here.slopes
        across = slopes[0, 0] * slopes[1, 1] - slopes[0, 1] * slopes[1, 0]
        by_d = (left[0] * slopes[1, 1] - left[1] * slopes[0, 1]) / across
        by_log = (left[1] * slopes[0, 0] - left[0] * slopes[1, 0]) / across
        part = min(1.0, _FARTHEST * (1.0 + abs(here.d)) / max(abs(by_d), 1e-300), _LONGEST / max(abs(by_log), 1e-300))
        for _ in range(_HALVINGS):
            new = at(species, here.d - part * by_d, here.beta * math.exp(-part * by_log))
            if new.beta > 0.0 and new.usable and (part < 1e-3 or _norm(new) < 2.0 * _norm(here)):
                break
            part *= 0.5
        else:
            return here
        if _norm(new) >= _norm(here) and _norm(here) < _ROUNDING:
            return here
        here = new
    return here


def bounded_state(species: Species) -> Cavity | None:
    """Return the fixed point, stable or not; None where abundances grow without bound, or it has no digits."""
    alone = without_immigration(species)
    if alone is None or not alone.inverse_deviation > 0.0:
        return None
    return with_immigration(species, alone, lambda step, left: None, _STEPS) if species.immigration > 0.0 else alone


def _norm(state: Cavity) -> float:
    return float(max(abs(state.misfit)))
