"""How long activity remembers itself."""

from __future__ import annotations

import math

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.models.checks import one_of
from dmft.numerics.value import Value
from dmft.observables.lag_functions import KINDS, LagFunctions, moving_part
from dmft.theories.stationary import StationarySolution

DEFINITIONS = ("integral", "half", "decay")


@answering
def correlation_time(
    solution: StationarySolution,
    of: str = "x",
    *,
    definition: str = "integral",
    population: str | None = None,
) -> Value:
    """Return the time over which the part of the activity that moves stays correlated.

    Parameters
    ----------
    solution : from `solve_stationary`.
    of : "x" or "phi".
    definition : "integral": int_0^inf R(lag) dlag, R = (C(lag) - C(inf))/(C(0) - C(inf)), so that a mean over a long
        time T has the variance 2 (C(0) - C(inf)) correlation_time/T; in discrete time 1/2 + the sum over later steps;
        "half": the first lag at which R has fallen to 1/2; "decay": 1/kappa, the slowest decay.
    population : name of one; None for the mean of C over all units.

    Returns
    -------
    Value : in units of time (tau, where no tau is given; steps in discrete time).

    Raises
    ------
    TypeError : for another solution.
    ValueError : for an unknown `of`, definition or population; a state that does not move, or oscillates for ever.

    Notes
    -----
    Accuracy: as its error says; an exponential exactly (`tests/limits/test_spectrum_and_rates.py`). Cost: 10 ms.
    """
    one_of("of", of, KINDS)
    one_of("definition", definition, DEFINITIONS)
    found, finer = (moving_part(solution, of, finer=f) for f in (False, True))
    axis = solution.axis
    if population is not None and population not in axis.names:
        raise ValueError(f"population must be one of {', '.join(map(repr, axis.names))}; got {population!r}")
    weights = axis.fractions if population is None else np.array([float(n == population) for n in axis.names])
    if not float(weights @ finer.moving[:, 0]) > 0.0:
        whose = f"a {solution.state} state" if population is None else f"population {population!r}"
        raise ValueError(f"{whose} does not move: it has no correlation time")
    if definition == "decay":
        rate = float(solution.decay_rate)
        if not (math.isfinite(rate) and rate > 0.0):
            raise ValueError("it is not known how fast the covariance of this state decays")
        bound = solution.convergence.error
        return Value(1.0 / rate, 0.0, definition, numerical_error=(bound if math.isfinite(bound) else 0.0) / rate)
    measure = _integral if definition == "integral" else _half
    value, rough = measure(finer, weights), measure(found, weights)
    bound = solution.convergence.error
    state = (bound if math.isfinite(bound) else 0.0) + solution.convergence.residual + finer.left
    standard = 0.0
    sampled = solution.corr_x_error if of == "x" else solution.corr_phi_error
    if sampled is not None:
        integrals = np.trapezoid(np.atleast_2d(sampled), solution.lags)
        standard = float(weights @ integrals) / float(weights @ finer.moving[:, 0])
    # An error of the covariance may last as long as the window.
    error = abs(value - rough) + (4.0 * state + 1e-14) * value + 4.0 * state * float(finer.lags[-1])
    error += float(weights @ np.broadcast_to(finer.tail, len(weights))) / float(weights @ finer.moving[:, 0])
    return Value(value, standard, definition, numerical_error=error)


def _integral(functions: LagFunctions, weights: FloatArray) -> float:
    moving = weights @ functions.moving
    if functions.mesh is None:
        return float(moving.sum() / moving[0] - 0.5)
    return float(functions.mesh.weights @ moving / moving[0])


def _half(functions: LagFunctions, weights: FloatArray) -> float:
    from scipy.optimize import brentq

    ratio = weights @ functions.moving
    ratio = ratio / ratio[0]
    below = int(np.argmax(ratio < 0.5))
    if not ratio[below] < 0.5:
        raise ValueError("the correlation does not fall to half within the window")
    left, right = float(functions.lags[below - 1]), float(functions.lags[below])
    if functions.mesh is None:
        return left + (right - left) * float((ratio[below - 1] - 0.5) / (ratio[below - 1] - ratio[below]))
    mesh = functions.mesh
    return float(brentq(lambda lag: float(mesh.interpolate(ratio, lag)) - 0.5, left, right, xtol=1e-13))
