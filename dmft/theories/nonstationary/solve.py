"""solve_nonstationary: mean and covariance in two times, by a march of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.errors import answering
from dmft.models.checks import one_of, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.theories.nonstationary.accuracy import companion, relative_error
from dmft.theories.nonstationary.expense import MOST_STEPS, Plan, check_march, check_steps
from dmft.theories.nonstationary.forcing import Forcing, forcing
from dmft.theories.nonstationary.initial import initial_state
from dmft.theories.nonstationary.marching import Grid, March
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.reduction import reduced
from dmft.theories.solution import OnFailure, delivered

FloatArray = NDArray[np.float64]

DEFAULT_DT = 0.1
DEFAULT_RTOL = 0.1
LARGEST_DT = 0.5
CELLS_PER_PERIOD = 16  # fewest that resolve a sinusoid
_EDGE = 1e-3  # relative mismatch of the covariance at the edge of a window that counts as memory cut off
_SETTLED = 1e-3  # relative change of the variance over one period below which the state counts as reached
_DECAYED = 1e-2  # 1 - correlation over whole periods, at the end of the row, above which it counts as decayed


@answering
def solve_nonstationary(
    network: Any,
    duration: float,
    *,
    dt: float | None = None,
    window: float | None = None,
    init: tuple[float, float] | NonstationarySolution | None = None,
    rtol: float = DEFAULT_RTOL,
    on_failure: OnFailure = "raise",
    progress: bool = False,
) -> NonstationarySolution:
    """Solve the dynamical mean-field theory in two times, from t = 0 on.

    m' = -m + sqrt(K) (I0 - J0 <phi>) + I(t),   (1 + d_t)(1 + d_s) c(t, s) = g^2 <phi(h(t)) phi(h(s))> + K_I(t, s),
    h Gaussian of mean m and covariance c, K_I the covariance of a private Gaussian input [Engelken, Ingrosso, Khajeh,
    Goedeke & Abbott, PLoS Comput. Biol. 18, e1010590 (2022)]. A sinusoid of random phase is private but not Gaussian: h
    is conditioned on the phase. For a `RandomNetwork` sqrt(K) = 0.

    Parameters
    ----------
    network : `BalancedNetwork` or `RandomNetwork`, with any nonlinearity and drive.
    duration : time to solve for, in units of tau; rounded up to whole steps.
    dt : step in units of tau, shortened so that a period of the drive is a whole number of steps; 0.1 by default.
    window : lag up to which the covariance is kept; beyond it the row is taken to be periodic like the drive. Without
        it the covariance is kept from t = 0 on.
    init : (mean, variance) of h(0), Gaussian and independent of the couplings; by default the static state of a
        balanced network, (0, 1) of a random one. Or a solution of the same network, to go on from its end: `duration`
        is then the time to go on for, step and window are those it has, and what is returned begins at t = 0 again.
    rtol : largest error of the variance, relative to it, that counts as converged; `convergence.error` has the error.
    on_failure : "raise", "warn" or "ignore".
    progress : show a progress bar.

    Returns
    -------
    NonstationarySolution

    Raises
    ------
    NotConvergedError : GRID_TOO_SHORT, if the covariance at the edge of the window still depends on the lag other than
        with the period of the drive; NON_FINITE, if the activity diverges, or phi is not finite; UNRESOLVED, if the
        error is larger than `rtol`.
    ValueError, TypeError : for arguments out of range; for a window with a drive that is neither periodic nor constant.
    TooCostlyError : for a march that does not fit into memory, or would take more than a week.

    Notes
    -----
    Accuracy: second order in dt (`tests/invariants/test_nonstationary_order.py`); at dt = 0.1 the variance is within
    0.3 % of dt -> 0 (`tests/regression/test_nonstationary_period.py`). `convergence.error` bounds the error of mean and
    variance at all times, by a second march with twice the step, a longer window and a shorter series of the averages
    (`tests/limits/test_nonstationary_error.py`). Cost: 35 ns a cell of the band (ReLU), and a quarter for the second
    march; memory duration x window / dt^2 numbers.
    """
    problem = reduced(network)
    force = forcing(problem)
    duration, rtol = positive("duration", duration), positive("rtol", rtol)
    one_of("on_failure", on_failure, ("raise", "warn", "ignore"))
    averages = pair_averages(problem.nonlinearity)
    if isinstance(init, NonstationarySolution):
        return delivered(_continued(network, force, init, duration, dt, window, rtol, progress), on_failure)
    grid = make_grid(force, duration, dt, window)
    check_march(force, averages, grid, keep_band=True)
    try:
        state = initial_state(problem, averages, init)
    except FloatingPointError as error:
        raise ValueError(f"there is no static state to start from: {error}; give init=(mean, variance)") from None
    result = March(force, averages, state, grid, keep_band=True, progress=progress)
    result.companion = companion(result, state, result.grid.n_steps)
    return delivered(_solution(network, force, result, window, state, rtol), on_failure)


def _continued(
    network: Any,
    force: Forcing,
    init: NonstationarySolution,
    duration: float,
    dt: float | None,
    window: float | None,
    rtol: float,
    progress: bool,
) -> NonstationarySolution:
    """Go on with the march of a solution.

    Raises
    ------
    ValueError : for a solution of another network, or that has diverged; for another step or window than it has.
    """
    if init.network != network:
        raise ValueError(f"init must be a solution of the same network, got one of {init.network!r}")
    for name, given in (("dt", dt), ("window", window)):
        has = init.settings[name]
        if given is not None and (has is None or abs(given - has) > 1e-9 * has):
            raise ValueError(f"{name} must be that of the solution to go on from, {has}, or None; got {given}")
    if init.march.failure or not np.all(np.isfinite(init.march.v)):
        raise ValueError("init must not have diverged")
    before = init.march.grid
    more = max(1.0, math.ceil(duration / before.dt - 1e-9)) if duration / before.dt < MOST_STEPS else math.inf
    growing = more if before.width > before.n_steps else 0.0
    check_march(force, init.march.averages, Plan(before.dt, before.n_steps + more, before.width + growing), True)
    result = init.march.continued(int(more), progress)
    if init.march.companion is not None:
        left = math.ceil(result.grid.n_steps / 2) - init.march.companion.grid.n_steps
        result.companion = init.march.companion.continued(left) if left > 0 else init.march.companion
    return _solution(network, force, result, init.settings["window"], init.settings["init"], rtol)


def largest_step(force: Forcing) -> float:
    """Return the largest step allowed: it must resolve the memory of a unit, and the drive."""
    return min(LARGEST_DT, force.period / CELLS_PER_PERIOD) if force.period else LARGEST_DT


def make_grid(force: Forcing, duration: float, dt: float | None, window: float | None) -> Grid:
    """Return the grid, or refuse it.

    Raises
    ------
    ValueError : for a step too large for the drive or the memory, a window shorter than a period, or a window with a
        drive that has no period.
    TooCostlyError : for more steps than can be.
    """
    period = force.period
    largest = largest_step(force)
    if dt is None:
        dt = min(DEFAULT_DT, largest)
    dt = positive("dt", dt)
    if dt > largest * (1 + 1e-12):
        raise ValueError(
            f"dt must be at most {largest:.4g}, got {dt}: the mean of h follows the drive with a rate of up to "
            f"{1.0 + force.inhibition:.3g}/tau, and the covariance with 1/tau"
        )
    check_steps(max(duration, period or 0.0) / dt)
    if period:
        cells = 2 * math.ceil(0.5 * period / dt - 1e-9)  # even: the companion has half as many
        dt = period / cells
    else:
        cells = max(1, round(1.0 / dt))
    n_steps = max(1, math.ceil(duration / dt - 1e-9))
    width = n_steps + 1
    if window is not None:
        window = positive("window", window)
        if period is None:
            raise ValueError("a window needs a drive that is periodic or constant in time; solve without a window")
        width = math.ceil(min(window / dt, MOST_STEPS) - 1e-9)
        if width <= cells:
            shortest = period or 1.0
            raise ValueError(f"window must be longer than {shortest:.6g} (the period of the drive), got {window}")
    return Grid(dt, n_steps, width, cells)


def _solution(
    network: Any,
    force: Forcing,
    result: March,
    window: float | None,
    state: tuple[float, float],
    rtol: float,
) -> NonstationarySolution:
    grid = result.grid
    band = result.band.copy() if result.offsets.shape[1] > 1 else result.band
    rate = np.full(result.offsets.shape, np.nan)
    there = np.isfinite(result.v)
    if np.any(there) and not result.failure:
        rate[there] = result.averages.first(result.m[there, None] + result.offsets[there], result.v[there, None])[0]
    centred = result.offsets - result.offsets.mean(axis=1, keepdims=True)
    for lag in range(band.shape[1] if centred.shape[1] > 1 else 0):
        band[lag:, lag] += np.mean(centred[lag:] * centred[: len(centred) - lag], axis=1)
    arrays = {
        "mean": result.m + result.offsets.mean(axis=1),
        "variance": band[:, 0].copy(),
        "rate": rate.mean(axis=1),
    }
    return NonstationarySolution(
        network=network,
        convergence=_convergence(result, window, rtol, arrays),
        settings={"dt": grid.dt, "window": window, "init": state, "rtol": rtol},
        times=grid.times,
        **arrays,
        lags=grid.dt * np.arange(band.shape[1], dtype=float),
        band=band,
        period=force.period,
        branch="noisy" if force.noisy else branch_of(result, force.period),
        march=result,
    )


def _convergence(result: March, window: float | None, rtol: float, arrays: dict[str, FloatArray]) -> Convergence:
    grid = result.grid
    usable = np.all([np.isfinite(x) for x in arrays.values()], axis=0) & (arrays["variance"] >= 0.0)
    if result.failure or not np.all(usable):
        first = int(np.argmin(np.isfinite(result.v) if result.failure else usable))
        detail = f"stopped at t = {first * grid.dt:.4g}: "
        detail += result.failure or "the variance is not finite; the activity grows without bound"
        return Convergence(Status.NON_FINITE, math.inf, first, (), detail, math.inf)
    gap = edge_mismatch(result)
    residual = gap if window is not None else 0.0
    error = relative_error(result, result.companion) if result.companion is not None else math.nan
    if window is not None and gap > _EDGE:
        detail = (
            f"the window of {window:.4g} is shorter than the memory: the covariance at its edge differs by "
            f"{gap:.1g} of the variance from one period before; try window={1.6 * window:.0f}"
        )
        return Convergence(Status.GRID_TOO_SHORT, residual, grid.n_steps, (), detail, max(error, gap))
    if not error <= rtol:
        better = grid.dt * max(0.5 * math.sqrt(rtol / error), 0.02) if math.isfinite(error) else 0.25 * grid.dt
        detail = (
            f"not resolved: with a step of {grid.dt:.4g} the error is up to {error:.2g} of the variance, more than "
            f"rtol={rtol:g}; try dt={better:.2g}"
        )
        if 10.0 * result.averages.error > 0.5 * rtol:
            detail += f" (the averages of phi have an error of {result.averages.error:.1g})"
        return Convergence(Status.UNRESOLVED, residual, grid.n_steps, (), detail, error)
    return Convergence(Status.CONVERGED, residual, grid.n_steps, error=error)


def edge_mismatch(result: March) -> float:
    """Return by how much c at the edge of the window differs from one period nearer, relative to the variance."""
    grid = result.grid
    lo = grid.n_steps + 1 - grid.width
    if lo < 0 or grid.width < 2 * grid.period:
        return 0.0 if lo < 0 else math.inf
    half = max(1, grid.period // 2)
    edge = result.c[lo : lo + half]
    nearer = result.c[lo + grid.period : lo + grid.period + half]
    largest = float(np.max(result.v[lo:]))
    return float(np.max(np.abs(edge - nearer))) / largest if largest > 0.0 else 0.0


def branch_of(result: March, period: float | None) -> str:
    """Return the branch that the last row is on: "chaotic", "locked" or "transient"."""
    grid = result.grid
    n, cells = grid.n_steps, grid.period
    if period is None or n < 3 * cells or not math.isfinite(result.v[-1]):
        return "transient"
    last, before = result.v[n - cells : n + 1], result.v[n - 2 * cells : n - cells + 1]
    if np.max(np.abs(last - before)) > _SETTLED * np.max(last):
        return "transient"
    lo = max(0, n + 1 - grid.width)
    # A growing row starts at t = 0, with correlations that decay whatever the state: its middle has none of that.
    reach = (n - lo) // cells if lo > 0 else n // (2 * cells)
    lag = reach * cells
    scale = math.sqrt(result.v[n] * result.v[n - lag])
    return "chaotic" if scale - result.c[n - lag] > _DECAYED * scale else "locked"
