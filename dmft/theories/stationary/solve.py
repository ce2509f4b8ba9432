"""`solve_stationary`: which route, which start, which state."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.errors import answering
from dmft.models.checks import integer, positive
from dmft.numerics.convergence import Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.gaussian import averages
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.solution import OnFailure, checked_rtol, delivered
from dmft.theories.stationary.at_rest import StaticState, fixed_points_of, origin, own_scale
from dmft.theories.stationary.driven_start import driven_start
from dmft.theories.stationary.on_orbit import moving_states, solve_on_orbit, unbounded
from dmft.theories.stationary.on_window import solve_on_window
from dmft.theories.stationary.problem import Problem
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric import SymmetricSolution, check_symmetric, solve_symmetric

FloatArray = NDArray[np.float64]

_RTOL = 1e-9


@answering
def solve_stationary(
    network: Reduction,
    *,
    lags: ArrayLike | None = None,
    window: float | None = None,
    method: FixedPointMethod | None = None,
    rtol: float = _RTOL,
    max_steps: int = 100,
    init: StationarySolution | None = None,
    on_failure: OnFailure = "raise",
    callback: Callback | None = None,
    seed: Any = 0,
    samples: int = 1024,
) -> StationarySolution:
    """Solve the stationary dynamical mean-field theory of a random network.

    (1 - d^2/dlag^2) C^x = g^2 C^phi + C_I, with C^phi = <phi(x(t)) phi(x(t + lag))> over the Gaussian process x and C_I
    the covariance of the input [Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988); with noise Schuecker, Goedeke &
    Helias, PRX 8, 041029 (2018); with sinusoids of random phase conditioned on the phase].

    Parameters
    ----------
    network : `RandomNetwork`; a `BalancedNetwork` (without common drive) is handed to its own theory, see
        `dmft.theories.balanced_stationary`.
    lags : one-sided lags of the arrays, increasing from 0, in units of tau; by default from 0 to where C^x has decayed.
        The solution can be evaluated at any lag whatever these are.
    window : length of the half line of lags on which the equation is solved where it needs one (input other than white
        noise, or a `method`), in units of tau; by default long enough.
    method : None (energy orbit without drive or with white noise, else Newton, with Anderson as its fallback), or
        `dmft.Anderson(...)` or `dmft.Damped(...)` to iterate the equation on the window.
    rtol : largest residual of the undamped map, by finer nodes than the solver's and relative to the variance, that
        counts as converged; at least 1e-14.
    max_steps : largest number of steps.
    init : solution of a neighbouring network, whatever its drive: where Newton's method starts, and of several states
        the one of nearest variance is taken.
    on_failure : "raise", "warn" or "ignore".
    callback : called as callback(step, residual).
    seed, samples : of partially symmetric couplings (symmetry != 0), whose single-site process is not Gaussian but
        sampled: entropy of the random numbers, and number of paths of 205 tau, a multiple of 8. Of the other settings
        `max_steps`, `on_failure` and `rtol` concern them: `rtol`, if given, is the largest relative error of C(0) that
        is accepted.

    Returns
    -------
    StationarySolution (of a BalancedNetwork: BalancedStationarySolution; with symmetry != 0: SymmetricSolution)

    Raises
    ------
    NotConvergedError : if there is no solution (activity grows without bound) or the solver fails; `.solution` is the
        best iterate.
    ValueError : for a drive that is not stationary (sinusoid of common phase), lags that do not increase from 0, or a
        setting that the theory of this kind of network does not have.

    Notes
    -----
    Of several states the stable one of least variance is returned: the origin, a fixed point or a moving state. A weak
    drive does not change that choice. `dmft.branches` gives them all, `solution.others` tells of those met on the way.
    The error of the averages, of the mesh and of the iteration together is `solution.convergence.error`.
    Accuracy: C^x(0) to 1e-11 and C^x(lag) to 1e-8 of C^x(0) for tanh, 1.05 <= g <= 10
    (`tests/reference/test_stationary_reference.py`); driven by comparison of the two routes
    (`tests/regression/test_stationary_routes.py`).
    With symmetry C^x(0) to 0.1 % by 1024 paths, and what follows from the response to 1 %, as the errors say
    (`tests/statistical/test_sampled_errors.py`, `tests/statistical/test_symmetric_dimension.py`).
    Cost: about 10 ms (tanh, erf, ReLU); 0.1-0.5 s for a nonlinearity without closed form, 1 s for a sinusoid; with
    symmetry 2-4 s, 10 s close to the transition.
    """
    reduction = reduced(network)
    if reduction.plastic:
        raise ValueError("the stationary state of plastic couplings is sampled: use dmft.solve_plastic")
    if not reduction.centred:
        if lags is not None or method is not None:
            raise ValueError("lags and method are not settings of the theory of a BalancedNetwork; leave them out")
        # Theories do not import each other: the other one is looked up by the kind of network, as in phases.theory.
        balanced = importlib.import_module("dmft.theories.balanced_stationary")
        return balanced.solve_balanced_stationary(
            reduction, window=window, rtol=rtol, max_steps=max_steps, init=init, on_failure=on_failure
        )
    if reduction.common:
        raise ValueError(
            "a drive common to all neurons makes the state periodic, not stationary: use dmft.solve_nonstationary, "
            'or a Sinusoid of phases="random"'
        )
    if reduction.symmetry != 0:
        if lags is not None or window is not None or method is not None:
            raise ValueError(
                "lags, window and method are not settings of the sampled theory of symmetric couplings; leave them out"
            )
        return _partially_symmetric(reduction, seed, samples, max_steps, rtol, on_failure)  # type: ignore[return-value]
    grid = _checked_lags(lags)
    if window is not None:
        window = positive("window", window)
    rtol = checked_rtol(rtol)
    max_steps = integer("max_steps", max_steps, least=1)
    _check_kinds(init, method, callback)
    problem = Problem(reduction, grid, {"rtol": rtol, "max_steps": max_steps, "window": window, "method": method})
    try:
        solution = _solve(problem, window, method, rtol, max_steps, init, callback)
    except FloatingPointError as error:
        solution = problem.failed(Status.NON_FINITE, f"stopped: {error}")
    return delivered(solution, on_failure)


def _partially_symmetric(
    network: Reduction, seed: Any, samples: int, max_steps: int, rtol: float, on_failure: OnFailure
) -> SymmetricSolution:
    accuracy = None if rtol == _RTOL else positive("rtol", rtol)
    check_symmetric(network, samples, max_steps)
    solution = solve_symmetric(
        network, _independent, seed=seed, samples=samples, max_steps=max_steps, accuracy=accuracy
    )
    return delivered(solution, on_failure)


def _independent(network: Reduction) -> StationarySolution:
    return solve_stationary(network, on_failure="ignore")


def _solve(
    problem: Problem,
    window: float | None,
    method: FixedPointMethod | None,
    rtol: float,
    max_steps: int,
    init: StationarySolution | None,
    callback: Callback | None,
) -> StationarySolution:
    if problem.network.coloured or problem.network.waves:
        start = init if init is not None and math.isfinite(init.variance) else driven_start(problem)
        return solve_on_window(problem, start, window, method, rtol, max_steps, callback)
    chosen = _chosen(problem, init, rtol)
    if method is None or not chosen.convergence.converged or chosen.phase in ("quiescent", "fixed point"):
        return chosen
    return solve_on_window(problem, chosen, window, method, rtol, max_steps, callback)


def _chosen(problem: Problem, init: StationarySolution | None, rtol: float) -> StationarySolution:
    """Return the stable state of least variance, or of the variance nearest to that of `init`."""
    network = problem.network
    static: list[StaticState] = []
    if network.undriven:
        rest = origin(network)
        if rest is not None and rest.stable:
            if init is None:
                return rest.solution(problem, rtol, None)
            static.append(rest)
        # Odd phi has no stable fixed point but the origin: <phi phi> is convex in c and vanishes with it.
        if not _is_odd(network.nonlinearity):
            static += [state for state in fixed_points_of(network) if state.stable]
    moving = [state.x for state in moving_states(problem) if state.rising]
    states = sorted([(state.variance, state) for state in static] + [(c0, None) for c0 in moving], key=lambda s: s[0])
    if not states:
        return _nothing(problem)
    pick = 0
    if init is not None and math.isfinite(init.variance):
        target = init.variance
        largest = max(target, states[-1][0])
        pick = min(range(len(states)), key=lambda i: _distance(states[i][0], target, largest))
    variance, state = states[pick]
    others = len(states) - 1
    return solve_on_orbit(problem, rtol, variance, others) if state is None else state.solution(problem, rtol, others)


def _check_kinds(init: Any, method: Any, callback: Any) -> None:
    if init is not None and not isinstance(init, StationarySolution):
        raise TypeError(f"init must be a StationarySolution or None, got {init!r}")
    if method is not None and not callable(getattr(method, "solve", None)):
        raise TypeError(f"method must be dmft.Anderson(...), dmft.Damped(...) or None, got {method!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of step and residual, got {callback!r}")


def _is_odd(nonlinearity: Any) -> bool:
    x = np.concatenate([np.sinh(np.linspace(1e-3, 6.0, 60)), np.logspace(-6.0, 1.0, 40)])
    with np.errstate(all="ignore"):
        right, left = np.asarray(nonlinearity(x), dtype=float), np.asarray(nonlinearity(-x), dtype=float)
    usable = np.isfinite(right) & np.isfinite(left)
    return bool(np.all(np.abs(right + left)[usable] <= 1e-14 * np.max(np.abs(right[usable]), initial=0.0)))


def _distance(variance: float, target: float, largest: float) -> float:
    """Return how far a variance is from another, in decades down to 1e-4 of the largest: what is small is near rest."""
    floor = 1e-4 * max(largest, 1e-300)
    return abs(math.log10(variance + floor) - math.log10(target + floor))


def _nothing(problem: Problem) -> StationarySolution:
    """Return the failure to find a state: activity without bound, or a search that came to nothing."""
    network = problem.network
    high = 4.0 * max(own_scale(network), problem.intensity)
    try:
        held = network.g**2 * averages(network.nonlinearity, high).mean_square
    except FloatingPointError:
        averages(network.nonlinearity, 1e-6 * network.g**2)  # not finite nearby either: that is what is to be said
        held = math.inf
    if held >= high * (1.0 - 1e-9):
        return problem.failed(Status.NO_SOLUTION, unbounded(network))
    return problem.failed(
        Status.STALLED, "no stable state was found; look at dmft.branches, or start from a neighbouring point (init=)"
    )


def _checked_lags(lags: ArrayLike | None) -> FloatArray | None:
    if lags is None:
        return None
    grid = np.array(lags, dtype=float)
    if grid.ndim != 1 or len(grid) < 2 or grid[0] != 0 or not np.all(np.diff(grid) > 0) or not np.isfinite(grid[-1]):
        raise ValueError("lags must be a one-dimensional array that increases from 0 and has at least two entries")
    return grid
