"""`solve_stationary`: which route, which start, which state."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.errors import AccuracyWarning
from dmft.models.checks import positive
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.network import RandomNetwork
from dmft.numerics.convergence import Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary.at_rest import resting_state
from dmft.theories.stationary.on_orbit import comparable_noise, solve_on_orbit
from dmft.theories.stationary.on_window import solve_on_window
from dmft.theories.stationary.problem import Problem
from dmft.theories.stationary.single_site import GaussianSite
from dmft.theories.stationary.solution import StationarySolution
from dmft.theories.stationary.symmetric import SymmetricSolution, check_symmetric, solve_symmetric

FloatArray = NDArray[np.float64]

_RTOL = 1e-11
_CUT = 1e-8  # part of <phi^2> lost by a cut series above which the user is told


def solve_stationary(
    network: RandomNetwork,
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
    rtol : largest residual of the undamped map, relative to the variance, that counts as converged.
    max_steps : largest number of steps.
    init : solution of a neighbouring network to start from, and to choose between coexisting states.
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

    Warns
    -----
    AccuracyWarning : if the series of a nonlinearity that is not smooth and has no closed form lost more than 1e-8.

    Notes
    -----
    Accuracy: C^x(0) to 1e-11 and C^x(lag) to 1e-8 of C^x(0) for tanh, 1.05 <= g <= 10
    (`tests/reference/test_stationary_reference.py`); driven by comparison of the two routes
    (`tests/reference/test_stationary_routes.py`).
    With symmetry C^x(0) to 0.1 % by 1024 paths, and what follows from the response to 1 %, as the errors say
    (`tests/statistical/test_symmetric_errors.py`, `tests/statistical/test_symmetric_dimension.py`).
    Cost: about 10 ms (tanh, erf, ReLU); 0.1-1 s for a nonlinearity without closed form or a sinusoidal drive; with
    symmetry 2-4 s, 10 s close to the transition.
    """
    if type(network).__name__ == "BalancedNetwork":
        if lags is not None or method is not None:
            raise ValueError("lags and method are not settings of the theory of a BalancedNetwork; leave them out")
        # Theories do not import each other: the other one is looked up by the kind of network, as in phases.theory.
        balanced = importlib.import_module("dmft.theories.balanced_stationary")
        return balanced.solve_balanced_stationary(network, window=window, init=init, on_failure=on_failure)
    if not isinstance(network, RandomNetwork):
        raise TypeError(f"solve_stationary takes a RandomNetwork or a BalancedNetwork, got {type(network).__name__}")
    if isinstance(network.drive, Sinusoid) and network.drive.phases == "common":
        raise ValueError(
            "a sinusoid of common phase makes the state periodic, not stationary: use dmft.solve_nonstationary, "
            'or phases="random"'
        )
    if network.symmetry != 0:
        if lags is not None or window is not None or method is not None:
            raise ValueError(
                "lags, window and method are not settings of the sampled theory of symmetric couplings; leave them out"
            )
        return _partially_symmetric(network, seed, samples, max_steps, rtol, on_failure)  # type: ignore[return-value]
    grid = _checked_lags(lags)
    if window is not None:
        window = positive("window", window)
    problem = Problem(network, grid, {"rtol": rtol, "max_steps": max_steps, "window": window, "method": method})
    try:
        solution = _solve(problem, window, method, rtol, max_steps, init, callback)
    except FloatingPointError as error:
        solution = problem.failed(Status.NON_FINITE, f"stopped: {error}")
    _warn_of_cut_series(solution)
    return delivered(solution, on_failure)


def _warn_of_cut_series(solution: StationarySolution) -> None:
    site = solution.single_site
    if isinstance(site, GaussianSite) and site.averages.missing > _CUT:
        warnings.warn(
            f"the Mehler series of {solution.network.nonlinearity!r} at variance {site.variance:.3g} lost "
            f"{site.averages.missing:.1e} of <phi^2> (phi is not smooth): correlations are about that wrong; give the "
            "nonlinearity a closed form, gaussian_kernel(c0, c)",
            AccuracyWarning,
            stacklevel=3,
        )


def _partially_symmetric(
    network: RandomNetwork, seed: Any, samples: int, max_steps: int, rtol: float, on_failure: OnFailure
) -> SymmetricSolution:
    accuracy = None if rtol == _RTOL else positive("rtol", rtol)
    check_symmetric(network, samples, max_steps)
    solution = solve_symmetric(
        network, _independent, seed=seed, samples=samples, max_steps=max_steps, accuracy=accuracy
    )
    return delivered(solution, on_failure)


def _independent(network: RandomNetwork) -> StationarySolution:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AccuracyWarning)  # it is a start
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
    network = problem.network
    drive = network.drive
    silent = (
        drive is None
        or (isinstance(drive, WhiteNoise) and drive.intensity == 0)
        or (isinstance(drive, OrnsteinUhlenbeck) and drive.variance == 0)
        or (isinstance(drive, Sinusoid) and drive.amplitude == 0)
    )
    if silent:
        resting = resting_state(problem, init)
        if resting is not None:
            return resting
    if silent or isinstance(drive, WhiteNoise):
        # From a state at rest there is no variance to start from: it has just lost its stability.
        orbit = solve_on_orbit(problem, rtol, init.variance if init is not None and init.variance > 0 else None)
        if silent and orbit.convergence.status is Status.NO_SOLUTION:
            resting = resting_state(problem, None)  # where a moving state followed through `init` has ended
            if resting is not None:
                return resting
        if method is None or not orbit.convergence.converged:
            return orbit
        start: StationarySolution | None = orbit
    else:
        start = init if init is not None else comparable_noise(problem)
    return solve_on_window(problem, start, window, method, rtol, max_steps, callback)


def _checked_lags(lags: ArrayLike | None) -> FloatArray | None:
    if lags is None:
        return None
    grid = np.array(lags, dtype=float)
    if grid.ndim != 1 or len(grid) < 2 or grid[0] != 0 or not np.all(np.diff(grid) > 0) or not np.isfinite(grid[-1]):
        raise ValueError("lags must be a one-dimensional array that increases from 0 and has at least two entries")
    return grid
