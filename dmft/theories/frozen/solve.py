"""Halting the synapses of a plastic network: does it come to rest, and where."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.blas import one_blas_thread
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import integer, positive
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.sampling.sampling_error import student
from dmft.progress import progress_bar
from dmft.theories.frozen.halt import RECORD, Epochs, Run, halted_run
from dmft.theories.frozen.solution import FrozenSolution
from dmft.theories.reduction import Reduction
from dmft.theories.solution import OnFailure, delivered
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.plastic.process import checked_plastic, standard_error

_KEPT = 0.15  # mean overlap above which a moving state counts as semi-frozen


@one_blas_thread()
@answering
def solve_frozen(
    solution: StationarySolution,
    *,
    seed: int = 0,
    samples: int = 8000,
    noise_seeds: int = 3,
    before: float = 100.0,
    after: float = 200.0,
    step: float = 0.2,
    max_rank: int = 1200,
    on_failure: OnFailure = "raise",
    progress: bool = False,
) -> FrozenSolution:
    """Follow a plastic network in mean-field theory across the halt of its synapses.

    After the halt at t0, dx/dt = -x + eta + k int_{-inf}^{t0} ds exp(-(t0 - s)/p)/p C(t, s) phi(x(s)), with
    <eta eta> = g^2 C over both epochs [Clark & Abbott, PRX 14, 021001 (2024)]: a causal march of sample paths in a
    basis of their own rates, see `dmft.theories.frozen.march`. The plastic epoch is marched too, from random x and A =
    0.

    Parameters
    ----------
    solution : stationary state of the plastic network, chaotic.
    seed : of the random numbers.
    samples : paths per set.
    noise_seeds : number of independent sets; errors come from their scatter, and from one more at twice the step.
    before, after : length of the plastic and of the halted epoch, in units of tau. A run stops when at rest.
    step : time step.
    max_rank : largest basis; a basis that is full damps the motion, and is reported as a failure.
    on_failure : "raise", "warn" or "ignore".
    progress : whether to show a progress bar.

    Returns
    -------
    FrozenSolution

    Raises
    ------
    ValueError : for a solution that is not chaotic: there is no motion to halt.
    NotConvergedError : (``on_failure="raise"``) if the basis was full, or some sets came to rest and others did not.

    Notes
    -----
    Accuracy: g^2 <phi'^2> near the threshold scatters by .015 to .04 between sets of 8000 paths, growing with g
    (`tests/reference/test_frozen_numbers.py`); within 2 % of the threshold motion is still seen after 300 tau.
    Cost: 1 to 6 s of CPU a set at 8000 paths, memory 12 max_rank samples bytes at most.
    """
    if checked_plastic(solution).state != "chaotic":
        raise ValueError(f"solution must be chaotic to be frozen, got state {solution.state!r}")
    integer("samples", samples), integer("max_rank", max_rank, least=2)
    if integer("noise_seeds", noise_seeds) < 2:
        raise ValueError(f"noise_seeds must be at least 2 (errors are their scatter), got {noise_seeds}")
    for name, value in (("before", before), ("after", after), ("step", step)):
        positive(name, value)
    integer("seed", seed, least=0)
    if before < 10.0 * solution.reduction.p:
        raise ValueError(f"before must be at least 10 p = {10 * solution.reduction.p:g} tau, got {before:g}")
    if samples < 4 * max_rank:
        raise ValueError(f"samples must be at least 4 max_rank = {4 * max_rank}, got {samples}")
    rows = math.ceil(min((before + after) / step, 1e12))
    check_cost(
        f"{noise_seeds} sets of {samples} paths over {before + after:g} tau",
        seconds=4e-10 * noise_seeds * samples * rows * max_rank,
        memory=16.0 * samples * (max_rank + 8.0),
        remedy="take fewer samples, a smaller max_rank, shorter epochs or a larger step",
    )
    *children, coarse_child = np.random.SeedSequence(seed).spawn(noise_seeds + 1)
    if progress:
        children = progress_bar(children, desc="halted")
    epochs = Epochs(samples, before, after, step, max_rank)
    runs = [halted_run(solution.reduction, np.random.default_rng(child), epochs) for child in children]
    # of second order in the step: a third of what twice the step adds is the error
    coarse = halted_run(
        solution.reduction, np.random.default_rng(coarse_child), dataclasses.replace(epochs, step=2.0 * step)
    )
    return delivered(
        _gathered(
            solution.reduction,
            runs,
            coarse,
            {"seed": seed, "noise_seeds": noise_seeds, **dataclasses.asdict(epochs)},
        ),
        on_failure,
    )


def _gathered(network: Reduction, runs: list[Run], coarse: Run, settings: dict[str, Any]) -> FrozenSolution:
    levels = {name: np.array([run.level(name) for run in runs]) for name in ("overlap", "velocity", "slope")}

    def error(values: FloatArray, at_twice_the_step: float) -> float:
        scatter = student(len(values)) * float(standard_error(values))
        return scatter + abs(at_twice_the_step - float(values.mean())) / 3.0

    squares = np.array([run.square_rate for run in runs])
    settled = float(np.mean([run.settled for run in runs]))
    modes = [run.overlap_mode for run in runs if run.settled]
    overlap = float(levels["overlap"].mean())
    moving = "semi-frozen" if overlap > _KEPT else "forgetting"
    phase = "frozen" if settled == 1.0 else moving
    status, detail = Status.CONVERGED, ""
    if any(run.full for run in runs):
        status = Status.STALLED
        detail = f"the basis was full at max_rank={settings['max_rank']}, which damps the motion: raise it, and samples"
    elif 0.0 < settled < 1.0:
        status = Status.STALLED
        detail = f"{settled:.0%} of the sets came to rest: near the threshold; take more samples or a longer `after`"
    return FrozenSolution(
        network=network.statement,
        convergence=Convergence(
            status,
            float(levels["velocity"].max()),
            len(runs),
            detail=detail,
            error=error(squares, coarse.square_rate) / max(float(squares.mean()), np.finfo(float).tiny),
        ),
        settings=settings,
        times=RECORD * np.arange(1, len(runs[0].overlap) + 1, dtype=np.float64),
        overlap_samples=np.array([run.overlap for run in runs]),
        velocity_samples=np.array([run.velocity for run in runs]),
        slope_samples=np.array([run.slope for run in runs]),
        overlap=overlap,
        overlap_error=error(levels["overlap"], coarse.level("overlap")),
        velocity=float(levels["velocity"].mean()),
        velocity_error=error(levels["velocity"], coarse.level("velocity")),
        slope=float(levels["slope"].mean()),
        slope_error=error(levels["slope"], coarse.level("slope")),
        square_rate=float(squares.mean()),
        halted_square_rate=float(np.mean([run.halted_square_rate for run in runs])),
        overlap_mode=float(np.mean(modes)) if modes else math.nan,
        settled=settled,
        state=phase,
    )
