"""The numbers of theories of periodically driven networks, at the very times that a simulation samples."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from validation.stationary_numbers import check_same, measured_lags, with_errors
from validation.transient_numbers import transient_numbers


def nonstationary_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read the last period of a `dmft.NonstationarySolution`; where a transient was measured, that.

    Raises
    ------
    ValueError : for a solution that has not reached its last state ("transient"), or has no period.
    """
    check_same(solution, simulation)
    if "transient_mean" in simulation.variables:
        return transient_numbers(solution, simulation)
    if solution.state == "transient" or not solution.period:
        raise ValueError(
            f"theory must have reached a state that repeats with its drive, got state={solution.state!r}, "
            f"period={solution.period}: solve for a longer duration"
        )
    rows, populated = solution.last_period(), solution.blocks.populated
    step = solution.times[1] - solution.times[0]
    mean, band = populated(solution.mean_x), populated(solution.band)

    def lagged(lag: float) -> FloatArray | None:
        cell = round(lag / step)
        if cell >= len(solution.lags) or abs(solution.lags[cell] - lag) > 1e-6 or rows.start < cell:
            return None
        earlier = mean[:, rows.start - cell : rows.stop - cell]
        return np.asarray(band[:, rows, cell] + mean[:, rows] * earlier)

    start = float(solution.times[rows.start]) % solution.period
    return _over_period(solution, simulation, solution.times[rows] - solution.times[rows.start] + start, rows, lagged)


def periodic_numbers(solution: Any, simulation: Any) -> dict[str, float]:
    """Read a `dmft.PeriodicSolution`.

    Raises
    ------
    ValueError : where it is unstable: networks are then in a chaotic state instead.
    """
    check_same(solution, simulation)
    if not str(dmft.lyapunov_exponent(solution).method).startswith("locked"):
        raise ValueError("theory must be the state of the network, got a locked state that is unstable")
    n, populated = len(solution.times), solution.blocks.populated
    mean, covariance = populated(solution.mean_x), populated(solution.covariance)

    def lagged(lag: float) -> FloatArray | None:
        cell = round(lag / solution.period * n)
        if abs(cell * solution.period / n - lag) > 1e-6:
            return None
        at = np.arange(n)
        earlier = (at - cell) % n
        return np.asarray(covariance[:, at, earlier] + mean * mean[:, earlier])

    return _over_period(solution, simulation, solution.times, slice(None), lagged)


def _over_period(solution: Any, simulation: Any, times: FloatArray, rows: slice, lagged: Any) -> dict[str, float]:
    """Return averages over the sampled times, and what is known at each phase, of a state given at `times`."""
    sampling = simulation.plan.sampling
    sampled = sampling.interval * (sampling.n_burn + 1 + np.arange(sampling.n_samples))

    names = solution.blocks.names if solution.blocks.named else ()
    numbers: dict[str, float] = {}
    mean, variance, rate = (
        solution.blocks.populated(getattr(solution, name))[:, rows] for name in ("mean_x", "variance", "mean_phi")
    )

    def put(name: str, bracket: str, values: FloatArray, where: FloatArray) -> None:
        """Add the average over some times of the values of each population."""
        for index, of_one in enumerate(values):
            suffix = f".{names[index]}" if names else ""
            found = np.interp(where, times, of_one, period=solution.period)
            numbers[f"{name}{suffix}{bracket}"] = float(np.mean(found))

    if "corr_x" in simulation.variables:
        put("mean_x", "", mean, sampled)
        put("mean_phi", "", rate, sampled)
        for lag in measured_lags(simulation):
            products = lagged(lag)
            if products is not None:
                later = sampled[round(lag / sampling.interval) :]  # of the pairs within what was sampled
                put("corr_x", f"[{lag:g}]", products, later)
    if "period_mean" in simulation.variables:
        phases = simulation.coordinates["phase"]
        for phase in phases[:: max(1, len(phases) // 5)]:
            for name, values in (("mean", mean), ("variance", variance), ("rate", rate)):
                put(f"period_{name}", f"[{phase:g}]", values, np.array([phase]))
    return with_errors(solution, simulation, numbers)
