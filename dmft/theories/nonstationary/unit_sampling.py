"""Transients of units stated by equations: independent runs of paths, and the solution that they are."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.two_time.appended import UsedUpError
from dmft.numerics.unit_paths import BlowUpError
from dmft.progress import progress_bar
from dmft.theories.composed import common_period
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.nonstationary.unit_errors import BY_PAIRS, Gathered, beyond, error_of, largest
from dmft.theories.nonstationary.unit_march import UnitMarch
from dmft.theories.nonstationary.unit_site import MarchedSite
from dmft.theories.stated_units import StatedUnits

_A_NUMBER = 4e-10  # seconds of a path, step and earlier step
_A_STEP = 6e-8  # of a path and step
_BYTES = 16.0  # of a path, step and output
_SQUARES = 26.0  # arrays of pairs of times that are held at once


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


@dataclasses.dataclass(frozen=True, eq=False)
class Sampling:
    """A transient to be sampled.

    Attributes
    ----------
    units, sites : what is solved, and how each population is marched.
    begin : mean and variance of x(0) of each population, shape (P,) each.
    question, sizes : how long, in which steps, by how many paths.
    """

    units: StatedUnits
    sites: tuple[MarchedSite, ...]
    begin: tuple[FloatArray, FloatArray]
    question: Question
    sizes: Sizes

    def solved(self, seed: Any) -> NonstationarySolution:
        """Return the transient, averaged over runs, with its errors.

        Raises
        ------
        TooCostlyError : for runs of more than a week, or what does not fit into memory.
        """
        self._check()
        sequences = (seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)).spawn(2)
        found = Gathered(), Gathered()
        todo: Any = [(of, child) for of in (0, 1) for child in sequences[of].spawn(self.sizes.runs)]
        if self.question.progress:
            todo = progress_bar(todo, desc="runs")
        for of, child in todo:
            its = self.sizes.coarse if of else self.sizes
            march = UnitMarch(self.units, self.sites, its.step, its.n_steps, its.paths, self.begin, child)
            try:
                with np.errstate(over="ignore", invalid="ignore"):
                    found[of].add(march.run())
            except BlowUpError as error:
                detail = (
                    f"stopped: a unit is not finite any more: {error}; the equations grow without limit in such a "
                    "field, or faster than the step follows: take a smaller dt"
                )
                return self._failed(Status.NON_FINITE, detail)
            except UsedUpError as error:
                detail = f"not resolved: {error}, for a time so long (half the paths are for the error); raise paths"
                return self._failed(Status.UNRESOLVED, detail)
        return self._solution(*found)

    def _solution(self, fine: Gathered, coarse: Gathered) -> NonstationarySolution:
        names = ("mean_x", "variance", *BY_PAIRS)
        arrays = {name: fine.mean[name] for name in (*names, "mean_phi")}
        arrays |= {f"{name}_error": error_of(fine, coarse, name) for name in names}
        covariance = arrays["corr_x"] - fine.mean["square"]
        lags = np.arange(self.sizes.n_steps + 1)
        at = lags[:, None] - lags
        arrays["band"] = np.where(at >= 0, covariance[:, lags[:, None], np.maximum(at, 0)], np.nan)
        of_steps = largest(beyond(fine, coarse, "variance"), arrays["variance"])
        error = largest(arrays["variance_error"], arrays["variance"])
        status, detail, rtol = Status.CONVERGED, "", self.question.rtol
        if not all(np.all(np.isfinite(arrays[name])) for name in names):
            status, error = Status.NON_FINITE, math.inf
        elif not math.isfinite(error):
            status, detail = Status.UNRESOLVED, "not resolved: errors are not finite; take a smaller dt, or more paths"
        elif error > rtol:
            more = math.ceil((error / rtol) ** 2)
            status = Status.UNRESOLVED
            detail = (
                f"not resolved: the error is up to {error:.2g} of the variance, more than rtol={rtol:g} (steps and "
                f"number of paths {of_steps:.2g}, the rest scatter of {self.sizes.runs} runs); take {more} times as "
                "many paths, or runs, or a smaller dt"
            )
        return self._of(Convergence(status, of_steps, self.sizes.n_steps, (), detail, error), arrays)

    def _failed(self, status: Status, detail: str) -> NonstationarySolution:
        """Return a solution that holds nothing but the reason."""
        n, p = self.sizes.n_steps + 1, len(self.units)
        line, square = np.full((p, n), np.nan), np.full((p, n, n), np.nan)
        arrays: dict[str, FloatArray] = dict.fromkeys(
            ("mean_x", "mean_x_error", "variance", "variance_error", "mean_phi"), line
        )
        for name in ("band", *BY_PAIRS, *(f"{name}_error" for name in BY_PAIRS)):
            arrays[name] = square
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

    def _check(self) -> None:
        sizes, units = self.sizes, self.units
        n, heard = float(sizes.n_steps), len(units.outputs) + units.variances.shape[0] * len(units)
        seconds = sizes.runs * sizes.paths * n * (_A_NUMBER * heard * n + _A_STEP * len(units))
        memory = _BYTES * sizes.paths * n * heard + 8.0 * n * n * len(units) * _SQUARES
        check_cost(
            f"{sizes.runs} runs of {sizes.paths} paths over {sizes.n_steps} steps",
            seconds=seconds,
            memory=memory,
            remedy="take a shorter duration, a larger dt, fewer paths or runs",
        )
