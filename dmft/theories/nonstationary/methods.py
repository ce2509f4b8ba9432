"""The methods for transients in continuous time: two times for a Gaussian x, and samples of its paths."""

from __future__ import annotations

import dataclasses
import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.blas import one_blas_thread
from dmft.budget import MOST, OutOfWorkError, allow, limited
from dmft.cost import TooCostlyError
from dmft.models.checks import integer, positive
from dmft.models.spelt import Spelt
from dmft.theories.composed import discrete
from dmft.theories.low_rank import has_low_rank
from dmft.theories.nonstationary.accuracy import continued, with_companions
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.grid import MOST_STEPS, check_march, make_grid
from dmft.theories.nonstationary.initial import initial_state, stated_numbers
from dmft.theories.nonstationary.input import N_PHASES
from dmft.theories.nonstationary.marching import March
from dmft.theories.nonstationary.outcome import solution_of
from dmft.theories.nonstationary.phases import enough_phases, too_few
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.sampling import LARGEST_DT, sample
from dmft.theories.nonstationary.solution import NonstationarySolution
from dmft.theories.reduction import reduced

_PATIENCE = 2.0  # times the estimate of a march that it is given; steep averages take longer than that knows


@dataclass(frozen=True)
class TwoTimeMarch(Spelt):
    """Mean and covariance of Gaussian x in every population, row by row in time; a random phase is conditioned on.

    Second order in dt; the error is known from marches with two and four times the step, a longer window and a shorter
    series of the averages. Cost: 35 ns a cell of the band (ReLU), and 5/16 for the others; memory duration x window /
    dt^2 numbers.

    Parameters
    ----------
    dt : step, shortened so that a period of the drive is a whole number of steps; None for 0.1 of the shortest time
        constant, or what a fast drive needs.
    window : lag up to which the covariance is kept; beyond it the row is taken to be periodic like the drive. None to
        keep the covariance from t = 0 on.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    dt: float | None = None
    window: float | None = None

    def __post_init__(self) -> None:
        for name in ("dt", "window"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, positive(name, getattr(self, name)))

    def refuses(self, question: Question) -> str | None:
        """Return why not: a process that is not Gaussian."""
        if elsewhere := _elsewhere(question):
            return elsewhere
        try:
            _ = question.gaussian
        except ValueError as reason:
            return str(reason)
        return None

    def solve(self, question: Question) -> NonstationarySolution:
        """March from the initial state, or on from a solution."""
        blocks, init, progress = question.gaussian, question.init, question.progress
        if isinstance(init, NonstationarySolution):
            return self._continued(question, init)
        averages = Averages(blocks.nonlinearities)
        grid = make_grid(blocks, question.duration, self.dt, self.window)
        check_march(blocks, averages, grid, keep_band=True)
        threads = one_blas_thread() if averages.series else nullcontext()  # a thin product at each time
        try:
            with limited(), threads:
                state = initial_state(blocks, averages, init)
                grid = enough_phases(blocks, averages, state, grid)
                seconds = check_march(blocks, averages, grid, keep_band=True)
                allow(max(0.0, _PATIENCE * seconds - MOST))
                march = with_companions(March(blocks, averages, state, grid, keep_band=True, progress=progress))
        except OutOfWorkError as error:
            remedy = "take a shorter duration, a larger dt or a less steep nonlinearity"
            raise TooCostlyError(f"the march is stopped: {error}; {remedy}") from None
        return solution_of(march, self.window, question.rtol)

    def _continued(self, question: Question, init: NonstationarySolution) -> NonstationarySolution:
        """Go on with the march of a solution.

        Raises
        ------
        ValueError : for a solution that is no march, of another network, or that has diverged; for another step or
            window than it has.
        """
        march = init.march
        if march is None:
            raise ValueError("init must be a solution by dmft.TwoTimeMarch to go on from; it is sampled")
        if init.network != question.network:
            raise ValueError(f"init must be a solution of the same network, got one of {init.network!r}")
        for name, given in (("dt", self.dt), ("window", self.window)):
            has = init.settings[name]
            if given is not None and (has is None or abs(given - has) > 1e-9 * has):
                raise ValueError(f"{name} must be that of the solution to go on from, {has}, or None; got {given}")
        if march.failure or not np.all(np.isfinite(march.v)):
            raise ValueError("init must not have diverged")
        grid = march.grid
        steps = question.duration / grid.dt
        more: Any = max(1, math.ceil(steps - 1e-9)) if steps < MOST_STEPS else math.inf
        growing = more if grid.width > grid.n_steps else 0
        longer = dataclasses.replace(grid, n_steps=grid.n_steps + more, width=grid.width + growing)
        check_march(march.blocks, march.averages, longer, keep_band=True)
        result = continued(march, more, question.progress)
        if too_few(result):  # from the start, with all phases
            grid = dataclasses.replace(result.grid, phases=N_PHASES)
            start = result.m[:, 0], result.v[:, 0]
            again = March(result.blocks, result.averages, start, grid, keep_band=True, progress=question.progress)
            result = with_companions(again)
        return solution_of(result, init.settings["window"], question.rtol)


@dataclass(frozen=True)
class SampledPaths(Spelt):
    """Paths of x with its memory of itself, in one causal pass: transients of partially symmetric couplings.

    First order in dt, as the errors say; without symmetry the Gaussian theory (`TwoTimeMarch`), but for them.
    Cost: runs x paths T^3/3 multiplications and 8 paths T^2 bytes, T = duration/dt.

    Parameters
    ----------
    dt : Euler step in units of tau, at most 0.2.
    paths : number of paths of a run.
    runs : independent runs, at least 2: their scatter is the error.
    seed : integer or `numpy.random.SeedSequence`.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    dt: float = 0.1
    paths: int = 2000
    runs: int = 4
    seed: Any = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "dt", positive("dt", self.dt))
        if self.dt > LARGEST_DT:
            raise ValueError(f"dt must be at most {LARGEST_DT}: the steps are Euler's; got {self.dt}")
        integer("paths", self.paths, least=2)
        integer("runs", self.runs, least=2)

    def refuses(self, question: Question) -> str | None:
        """Return why not: a mean that acts back, or synapses that change."""
        if elsewhere := _elsewhere(question):
            return elsewhere
        try:
            network = reduced(question.network)
        except ValueError as reason:
            return str(reason)
        if network.remembers:
            return "plastic couplings have no two-time theory here: use dmft.solve_plastic"
        if not network.centred:
            return "the sampled transient knows no mean input (mean couplings, bias, constant drive)"
        return None

    def solve(self, question: Question) -> NonstationarySolution:
        """Sample from the initial state on."""
        initial = stated_numbers((0.0, 1.0) if question.init is None else question.init)
        sizes = self.paths, self.runs
        return sample(
            reduced(question.network), question.duration, self.dt, initial, sizes, self.seed, question.progress
        )


def _elsewhere(question: Question) -> str | None:
    """Return which method there is for a network that these are not made for."""
    if discrete(question.network):
        return "it is a method for continuous time; for units that go in steps there is StepByStep"
    if has_low_rank(question.network):
        return "it knows no low-rank couplings; beside them there is LowRankMarch"
    return None
