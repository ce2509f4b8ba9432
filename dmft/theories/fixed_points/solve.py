"""Stable fixed points of a plastic network: the most numerous ones, and where they begin to exist."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.errors import answering
from dmft.models.checks import positive
from dmft.models.nonlinearity import is_odd
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian.normal_panels import resolve
from dmft.theories.fixed_points.branches import StableStates
from dmft.theories.fixed_points.complexity import Count, complexity_at
from dmft.theories.fixed_points.solution import FixedPoints
from dmft.theories.plastic_couplings import refuse_other_couplings
from dmft.theories.reduction import Reduction, reduced

_LOG_GAPS = np.linspace(-9.0, -0.05, 24)  # log(1 - q/q_max): the optimal q tends to its maximum as k grows
_NEAR = np.linspace(-0.6, 0.6, 9)  # the same, around the q at which no tilt is needed: at small g nothing else counts
_LEAST_GAP = 1e-12
_STEEPEST = 3e5  # slope at 0 beyond which the states there are lost in rounding
_RESOLVED = 1e-4  # largest change of the complexity by other nodes


@answering
def fixed_points(network: Any) -> FixedPoints:
    """Count the stable fixed points of a plastic network and describe the most numerous ones.

    At a fixed point A = (k/N) phi phi^T and x = h + k q phi(x), h ~ N(0, g^2 q), q = <phi^2>: the synaptic time
    constant p does not enter the count. Annealed complexity of the fixed points whose bulk is stable, maximised over q,
    see `dmft.theories.fixed_points.complexity`.

    Parameters
    ----------
    network : a `PlasticNetwork` with an odd sigmoid phi (phi' > 0 falls with |x|).

    Returns
    -------
    FixedPoints

    Raises
    ------
    ValueError : if phi is not such a sigmoid.

    Notes
    -----
    The complexity is annealed, log of the mean number; it is an upper bound of the typical one. Which of these fixed
    points a network falls into is another question: those reached from random states are more stable than these.
    Accuracy: `tests/limits/test_fixed_points_limits.py`, 1e-4. Cost: 0.3 s of CPU.
    """
    network = reduced(network)
    top = _checked(network)
    log_gaps = np.concatenate([_LOG_GAPS, _natural_log_gap(network, top) + _NEAR])
    log_gaps = np.unique(np.clip(log_gaps, math.log(_LEAST_GAP), -0.02))
    q_values = top * (1.0 - np.exp(log_gaps[::-1]))
    counts = [_count(network, q) for q in q_values]
    best = _refined(network, top, q_values, counts)
    finer = best if best.states is None else _count(network, best.states.q, coarseness=0.6)
    if math.isfinite(best.complexity):
        error = abs(finer.complexity - best.complexity)
    else:
        error = 0.0 if finer.complexity == best.complexity else math.inf
    resolved = error <= _RESOLVED
    network_nodes: dict[str, Any]
    if best.states is None or best.weights is None:
        nothing = np.zeros(0)
        network_nodes = {"q": math.nan, "bulk": math.nan, "order_parameter_mode": math.nan, "spinodal_h": math.nan}
        network_nodes |= {"x": nothing, "weights": nothing.copy()}
    else:
        states, weights = best.states, best.weights
        mode = weights @ (states.phi * states.chi * (states.h / states.q + 2.0 * network.k * states.phi))
        network_nodes = {
            "q": states.q,
            "bulk": float(network.g**2 * (weights @ states.chi**2)),
            "order_parameter_mode": float(mode),
            "spinodal_h": states.spinodal_h,
            "x": states.x,
            "weights": weights,
        }
    return FixedPoints(
        network=network.statement,
        convergence=Convergence(Status.CONVERGED if resolved else Status.UNRESOLVED, error, len(counts), error=error),
        settings={"grid": "log(1 - q/q_max)"},
        complexity=best.complexity,
        theta=best.theta,
        mu=best.mu,
        q_values=q_values,
        complexity_values=np.array([count.complexity for count in counts]),
        state="stable fixed points" if best.complexity > 0 else "no stable fixed points",
        **network_nodes,
    )


@answering
def coexistence_threshold(network: Any, *, k_max: float = 20.0, tol: float = 1e-4) -> float:
    """Return the least plasticity strength k at which there are exponentially many stable fixed points.

    Parameters
    ----------
    network : its k and p are not used.
    k_max : largest k tried.
    tol : of k.

    Raises
    ------
    ValueError : if there are none up to `k_max`.

    Notes
    -----
    Accuracy: g -> 0 has the closed form x = k tanh^3 x, sinh 2x = 6x, k = 2.01700
    (`tests/limits/test_fixed_points_limits.py`). Cost: about 3 s of CPU.
    """

    from scipy.optimize import brentq

    def complexity(k: float) -> float:
        return max(fixed_points(reduced(network).replaced(k=k)).complexity, -1.0)

    positive("k_max", k_max), positive("tol", tol)
    low, high = 0.0, 1.0
    while complexity(high) <= 0:
        low, high = high, 2.0 * high
        if high > k_max:
            raise ValueError(f"there are no stable fixed points up to k_max = {k_max:g}; raise k_max")
    return float(brentq(complexity, low, high, xtol=tol))


def _checked(network: Any) -> float:
    """Return the supremum of phi^2 (the largest possible q) after checking that phi is an odd sigmoid."""
    refuse_other_couplings(network)
    phi = network.nonlinearity
    slope = np.asarray(phi.derivative(np.linspace(0.0, 12.0, 241)), dtype=float)
    if slope[0] <= 0 or not is_odd(phi) or np.any(np.diff(slope) > 1e-12) or slope[-1] > 1e-3 * slope[0]:
        raise ValueError(f"phi must be an odd sigmoid (phi' falling to zero with |x|), got {phi!r}")
    if slope[0] > _STEEPEST:
        raise ValueError(
            f"phi must have a slope of at most {_STEEPEST:g} at 0, got {slope[0]:g} of {phi!r}; phi(b x) at g and k is "
            "phi(x) at b g and b k"
        )
    places = resolve(phi, 1.0).kinks  # and places where phi bends on a short scale
    jumps = np.abs(phi.derivative(places * (1.0 + 1e-9)) - phi.derivative(places * (1.0 - 1e-9)))
    if np.any(kinked := jumps > 0.1 * slope[0]):
        # beyond it phi may be flat: states there have no response, and the count has no place for them
        x = np.abs(places[kinked][0])
        raise ValueError(f"phi must be an odd sigmoid without kinks, got {phi!r}, which has one at x = {x:.4g}")
    return float(phi(60.0)) ** 2


def _natural_log_gap(network: Reduction, top: float) -> float:
    """Return log(1 - q/top) of the largest q = <phi^2> over all stable branches with equal weights, by plain iteration.

    If there is none, the iteration ends anywhere below: it is then just another point of the grid.
    """
    q = top * (1.0 - 1e-9)
    for _ in range(60):
        states = StableStates(network.nonlinearity, g=network.g, k=network.k, q=q)
        square = float(states.tilted(0.0, 0.0)[1] @ states.phi**2)
        new = min(max(square, 0.02 * top), top * (1.0 - _LEAST_GAP))
        if abs(new - q) < 1e-6 * (top - new):
            break
        q = new
    return float(np.log(1.0 - q / top))


def _count(network: Reduction, q: float, coarseness: float = 1.0) -> Count:
    return complexity_at(
        StableStates(network.nonlinearity, g=network.g, k=network.k, q=float(q), coarseness=coarseness)
    )


def _refined(network: Reduction, top: float, q_values: Any, counts: list[Count]) -> Count:
    """Return the largest complexity near the best point of the grid."""
    from scipy.optimize import minimize_scalar

    index = int(np.argmax([count.complexity for count in counts]))
    if counts[index].states is None:
        return counts[index]
    log_gap = np.log(1.0 - q_values / top)
    bounds = sorted((log_gap[max(index - 1, 0)], log_gap[min(index + 1, len(q_values) - 1)]))

    def loss(gap: float) -> float:
        return -max(_count(network, top * (1.0 - math.exp(gap))).complexity, -1e3)

    found = minimize_scalar(loss, bounds=tuple(bounds), method="bounded", options={"xatol": 1e-4})
    best = _count(network, top * (1.0 - math.exp(float(found.x))))
    return best if best.complexity > counts[index].complexity else counts[index]
