"""Transients of units stated by equations: independent runs of paths, their errors, and the solution.

The error of the mean over runs is their scatter (one sigma, Student's), and what the step and the number of paths leave
is known from as many runs of half the paths in twice the step: what these change beyond what both scatter by. The
finite number of paths is felt as the finite size of a network is, as 1/m, and the step at its third power, so that the
change is that bias itself, and seven times the error of the step.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.dynamics import UnitDynamics
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling.sampling_error import student
from dmft.numerics.two_time.appended import UsedUpError
from dmft.numerics.unit_paths import BlowUpError
from dmft.theories.composed import common_period, composed
from dmft.theories.nonstationary.initial import stated_state
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.nonstationary.unit_march import Pass, UnitMarch
from dmft.theories.nonstationary.unit_site import marched_site
from dmft.theories.stated_units import StatedUnits

_A_NUMBER = 1.2e-10  # seconds of a path, step and earlier step
_A_STEP = 6e-8  # of a path and step
_BYTES = 16.0  # of a path, step and output


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Steps of a length, and runs of paths."""

    step: float
    n_steps: int
    paths: int
    runs: int

    @property
    def coarse(self) -> Sizes:
        """Half the paths in twice the step."""
        return Sizes(2.0 * self.step, math.ceil(self.n_steps / 2), self.paths // 2, self.runs)


def sampled_units(units: StatedUnits, question: Question, sizes: Sizes, seed: Any) -> NonstationarySolution:
    """Return the transient, averaged over runs, with its errors.

    Raises
    ------
    TooCostlyError : for runs of more than a week, or what does not fit into memory.
    """
    populations = composed(units.statement).named.values()
    sites = tuple(marched_site(site, its.dynamics) for site, its in zip(units.sites, populations, strict=True))
    begin = _begin(units, question.init, [population.dynamics for population in populations])
    _check(units, sizes)
    sequences = (seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)).spawn(2)
    held = _Held(units, question, sizes, begin)
    found: list[list[Pass]] = [[], []]
    todo = [(of, child) for of in (0, 1) for child in sequences[of].spawn(sizes.runs)]
    if question.progress:
        from tqdm import tqdm

        todo = tqdm(todo, desc="runs")
    for of, child in todo:
        its = sizes.coarse if of else sizes
        try:
            found[of].append(UnitMarch(units, sites, its.step, its.n_steps, its.paths, begin, child).run())
        except BlowUpError as error:
            detail = (
                f"stopped: a unit is not finite any more: {error}; the equations grow without limit in such a field, "
                "or faster than the step follows: take a smaller dt"
            )
            return held.failed(Status.NON_FINITE, detail)
        except UsedUpError as error:
            return held.failed(Status.UNRESOLVED, f"not resolved: {error} (with half the paths); raise paths")
    return held.solution(*found)


@dataclasses.dataclass(frozen=True, eq=False)
class _Held:
    """What every outcome holds."""

    units: StatedUnits
    question: Question
    sizes: Sizes
    begin: tuple[FloatArray, FloatArray]

    def solution(self, fine: list[Pass], coarse: list[Pass]) -> NonstationarySolution:
        """Return the solution of two sets of runs."""
        mean_x, mean_x_error = _estimated(fine, coarse, lambda run: run.mean_x, _of_time)
        corr_x, corr_x_error = _estimated(fine, coarse, lambda run: run.corr_x, _of_times)
        corr_phi, corr_phi_error = _estimated(fine, coarse, lambda run: run.corr_phi, _of_times)
        mean_phi = np.mean([run.mean_phi for run in fine], axis=0)
        variance, variance_error = _estimated(fine, coarse, _variance, _of_time)
        covariance = corr_x - np.mean([run.mean_x[:, :, None] * run.mean_x[:, None, :] for run in fine], axis=0)
        lags = np.arange(self.sizes.n_steps + 1)
        at = lags[:, None] - lags
        band = np.where(at >= 0, covariance[:, lags[:, None], np.maximum(at, 0)], np.nan)
        size = np.maximum(np.max(variance, axis=1), 1e-300)
        of_steps = float(np.max(np.max(_beyond(fine, coarse, _variance, _of_time), axis=1) / size))
        error = float(np.max(np.max(variance_error, axis=1) / size))
        status, detail, rtol = Status.CONVERGED, "", self.question.rtol
        if not np.all(np.isfinite(corr_x)) or not np.all(np.isfinite(corr_phi)):
            status, error = Status.NON_FINITE, math.inf
        elif error > rtol:
            more = math.ceil((error / rtol) ** 2)
            status = Status.UNRESOLVED
            detail = (
                f"not resolved: the error is up to {error:.2g} of the variance, more than rtol={rtol:g} (steps and "
                f"number of paths {of_steps:.2g}, the rest scatter of {self.sizes.runs} runs); take {more} times as "
                "many paths, or runs, or a smaller dt"
            )
        arrays = {
            "mean_x": mean_x,
            "mean_x_error": mean_x_error,
            "variance": variance,
            "variance_error": variance_error,
            "mean_phi": mean_phi,
            "band": band,
            "corr_x": corr_x,
            "corr_x_error": corr_x_error,
            "corr_phi": corr_phi,
            "corr_phi_error": corr_phi_error,
        }
        return self._of(Convergence(status, of_steps, self.sizes.n_steps, (), detail, error), arrays)

    def failed(self, status: Status, detail: str) -> NonstationarySolution:
        """Return a solution that holds nothing but the reason."""
        n, p = self.sizes.n_steps + 1, len(self.units)
        line, square = np.full((p, n), np.nan), np.full((p, n, n), np.nan)
        arrays: dict[str, FloatArray] = {
            name: line for name in ("mean_x", "mean_x_error", "variance", "variance_error")
        }
        arrays |= {"mean_phi": line} | {
            name: square for name in ("band", "corr_x", "corr_x_error", "corr_phi", "corr_phi_error")
        }
        return self._of(Convergence(status, math.inf, self.sizes.n_steps, (), detail, math.inf), arrays)

    def _of(self, convergence: Convergence, arrays: dict[str, FloatArray]) -> NonstationarySolution:
        units, sizes = self.units, self.sizes
        times = sizes.step * np.arange(sizes.n_steps + 1, dtype=float)
        start = self.begin[0].tolist(), self.begin[1].tolist()
        init = tuple(map(tuple, start)) if units.named else tuple(x[0] for x in start)
        return NonstationarySolution(
            network=units.statement,
            convergence=convergence,
            settings={"dt": sizes.step, "paths": sizes.paths, "runs": sizes.runs, "init": init},
            times=times,
            lags=times,
            **{name: units.shaped(values) for name, values in arrays.items()},
            period=common_period([drive for site in units.sites for drive in site.moving]),
            state="noisy" if units.noisy else "transient",
        )


