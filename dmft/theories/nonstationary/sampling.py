"""Transients of a process that hears its own past, by sampling it.

x' = -x + I(t) + xi + rho g^2 int_0^t G(t, s) phi(x(s)) ds,   <xi(t) xi(s)> = g^2 <phi(t) phi(s)> + K_I(t, s),
G(t, s) = <d phi(x(t))/d xi(s)>, rho the symmetry [Crisanti & Sompolinsky 1987]. With the memory term x is not Gaussian.
At each step the covariance of xi is measured on the paths so far, xi is drawn given its past (its Cholesky factor grows
by a row), and each path carries its tangents dx(t)/d xi(s), which feel the same memory. Euler steps; G(t, t) = 0 (Ito).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling.sampling_error import student
from dmft.progress import progress_bar
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.reduction import Reduction

LARGEST_DT = 0.2
_JITTER = 1e-6  # of the variance: a smooth covariance is singular in double precision
_TINY = 1e-300  # in place of no input at all, of a state at rest
_MOST_BYTES = 4e9


def sample(
    network: Reduction,
    duration: float,
    dt: float,
    initial: tuple[float, float],
    sizes: tuple[int, int],
    seed: Any,
    progress: bool,
) -> NonstationarySolution:
    """Return the transient from mean and variance `initial` on, averaged over runs, with its errors.

    What the runs scatter by, and what twice the step adds; `sizes` are the paths of a run, and the runs.

    Raises
    ------
    ValueError : for tangents that need more than 4 GB.
    TooCostlyError : for runs of more than a week.
    """
    (mean, variance), (paths, runs) = initial, sizes
    n = math.ceil(min(duration / dt, 1e9) - 1e-9)
    check_cost(
        f"{runs} runs of {paths} paths over {n} steps",
        seconds=1e-9 * runs * paths * float(n) ** 2 * (1.0 + n / 3.0),
        remedy="take a shorter duration, a larger dt, fewer paths or runs",
    )
    needed = 8.0 * paths * (n + 1) ** 2
    if needed > _MOST_BYTES:
        raise ValueError(f"paths, duration and dt need {needed:.2g} bytes of tangents, more than {_MOST_BYTES:.0e}")
    children: Any = (seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)).spawn(runs)
    if progress:
        children = progress_bar(children, desc="runs")
    found, coarse = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for child in children:
            rng = np.random.default_rng(child)
            x0 = mean + math.sqrt(variance) * rng.standard_normal(paths)
            phases = rng.uniform(size=(max(1, len(network.waves)), paths))
            draws = rng.standard_normal((n, paths))
            found.append(_run(network, dt, x0, phases, draws))
            # the same noise in steps twice as long: what changes is the error of the step
            pairs = draws[: n - n % 2].reshape(n // 2, 2, paths).sum(axis=1) / math.sqrt(2.0)
            coarse.append(_moments(_run(network, 2.0 * dt, x0, phases, pairs)))
    times = dt * np.arange(n + 1, dtype=float)
    means, variances = (np.array(x) for x in zip(*map(_moments, found), strict=True))
    steps = [_of_steps(times, *pair) for pair in zip((means, variances), map(np.array, zip(*coarse)), strict=True)]
    scatter = [x.std(axis=0, ddof=1) * student(runs) / math.sqrt(runs) for x in (means, variances)]
    _, mean_phi, corr_x, corr_phi, response = (np.mean(x, axis=0) for x in zip(*found, strict=True))
    error = scatter[1] + steps[1]
    good = bool(np.all(np.isfinite(corr_x)))
    largest = float(np.max(error) / max(np.max(np.diagonal(corr_x)), 1e-300)) if good else math.inf
    status, residual = (Status.CONVERGED, 0.0) if good else (Status.NON_FINITE, math.inf)
    covariance = corr_x - np.mean(means[:, :, None] * means[:, None, :], axis=0)
    lags = np.arange(n + 1)
    at = lags[:, None] - lags
    return NonstationarySolution(
        network=network.statement,
        convergence=Convergence(status, residual, n, error=largest),
        settings={"dt": dt, "paths": paths, "runs": runs, "init": initial},
        times=times,
        mean_x=means.mean(axis=0),
        mean_x_error=scatter[0] + steps[0],
        variance=variances.mean(axis=0),
        variance_error=error,
        mean_phi=mean_phi,
        lags=times,
        band=np.where(at >= 0, covariance[lags[:, None], np.maximum(at, 0)], np.nan),
        corr_x=corr_x,
        corr_phi=corr_phi,
        response=response,
        period=network.period,
        state="noisy" if network.noise else "transient",
    )


def _moments(run: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance over the paths of a run."""
    mean, _, corr_x = run[:3]
    return mean, np.diagonal(corr_x) - mean**2


