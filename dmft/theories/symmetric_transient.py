"""solve_symmetric_transient: transients of partially symmetric networks, by sampling the single-site process."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import finite, integer, non_negative, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.single_site.sampling_error import student
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.solution import OnFailure, Solution, delivered

FloatArray = NDArray[np.float64]

_JITTER = 1e-6  # of the variance: a smooth covariance is singular in double precision
_LARGEST_DT = 0.2
_MOST_BYTES = 4e9


@dataclass(frozen=True, eq=False, kw_only=True)
class SymmetricTransientSolution(Solution):
    """Sampled transient of a partially symmetric network.

    Attributes
    ----------
    times : shape (n_time,), from 0, in units of tau.
    mean, variance : of x over neurons, shape (n_time,), with `mean_error`, `variance_error`: their errors, of sampling
        (one sigma, from independent runs, whose noise feeds back on itself) and of the step (what twice the step adds).
    corr_x, corr_phi : <x(t) x(s)>, <phi(t) phi(s)>, [t, s], shape (n_time, n_time).
    response : G(t, s) = <d phi(x(t))/d xi(s)> in units of 1/tau, [t, s], zero for s >= t.
    """

    times: FloatArray = field(repr=False)
    mean: FloatArray = field(repr=False)
    mean_error: FloatArray = field(repr=False)
    variance: FloatArray = field(repr=False)
    variance_error: FloatArray = field(repr=False)
    corr_x: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    response: FloatArray = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("crisanti1987", "marti2018")
    coordinates: ClassVar[dict[str, str]] = {"times": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "mean": (("times",), "1"),
        "mean_error": (("times",), "1"),
        "variance": (("times",), "1"),
        "variance_error": (("times",), "1"),
        "corr_x": (("times", "times_2"), "1"),
        "corr_phi": (("times", "times_2"), "1"),
        "response": (("times", "times_2"), "1/tau"),
    }


@answering
def solve_symmetric_transient(
    network: Any,
    duration: float,
    *,
    seed: Any,
    dt: float = 0.1,
    n_samples: int = 2000,
    n_runs: int = 4,
    init: tuple[float, float] = (0.0, 1.0),
    on_failure: OnFailure = "raise",
    progress: bool = False,
) -> SymmetricTransientSolution:
    """Solve for the transient of a network with partially symmetric couplings, by one causal pass of samples.

    x' = -x + I(t) + xi + rho g^2 int_0^t G(t, s) phi(x(s)) ds,   <xi(t) xi(s)> = g^2 <phi(t) phi(s)> + K_I(t, s),
    G(t, s) = <d phi(x(t))/d xi(s)>, rho the symmetry. With the memory term x is not Gaussian. At each step the
    covariance of xi is measured on the samples so far, xi is drawn given its past (its Cholesky factor grows by a row),
    and each sample carries its tangents dx(t)/d xi(s), which feel the same memory. Euler steps; G(t, t) = 0 (Ito).

    Parameters
    ----------
    network : `RandomNetwork` with any symmetry and drive.
    duration : time to solve for, in units of tau.
    seed : integer or `numpy.random.SeedSequence`.
    dt : Euler step, at most 0.2.
    n_samples : samples of a run.
    n_runs : independent runs, at least 2: their scatter is the error.
    init : (mean, variance) of x(0), Gaussian and independent of the couplings.
    on_failure : "raise", "warn" or "ignore".
    progress : show a progress bar.

    Raises
    ------
    NotConvergedError : NON_FINITE, if the samples diverge.
    ValueError, TypeError : for arguments out of range, or tangents that need more than 4 GB.

    Notes
    -----
    Accuracy: first order in dt, as the errors say (`tests/statistical/test_sampled_errors.py`). Against finite networks
    with the same step, and against
    the Gaussian theory at symmetry 0, in `tests/statistical/test_nonstationary_symmetric.py`.
    Cost: n_runs n_samples T^3/3 multiplications and 8 n_samples T^2 bytes, T = duration/dt.
    """
    reduction = reduced(network)
    if not reduction.centred or reduction.plastic:
        raise ValueError(
            f"the sampled transient knows random couplings without a mean and without plasticity, got {network!r}"
        )
    duration, dt = positive("duration", duration), positive("dt", dt)
    if dt > _LARGEST_DT:
        raise ValueError(f"dt must be at most {_LARGEST_DT}: the steps are Euler's; got {dt}")
    mean, variance = finite("mean of x(0)", init[0]), non_negative("variance of x(0)", init[1])
    n_samples, n_runs = integer("n_samples", n_samples, least=2), integer("n_runs", n_runs, least=1)
    if n_runs < 2:
        raise ValueError(f"n_runs must be at least 2, got {n_runs}: the scatter between runs is the error")
    n = math.ceil(min(duration / dt, 1e9) - 1e-9)
    check_cost(
        f"{n_runs} runs of {n_samples} samples over {n} steps",
        seconds=1e-9 * n_runs * n_samples * float(n) ** 2 * (1.0 + n / 3.0),
        remedy="take a shorter duration, a larger dt, fewer samples or runs",
    )
    needed = 8.0 * n_samples * (n + 1) ** 2
    if needed > _MOST_BYTES:
        raise ValueError(f"n_samples, duration and dt need {needed:.2g} bytes of tangents, more than {_MOST_BYTES:.0e}")
    root = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    runs = root.spawn(n_runs)
    if progress:
        from tqdm import tqdm

        runs = tqdm(runs, desc="runs")
    found, coarse = [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for child in runs:
            rng = np.random.default_rng(child)
            x0, phases = mean + math.sqrt(variance) * rng.standard_normal(n_samples), rng.uniform(size=n_samples)
            draws = rng.standard_normal((n, n_samples))
            found.append(_run(reduction, dt, x0, phases, draws))
            # the same noise in steps twice as long: what changes is the error of the step
            pairs = draws[: n - n % 2].reshape(n // 2, 2, n_samples).sum(axis=1) / math.sqrt(2.0)
            coarse.append(_run(reduction, 2.0 * dt, x0, phases, pairs)[:2])
    means, squares, corr_x, corr_phi, response = (np.array(x) for x in zip(*found, strict=True))
    variances = squares - means**2
    good = bool(np.all(np.isfinite(corr_x)))
    times = dt * np.arange(n + 1, dtype=float)
    coarse_means, coarse_squares = (np.array(x) for x in zip(*coarse, strict=True))
    of_mean = _of_steps(times, means, coarse_means)
    of_variance = _of_steps(times, variances, coarse_squares - coarse_means**2)
    root_runs = student(n_runs) / math.sqrt(n_runs)
    variance_error = variances.std(axis=0, ddof=1) * root_runs + of_variance
    largest = int(np.argmax(variance_error)) if good else 0
    outcome = Convergence(
        Status.CONVERGED if good else Status.NON_FINITE,
        0.0 if good else math.inf,
        n,
        error=float(variance_error[largest] / max(np.max(np.diagonal(corr_x.mean(axis=0))), 1e-300))
        if good
        else math.inf,
    )
    solution = SymmetricTransientSolution(
        network=network,
        convergence=outcome,
        settings={"dt": dt, "n_samples": n_samples, "n_runs": n_runs, "init": (mean, variance)},
        times=times,
        mean=means.mean(axis=0),
        mean_error=means.std(axis=0, ddof=1) * root_runs + of_mean,
        variance=variances.mean(axis=0),
        variance_error=variance_error,
        corr_x=corr_x.mean(axis=0),
        corr_phi=corr_phi.mean(axis=0),
        response=response.mean(axis=0),
    )
    return delivered(solution, on_failure)


def _of_steps(times: FloatArray, fine: FloatArray, coarse: FloatArray) -> FloatArray:
    """Return the error of the step at each time: of first order, so that it is what twice the step adds."""
    change = np.abs(fine[:, : 2 * coarse.shape[1] - 1 : 2].mean(axis=0) - coarse.mean(axis=0))
    return np.interp(times, times[: 2 * coarse.shape[1] - 1 : 2], change)


def _run(
    network: Reduction, dt: float, x0: FloatArray, phases: FloatArray, draws: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """One causal pass; return <x>, <x^2>, <x x>, <phi phi> and G."""
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
    return x.mean(axis=1), np.mean(x**2, axis=1), x @ x.T / m, rates @ rates.T / m, response


def _next_row(factor: FloatArray, row: FloatArray, t: int) -> FloatArray:
    """Return row t of the Cholesky factor of a covariance of which `row` is row t."""
    from scipy.linalg import solve_triangular

    new = np.empty(t + 1)
    new[:t] = solve_triangular(factor[:t, :t], row[:t], lower=True, check_finite=False) if t else row[:0]
    rest = row[t] * (1.0 + _JITTER) - new[:t] @ new[:t]
    new[t] = math.sqrt(max(rest, _JITTER * abs(row[t]))) if math.isfinite(rest) else math.nan
    return new


def _input(network: Reduction, times: FloatArray, dt: float, phases: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the deterministic input, (n_time, 1) or (n_time, sample), and the covariance of the Gaussian one."""
    private = network.private_covariance(times[:, None] - times) + np.eye(len(times)) * network.intensity / dt
    given = network.common_input(times)[:, None]
    for wave in network.waves:
        given = given + wave.amplitude * np.sin(2.0 * math.pi * (wave.frequency * times[:, None] + phases))
    return given, private
