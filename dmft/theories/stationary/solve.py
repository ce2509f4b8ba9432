"""`solve_stationary`: which route, which start, which state."""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.errors import AccuracyWarning
from dmft.models.checks import positive
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.network import RandomNetwork
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.fixed_point import Callback, FixedPointMethod
from dmft.numerics.gaussian import averages
from dmft.numerics.spectral_elements import HalfLine, decaying_mesh
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary.lag_equation import LagEquation
from dmft.theories.stationary.orbit import stationary_variance, trace_orbit
from dmft.theories.stationary.single_site import GaussianSite, PhaseConditionedSite, RestingSite, gaussian_site
from dmft.theories.stationary.solution import SingleSite, StationarySolution
from dmft.theories.stationary.symmetric import SymmetricSolution, check_symmetric, solve_symmetric

FloatArray = NDArray[np.float64]

_TINY = 1e-10  # variance that stands for the origin: the slope of a threshold function exists only as this limit
_REACH = 36.0  # T kappa: what decays like exp(-kappa lag) is 2e-16 at the end of the window
_N_LAGS = 401
_CUT = 1e-8  # part of <phi^2> lost by a cut series above which the user is told


def solve_stationary(
    network: RandomNetwork,
    *,
    lags: ArrayLike | None = None,
    window: float | None = None,
    method: FixedPointMethod | None = None,
    rtol: float = 1e-11,
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

    Returns
    -------
    StationarySolution (of a BalancedNetwork: BalancedStationarySolution)

    Raises
    ------
    NotConvergedError : if there is no solution (activity grows without bound) or the solver fails; `.solution` is the
        best iterate.
    ValueError : for a drive that is not stationary (sinusoid of common phase) or lags that do not increase from 0.

    Warns
    -----
    AccuracyWarning : if the series of a nonlinearity that is not smooth and has no closed form lost more than 1e-8.

    Notes
    -----
    Accuracy: C^x(0) to 1e-11 and C^x(lag) to 1e-8 of C^x(0) for tanh, 1.05 <= g <= 10
    (`tests/reference/test_stationary_reference.py`); driven by comparison of the two routes
    (`tests/reference/test_stationary_routes.py`).
    Cost: about 10 ms (tanh, erf, ReLU); 0.1-1 s for a nonlinearity without closed form or a sinusoidal drive.
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
        return _partially_symmetric(network, seed, samples, max_steps, on_failure)  # type: ignore[return-value]
    grid = _checked_lags(lags)
    if window is not None:
        window = positive("window", window)
    problem = _Problem(network, grid, {"rtol": rtol, "max_steps": max_steps, "window": window, "method": method})
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
    network: RandomNetwork, seed: Any, samples: int, max_steps: int, on_failure: OnFailure
) -> SymmetricSolution:
    check_symmetric(network, samples)
    # Independent couplings of about the same distance from the transition are where it starts.
    least = 1.2 if network.drive is None else 0.0
    similar = network.replace(symmetry=0.0, g=max(network.g * (1.0 + network.symmetry), 0.01, least))
    solution = solve_symmetric(network, solve_stationary(similar), seed=seed, samples=samples, max_steps=max_steps)
    return delivered(solution, on_failure)


@dataclass(frozen=True)
class _Problem:
    """The question and the settings that every outcome carries."""

    network: RandomNetwork
    grid: FloatArray | None
    settings: Mapping[str, Any]

    @property
    def intensity(self) -> float:
        drive = self.network.drive
        return drive.intensity if isinstance(drive, WhiteNoise) else 0.0

    def single_sites(self) -> Callable[[float], SingleSite]:
        """Return the function variance -> single site; it remembers which sizes of tables sufficed."""
        nonlinearity, drive = self.network.nonlinearity, self.network.drive
        if not isinstance(drive, Sinusoid):
            return lambda variance: gaussian_site(nonlinearity, variance)
        last: list[PhaseConditionedSite] = []

        def site_at(variance: float) -> SingleSite:
            if last and last[0].variance == variance:
                return last[0]
            sizes = {"sizes": last[0].sizes} if last else {}
            last[:] = [PhaseConditionedSite(nonlinearity, drive, variance, **sizes)]
            return last[0]

        return site_at

    def solution(
        self,
        correlation: Callable[[ArrayLike], FloatArray],
        site: SingleSite,
        convergence: Convergence,
        *,
        phase: str,
        decay_rate: float,
    ) -> StationarySolution:
        lags = self.grid
        if lags is None:
            lags = np.linspace(0.0, max(20.0, 24.0 / decay_rate), _N_LAGS)
        gaussian_part = correlation(lags)
        return StationarySolution(
            network=self.network,
            convergence=convergence,
            settings=self.settings,
            lags=lags,
            corr_x=gaussian_part + site.corr_driven(lags),
            corr_phi=site.corr_phi(gaussian_part, lags),
            corr_slope=site.corr_slope(gaussian_part, lags),
            mean_phi=site.mean,
            mean_slope=site.mean_slope,
            mean_square_slope=site.mean_square_slope,
            variance=site.variance,
            decay_rate=decay_rate,
            phase=phase,
            correlation=correlation,
            single_site=site,
        )

    def failed(self, status: Status, detail: str) -> StationarySolution:
        nothing = RestingSite(math.nan, math.nan, math.nan, math.nan)
        outcome = Convergence(status, math.nan, 0, (), detail)
        return self.solution(_Constant(math.nan), nothing, outcome, phase="none", decay_rate=math.inf)