def _of_steps(times: FloatArray, fine: FloatArray, coarse: FloatArray) -> FloatArray:
    """Return the error of the step at each time: of first order, so that it is what twice the step adds."""
    change = np.abs(fine[:, : 2 * coarse.shape[1] - 1 : 2].mean(axis=0) - coarse.mean(axis=0))
    return np.asarray(np.interp(times, times[: 2 * coarse.shape[1] - 1 : 2], change))


def _run(
    network: Reduction, dt: float, x0: FloatArray, phases: FloatArray, draws: FloatArray
) -> tuple[FloatArray, ...]:
    """One causal pass; return <x>, <phi>, <x x>, <phi phi> and G."""
    n, m = draws.shape
    phi, g2 = network.nonlinearity, network.g**2
    feedback = network.symmetry * g2 * dt
    times = dt * np.arange(n + 1, dtype=float)
    mu, private = _input(network, times, dt, phases)
    x = np.empty((n + 1, m))
    rates = np.empty((n + 1, m))
    slopes = np.empty((n + 1, m))
    # chi[sample, t, s] = dx(t)/d xi(s), a derivative by the value held over a step
    chi = np.zeros((m, n + 1, n)) if feedback else np.zeros((0, 0, 0))
    response = np.zeros((n + 1, n + 1))
    factor = np.zeros((n, n))
    x[0] = x0
    for t in range(n + 1):
        rates[t], slopes[t] = phi(x[t]), phi.derivative(x[t])
        if feedback and t:
            response[t, :t] = slopes[t] @ chi[:, t, :t] / (m * dt)
        if t == n:
            break
        row = g2 * (rates[: t + 1] @ rates[t]) / m + private[: t + 1, t]
        factor[t, : t + 1] = _next_row(factor, row, t)
        xi = factor[t, : t + 1] @ draws[: t + 1]
        force = -x[t] + mu[t] + xi
        if feedback:
            force += feedback * (response[t, :t] @ rates[:t])
            weights = (feedback * response[t, :t, None] * slopes[:t]).T  # (sample, u)
            pull = np.matmul(weights[:, None, :], chi[:, :t, :t])[:, 0] if t else np.zeros((m, 0))
            chi[:, t + 1, :t] = (1.0 - dt) * chi[:, t, :t] + dt * pull
            chi[:, t + 1, t] = dt
        x[t + 1] = x[t] + dt * force
    return x.mean(axis=1), rates.mean(axis=1), x @ x.T / m, rates @ rates.T / m, response


def _next_row(factor: FloatArray, row: FloatArray, t: int) -> FloatArray:
    """Return row t of the Cholesky factor of a covariance of which `row` is row t."""
    from scipy.linalg import solve_triangular

    new = np.empty(t + 1)
    new[:t] = solve_triangular(factor[:t, :t], row[:t], lower=True, check_finite=False) if t else row[:0]
    rest = row[t] * (1.0 + _JITTER) - new[:t] @ new[:t]
    new[t] = math.sqrt(max(rest, _JITTER * abs(row[t]), _TINY)) if math.isfinite(rest) else math.nan
    return new


def _input(network: Reduction, times: FloatArray, dt: float, phases: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the deterministic input, (n_time, 1) or (n_time, sample), and the covariance of the Gaussian one."""
    private = network.private_covariance(times[:, None] - times) + np.eye(len(times)) * network.intensity / dt
    given = network.common_input(times)[:, None]
    for wave, its in zip(network.waves, phases, strict=False):  # without a wave there is a row of phases too
        given = given + wave.amplitude * np.sin(2.0 * math.pi * (wave.frequency * times[:, None] + its))
    return given, private