def _variance(run: Pass) -> FloatArray:
    return np.asarray(np.diagonal(run.corr_x, axis1=1, axis2=2) - run.mean_x**2)


def _of_time(values: FloatArray, n: int) -> FloatArray:
    """Return values of every second time at all n, by lines between them, shape (P, n)."""
    at = np.arange(n, dtype=float)
    return np.array([np.interp(at, 2.0 * np.arange(len(row)), row) for row in values])


def _of_times(values: FloatArray, n: int) -> FloatArray:
    """Return values of every second pair of times at all n^2."""
    half = np.array([_of_time(part, n) for part in values])
    return np.array([_of_time(part.T, n).T for part in half])


def _estimated(fine: list[Pass], coarse: list[Pass], of: Any, between: Any) -> tuple[FloatArray, FloatArray]:
    """Return the mean over runs, and its error."""
    values = np.array([of(run) for run in fine])
    scatter = student(len(values)) / math.sqrt(len(values)) * np.std(values, axis=0, ddof=1)
    return values.mean(axis=0), np.asarray(scatter + _beyond(fine, coarse, of, between))


def _beyond(fine: list[Pass], coarse: list[Pass], of: Any, between: Any) -> FloatArray:
    """Return what half the paths in twice the step change beyond what both scatter by, at all times."""
    values, rough = (np.array([of(run) for run in runs]) for runs in (fine, coarse))
    every = (slice(None), slice(None), *(slice(None, None, 2),) * (values.ndim - 2))
    shared = values[every]
    within = (slice(None), slice(None), *(slice(None, n) for n in shared.shape[2:]))
    rough = rough[within]
    change = rough.mean(axis=0) - shared.mean(axis=0)
    chance = (rough.var(axis=0, ddof=1) + shared.var(axis=0, ddof=1)) / len(values)
    return np.asarray(between(np.sqrt(np.maximum(change**2 - chance, 0.0)), values.shape[-1]))


def _begin(units: StatedUnits, init: Any, dynamics: list[UnitDynamics]) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of x(0) of each population, shape (P,)."""
    if isinstance(init, NonstationarySolution):
        raise ValueError("sampled transients begin at init=(mean, variance), not at the end of a solution")
    if init is not None:
        return stated_state(units, init)
    variance = np.ones(len(units))
    for p, unit in enumerate(dynamics):
        if unit.immigrates is not None:  # of a size at which competition does not empty the network at once
            variance[p] = ((1.0 + units.sites[p].bias) / (1.0 + max(0.0, -float(units.means[p].sum())))) ** 2
    return np.zeros(len(units)), variance


def _check(units: StatedUnits, sizes: Sizes) -> None:
    n, outputs = float(sizes.n_steps), len(units.outputs) + units.variances.shape[0] * len(units)
    seconds = sizes.runs * sizes.paths * n * (_A_NUMBER * outputs * n + _A_STEP * len(units))
    memory = _BYTES * sizes.paths * n * outputs + 8.0 * n * n * len(units) * (2.0 * sizes.runs * 1.25 + 8.0)
    check_cost(
        f"{sizes.runs} runs of {sizes.paths} paths over {sizes.n_steps} steps",
        seconds=seconds,
        memory=memory,
        remedy="take a shorter duration, a larger dt, fewer paths or runs",
    )