@dataclass(frozen=True)
class _Constant:
    """A correlation function that does not depend on the lag."""

    value: float

    def __call__(self, lags: ArrayLike) -> FloatArray:
        return np.full(np.shape(lags), self.value)


@dataclass(frozen=True, eq=False)
class _OnMesh:
    """A correlation function known on a mesh; beyond its end it has reached its limit, of half period `fold`."""

    mesh: HalfLine
    values: FloatArray
    fold: float = 0.0

    def __call__(self, lags: ArrayLike) -> FloatArray:
        t = np.abs(np.asarray(lags, dtype=float))
        end = self.mesh.length
        if self.fold > 0:  # periodic limit, even about the end of the window
            beyond = np.mod(t - end, 2.0 * self.fold)
            t = np.where(t > end, end - np.minimum(beyond, 2.0 * self.fold - beyond), t)
        return self.mesh.interpolate(self.values, t)


def _solve(
    problem: _Problem,
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
        resting = _without_fluctuations(problem, init)
        if resting is not None:
            return resting
    if silent or isinstance(drive, WhiteNoise):
        # From a state at rest there is no variance to start from: it has just lost its stability.
        orbit = _on_orbit(problem, rtol, init.variance if init is not None and init.variance > 0 else None)
        if silent and orbit.convergence.status is Status.NO_SOLUTION:
            resting = _without_fluctuations(problem, None)  # where a moving state followed through `init` has ended
            if resting is not None:
                return resting
        if method is None or not orbit.convergence.converged:
            return orbit
        start: StationarySolution | None = orbit
    else:
        start = init if init is not None else _comparable_noise(problem)
    return _on_window(problem, start, window, method, rtol, max_steps, callback)


def _without_fluctuations(problem: _Problem, init: StationarySolution | None) -> StationarySolution | None:
    """Return the state that does not move, if it is stable: x = 0, or (if phi(0) != 0) a fixed point of variance c0.

    Stable means g^2 <phi'^2> < 1: the Jacobian's disc then lies in the left half plane. A moving state that coexists
    with it is reached from `init`.
    """
    network = problem.network
    g2 = network.g**2
    if init is not None and init.phase == "chaotic":
        return None
    origin = averages(network.nonlinearity, _TINY)
    if origin.mean_square <= 1e3 * _TINY:  # phi(0) = 0
        if g2 * origin.mean_square_slope >= 1.0:
            return None
        resting = RestingSite(origin.mean_slope, origin.mean_square_slope)
        return problem.solution(
            _Constant(0.0), resting, Convergence(Status.CONVERGED, 0.0, 0), phase="quiescent", decay_rate=math.inf
        )
    variance, residual, steps = _static_variance(network)
    if variance is None:
        return None
    site = gaussian_site(network.nonlinearity, variance)
    if g2 * site.mean_square_slope >= 1.0:
        return None
    outcome = Convergence(Status.CONVERGED, residual, steps)
    return problem.solution(_Constant(variance), site, outcome, phase="fixed point", decay_rate=math.inf)


def _static_variance(network: RandomNetwork) -> tuple[float | None, float, int]:
    """Return the smallest c0 = g^2 <phi^2> reached from below, its residual, and the number of iterations."""
    g2 = network.g**2
    c0 = g2 * averages(network.nonlinearity, _TINY).mean_square
    for step in range(1, 2000):
        new = g2 * averages(network.nonlinearity, c0).mean_square
        if new > 1e8 * max(1.0, g2):
            return None, math.inf, step
        change = abs(new - c0) / new
        c0 = new
        if change < 1e-14:
            return c0, change, step
    return c0, change, step


def _on_orbit(problem: _Problem, rtol: float, start: float | None) -> StationarySolution:
    """Solve by the energy orbit; the residual comes from the equation on a mesh, which the orbit knows nothing of."""
    network = problem.network

    def at(variance: float) -> Any:
        return averages(network.nonlinearity, variance)

    variance = stationary_variance(network.g, at, problem.intensity, start=start)
    if variance is None:
        return problem.failed(Status.NO_SOLUTION, _unbounded(network))
    site = gaussian_site(network.nonlinearity, variance)
    orbit = trace_orbit(network.g, site.averages, problem.intensity)
    mesh = decaying_mesh(orbit.decay_rate, end=_REACH / orbit.decay_rate)
    equation = LagEquation(network.g, lambda _: site, network.drive, mesh)
    on_nodes = orbit(mesh.nodes)
    residual = equation.residual(on_nodes)
    # What 8-byte arithmetic leaves of the residual at large variance, and what a cut series has lost.
    allowed = max(rtol, 1e-9, site.averages.missing)
    status = Status.CONVERGED if residual <= allowed else Status.STALLED
    return problem.solution(
        orbit,
        site,
        Convergence(status, residual, 1, (residual,)),
        phase="chaotic"
        if network.drive is None
        else _driven_phase(network, mesh, site.corr_slope(on_nodes, mesh.nodes)),
        decay_rate=orbit.decay_rate,
    )


def _unbounded(network: RandomNetwork) -> str:
    return (
        f"there is no bounded solution: the activity of {network.nonlinearity!r} grows without bound at g = {network.g}"
        "; lower g, or use a nonlinearity that saturates"
    )


def _comparable_noise(problem: _Problem) -> StationarySolution | None:
    """Return the state under white noise that gives an isolated unit the same variance: where Newton starts."""
    drive = problem.network.drive
    if isinstance(drive, OrnsteinUhlenbeck):
        intensity = 2.0 * drive.variance * drive.correlation_time / (1.0 + drive.correlation_time)
    else:
        assert isinstance(drive, Sinusoid)
        intensity = drive.amplitude**2 / (1.0 + (2.0 * math.pi * drive.frequency) ** 2)
    noisy = problem.network.replace(drive=WhiteNoise(intensity))
    solution = _on_orbit(_Problem(noisy, None, {}), 1e-6, None)
    return solution if math.isfinite(solution.variance) else None


def _on_window(
    problem: _Problem,
    start: StationarySolution | None,
    window: float | None,
    method: FixedPointMethod | None,
    rtol: float,
    max_steps: int,
    callback: Callback | None,
) -> StationarySolution:
    """Solve the equation on a window of lags, made longer until the correlation has reached its limit in it."""
    network, drive = problem.network, problem.network.drive
    if start is None:
        return problem.failed(Status.NO_SOLUTION, _unbounded(network))
    fold, longest = 0.0, math.inf
    if isinstance(drive, Sinusoid):
        # Half periods, and elements that resolve the averages while x sweeps through the steep part of phi.
        fold = 0.5 / drive.frequency
        longest = fold / math.ceil(1.0 + drive.amplitude / math.hypot(1.0, 2.0 * math.pi * drive.frequency))
    rate = start.decay_rate if math.isfinite(start.decay_rate) else 1.0
    fine = 0.05
    if isinstance(drive, OrnsteinUhlenbeck):
        rate = min(rate, 1.0 / drive.correlation_time)
        fine = min(fine, 0.25 * drive.correlation_time)
    end = window if window is not None else _REACH / rate
    site_at = problem.single_sites()
    for _ in range(5):
        if fold > 0:
            end = fold * max(2, round(end / fold))
        mesh = decaying_mesh(rate, end=end, fine=fine, longest=longest)
        equation = LagEquation(network.g, site_at, drive, mesh)
        values = np.asarray(start.correlation(mesh.nodes), dtype=float)
        values, outcome = equation.solve(values, method, rtol=rtol, max_steps=max_steps, callback=callback)
        site = site_at(float(values[0]))
        correlation = _OnMesh(mesh, values, fold)
        slope = site.corr_slope(values, mesh.nodes)
        rate = _decay_rate(network.g, mesh, slope, fold)
        if isinstance(drive, OrnsteinUhlenbeck):
            rate = min(rate, 1.0 / drive.correlation_time)
        needed = _REACH / rate
        solution = problem.solution(
            correlation,
            site,
            outcome,
            phase="chaotic" if network.drive is None else _driven_phase(network, mesh, slope),
            decay_rate=rate,
        )
        if not outcome.converged or end >= 0.75 * needed:
            return solution
        if window is not None:
            break
        end, start = needed, solution
    detail = (
        f"the window is shorter than the memory of the process: got {end:.4g} tau, needed {needed:.4g} tau; "
        f"give window={math.ceil(needed)}"
    )
    short = Convergence(Status.GRID_TOO_SHORT, outcome.residual, outcome.steps, outcome.history, detail)
    return problem.solution(correlation, site, short, phase=solution.phase, decay_rate=rate)


def _decay_rate(gain: float, mesh: HalfLine, slope: FloatArray, fold: float) -> float:
    """Return kappa = sqrt(1 - g^2 <phi' phi'>(inf)); under a periodic limit, of its mean over the last half period."""
    last = mesh.nodes >= mesh.length - max(fold, 1e-9)
    mean = float(np.average(slope[last], weights=mesh.weights[last]))
    return math.sqrt(max(1.0 - gain**2 * mean, 1e-8))


def _driven_phase(network: RandomNetwork, mesh: HalfLine, slope: FloatArray) -> str:
    """Return the state's name: chaotic where -d^2 + 1 - g^2 <phi' phi'> has a negative eigenvalue."""
    stable = mesh.is_positive(1.0 - network.g**2 * slope)
    return "driven, stable" if stable else "driven, chaotic"


def _checked_lags(lags: ArrayLike | None) -> FloatArray | None:
    if lags is None:
        return None
    grid = np.array(lags, dtype=float)
    if grid.ndim != 1 or len(grid) < 2 or grid[0] != 0 or not np.all(np.diff(grid) > 0) or not np.isfinite(grid[-1]):
        raise ValueError("lags must be a one-dimensional array that increases from 0 and has at least two entries")
    return grid
