"""Lyapunov spectra of finite networks, and what follows from them."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import spelling
from dmft.models.statement import Statement
from dmft.numerics.value import Value
from validation.ensemble import checked_count
from validation.estimators.lyapunov import Lyapunov
from validation.notation import number_with_error
from validation.plan import checked_matrix, default_dt
from validation.running import simulate
from validation.shown import Shown
from validation.simulation import Simulation


@dataclass(frozen=True, eq=False, repr=False)
class LyapunovSpectrum(Shown):
    """The k largest Lyapunov exponents of networks of one size.

    Attributes
    ----------
    size : number of neurons N.
    exponents : means over the realizations, shape (k,), in units of 1/tau, natural log, decreasing.
    standard_error : of the means, shape (k,): from the scatter between realizations, or for a single one from the
        scatter between parts of its time.
    by_realization : shape (n_realizations, k).
    times, history : running estimates, shape (n_time,) and (n_time, k).
    simulation : the `Simulation`, with its seeds.
    """

    size: int
    exponents: FloatArray
    standard_error: FloatArray
    by_realization: FloatArray
    times: FloatArray = field(repr=False)
    history: FloatArray = field(repr=False)
    simulation: Simulation = field(repr=False)

    @property
    def kaplan_yorke_dimension(self) -> Value:
        """D = j + sum_{i <= j} lambda_i/|lambda_{j+1}|, j the last index at which the sum is not negative.

        Raises
        ------
        ValueError : if k is too small: the sum of all exponents known is still positive.
        """
        return self._averaged(_kaplan_yorke, "Kaplan-Yorke")

    @property
    def entropy_rate(self) -> Value:
        """Sum of the positive exponents, in nats per tau: by Pesin's identity the entropy rate.

        Raises
        ------
        ValueError : if k is too small: all exponents known are positive.
        """
        return self._averaged(_positive_sum, "Pesin")

    def _averaged(self, of: Any, method: str) -> Value:
        values = [of(np.sort(row)[::-1], self.size) for row in self.by_realization]
        error = np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
        return Value(float(np.mean(values)), float(error), method)

    def said(self) -> str:
        """Return the largest exponents, with their errors."""
        shown = ", ".join(
            number_with_error(value, error)
            for value, error in zip(self.exponents[:4], self.standard_error[:4], strict=True)
        )
        more = ", ..." if len(self.exponents) > 4 else ""
        return f"{len(self.exponents)} Lyapunov exponents (1/tau) of N = {self.size}: {shown}{more}"


def _kaplan_yorke(exponents: FloatArray, size: int) -> float:
    sums = np.cumsum(exponents)
    if sums[0] < 0:
        return 0.0
    negative = np.flatnonzero(sums < 0)
    if len(negative) == 0:
        if len(exponents) == size:
            return float(size)
        raise ValueError(f"k must be larger: the sum of the first {len(exponents)} exponents is still {sums[-1]:.3g}")
    j = int(negative[0])
    return j + float(sums[j - 1] / abs(exponents[j]))


def _positive_sum(exponents: FloatArray, size: int) -> float:
    if exponents[-1] > 0 and len(exponents) < size:
        raise ValueError(f"k must be larger: exponent {len(exponents)} is still positive, {exponents[-1]:.3g}")
    return float(np.sum(exponents[exponents > 0]))


@spelling
def lyapunov_spectrum(
    network: Statement,
    size: int | None = None,
    k: int | None = None,
    *,
    couplings: Any = None,
    n_realizations: int = 1,
    duration: float = 100.0,
    burn_in: float | None = None,
    interval: float = 1.0,
    dt: float | None = None,
    dtype: str = "float32",
    integrator: str | None = None,
    seed: Any,
    executor: Executor | None = None,
    progress: bool = False,
) -> LyapunovSpectrum:
    """Return the k largest Lyapunov exponents of networks of N neurons, by repeated QR.

    Equation: dV/dt = (-1 + J diag(phi'(x(t)))) V, V = Q R every `interval`; lambda_i = <log R_ii>/interval
    [Benettin et al., Meccanica 15, 9 (1980)]. The vectors share each product with the state, and a multistep method
    takes its history along into the new basis.

    Parameters
    ----------
    network : the network.
    size : number of neurons; left out where `couplings` are given.
    k : number of exponents; None for all.
    couplings : a matrix J of one's own, such as that of a trained network, shape (N, N); of the network all but its
        couplings counts, as in `simulate`.
    interval : time between two factorisations, in units of tau.
    n_realizations, duration, burn_in, dt, dtype, integrator, seed, executor, progress : as in `simulate`, but
        for a shorter time step (0.0625 instead of 0.1) when more than half of the spectrum is asked for: the error of
        the deepest exponents is 3e-4 then, and 2e-3 with the whole step.

    Returns
    -------
    LyapunovSpectrum

    Raises
    ------
    ValueError, TypeError : for k > N and other arguments out of range.
    SimulationError : if a state is no longer finite.

    Accuracy
    --------
    Of the time step: 1e-4 for the first 50 exponents of N = 500 (tests/benchmarks/test_spectrum_speed.py); systems of
    known exponents and the sum rule in tests/limits/test_simulation_lyapunov.py.

    Cost
    ----
    N k (steps) for the products and N k^2 for each factorisation: N = 500, k = 50, 100 tau: about 0.5 s of one core.
    """
    if couplings is not None:
        if size is not None:
            raise ValueError(f"size must be left out: it is that of the couplings; got {size!r}")
        couplings = checked_matrix(couplings)
        size = len(couplings)
    size = checked_count("size", size, least=2)
    k = size if k is None else checked_count("k", k)
    if dt is None and 2 * k > size:
        dt = default_dt(network, integrator, shortened=0.6)
    simulation = simulate(
        network,
        size,
        n_realizations=n_realizations,
        duration=duration,
        burn_in=burn_in,
        dt=dt,
        dtype=dtype,
        measure=(Lyapunov(k, interval),),
        integrator=integrator,
        couplings=couplings,
        seed=seed,
        executor=executor,
        progress=progress,
    )
    by_realization = simulation.values("lyapunov_exponents", size)
    history = simulation.values("lyapunov_history", size)
    times = simulation.coordinates["exponent_time"]
    if len(by_realization) > 1:
        error = np.std(by_realization, axis=0, ddof=1) / math.sqrt(len(by_realization))
    else:
        error = _error_in_time(times, history[0])
    order = np.argsort(-np.mean(by_realization, axis=0), kind="stable")
    return LyapunovSpectrum(
        size=size,
        exponents=np.mean(by_realization, axis=0)[order],
        standard_error=error[order],
        by_realization=by_realization,
        times=times,
        history=np.mean(history, axis=0)[:, order],
        simulation=simulation,
    )


def _error_in_time(times: FloatArray, history: FloatArray, n_batches: int = 8) -> FloatArray:
    """Standard error of a time average from the means over equal parts of the time."""
    if len(times) < n_batches:
        return np.full(history.shape[1], np.nan)
    last = np.searchsorted(times, times[-1] * np.arange(1, n_batches + 1) / n_batches - 1e-9)
    ends = np.concatenate([[0.0], times[last]])
    sums = np.concatenate([np.zeros((1, history.shape[1])), history[last] * times[last, None]])
    batches = np.diff(sums, axis=0) / np.diff(ends)[:, None]
    return np.asarray(np.std(batches, axis=0, ddof=1) / math.sqrt(n_batches))
