"""States that do not move: the origin, and fixed points, whose variance solves c0 = g^2 <phi^2>."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian import averages
from dmft.numerics.gaussian.hermite import normal_average
from dmft.numerics.gaussian.panels import evaluated
from dmft.numerics.gaussian.second_rule import second_mean_square
from dmft.numerics.roots import densified, polished, roots
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.lag_averages import LagAverages, RestingAverages, gaussian_site
from dmft.theories.stationary.centred.problem import ConstantCorrelation, Problem
from dmft.theories.stationary.solution import StationarySolution

NEXT_TO_0 = 1e-290  # where one-sided slopes at the origin are read
_SMALL = 1e-4  # variance of small activity, on the scale of phi = x
_ABOVE = 14.0  # powers of 4 above its own scale up to which a phi that grows may hold itself once more
_OVERFLOW = 700.0
_STEP = 1e-4  # of log c0, for a slope
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class StaticState:
    """A state that does not move.

    Attributes
    ----------
    site : its averages; the variance is 0 at the origin.
    growth : g^2 <phi'^2>: the radius of the Jacobian's disc, squared. Stable up to 1.
    rising : whether g^2 <phi^2> grows faster than the variance: then the state is unstable to a change of the variance
        (an outlier of the Jacobian, which x = J phi(x) ties to the couplings).
    residual, error : of the variance, relative.
    """

    site: LagAverages
    growth: float
    rising: bool = False
    residual: float = 0.0
    error: float = 0.0

    @property
    def variance(self) -> float:
        """Variance of x over neurons."""
        return self.site.variance

    @property
    def stable(self) -> bool:
        """Whether the Jacobian's disc and its outlier are in the left half plane."""
        return self.growth <= 1.0 and not self.rising

    def solution(self, problem: Problem, rtol: float, others: int | None) -> StationarySolution:
        """Return the state as a solution."""
        status = Status.CONVERGED if self.residual <= rtol else Status.UNRESOLVED
        return problem.solution(
            ConstantCorrelation(self.variance),
            self.site,
            Convergence(status, self.residual, 1, (self.residual,), error=self.error),
            state="quiescent" if self.variance == 0.0 else "fixed point",
            decay_rate=math.inf,
            others=others,
        )


def origin(network: Reduction) -> StaticState | None:
    """Return x = 0 if it is a state, phi(0) = 0: its slopes are one-sided limits, exact at zero variance."""
    phi = network.nonlinearity
    x = np.array([-1.0, 0.0, 1.0])
    values = evaluated(phi, x)
    if abs(values[1]) > 4.0 * _EPS * float(np.max(np.abs(values))):
        return None
    x = np.array([-NEXT_TO_0, NEXT_TO_0])
    slopes = evaluated(phi.derivative, x)
    square = float(np.mean(slopes**2))
    growth = network.g**2 * square
    marginal = abs(growth - 1.0) < 1e-12
    return StaticState(RestingAverages(float(np.mean(slopes)), square), growth, marginal and not _saturates(network))


def _saturates(network: Reduction) -> bool:
    """Whether activity of a small size feeds back less than itself: what decides where x = 0 is marginal."""
    return _held(network, _SMALL) < _SMALL * (1.0 - 1e-12)


def fixed_points_of(network: Reduction, *, dense: bool = False) -> list[StaticState]:
    """Return all fixed points other than x = 0, by increasing variance.

    The roots of log(g^2 <phi^2>/c0) are searched for on a grid of variances over 17 decades, four times as fine where
    that is near zero (`dense`: everywhere, and by averages of full accuracy from the start).
    """
    g2 = network.g**2
    phi = network.nonlinearity

    def exact(log_c0: float) -> float:
        try:
            return _log(g2 * averages(phi, math.exp(log_c0)).mean_square) - log_c0
        except FloatingPointError:  # phi overflows: activity of this size would grow
            return _OVERFLOW

    def rough(log_c0: float) -> float:
        return _log(_held(network, math.exp(log_c0))) - log_c0

    scale = own_scale(network)
    first = math.log(scale) - 23.0 * math.log(4.0)
    there = float(np.asarray(phi(np.zeros(1)), dtype=float)[0])
    if there != 0.0:
        first = min(first, math.log(0.25 * g2) + 2.0 * math.log(abs(there)))
    last = math.log(scale) + _ABOVE * math.log(4.0)
    points = math.ceil((last - first) / math.log(4.0 if not dense else math.sqrt(2.0))) + 1
    grid = np.linspace(first, last, points).tolist()
    if not dense:
        grid = densified(rough, grid, math.log(math.sqrt(2.0)), _far_from_0)
    states = []
    for found in roots(exact if dense else rough, grid, xtol=1e-13 if dense else 1e-9):
        slope = (rough(found.x + _STEP) - rough(found.x - _STEP)) / (2.0 * _STEP)
        root = found.x if dense else polished(exact, found.x, slope)
        if root is not None:
            states.append(_state(network, math.exp(root), abs(slope), found.rising))
    return states


def _far_from_0(left: float, right: float) -> bool:
    """Whether log(g^2 <phi^2>/c0), whose slope is about one, stays on one side between two variances."""
    return left * right > 0.0 and min(abs(left), abs(right)) > 1.5


def _state(network: Reduction, c0: float, slope: float, rising: bool) -> StaticState:
    """Return the fixed point of a variance; `slope` is that of log(g^2 <phi^2>/c0) in log c0."""
    g2 = network.g**2
    phi = network.nonlinearity
    site = gaussian_site(phi, c0)
    square = second_mean_square(phi, c0)
    residual = abs(g2 * square / c0 - 1.0) + site.averages.error
    return StaticState(site, g2 * site.mean_square_slope, rising, residual, (residual + 4.0 * _EPS) / max(slope, _EPS))


def expected_excess(network: Reduction, rest: StaticState | None) -> int:
    """Return how many more fixed points there are with a falling variance map than with a rising one.

    log(g^2 <phi^2>/c0) has the sign of its limits: positive at small variance unless x = 0 is a stable state, negative
    at large variance unless activity grows without bound.
    """
    below = rest is None or rest.growth > 1.0
    high = 4.0**_ABOVE * own_scale(network)
    above = not _held(network, high) < high
    return int(below) - int(above)


def own_scale(network: Reduction) -> float:
    """Return about the largest variance that feedback alone can hold up, g^2 <phi^2> of itself."""
    scale = network.g**2
    for _ in range(3):  # from above, as far down as feedback lets it fall
        down = _held(network, scale)
        if not down < scale:
            break
        scale = max(down, 1e-8 * scale)
    top = 1e16 * scale
    while _held(network, 4.0 * scale) > 4.0 * scale and scale < top:
        scale *= 4.0
    return scale


def _held(network: Reduction, variance: float) -> float:
    """Return g^2 <phi^2> at a variance, by rough averages."""
    with np.errstate(all="ignore"):
        return network.g**2 * normal_average(lambda x: np.square(network.nonlinearity(x)), variance)


def _log(value: float) -> float:
    return math.log(value) if 0.0 < value < math.inf else math.copysign(700.0, value - 1.0)
