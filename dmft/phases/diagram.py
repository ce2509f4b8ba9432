"""`phase_diagram`: observables over a grid of parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from dmft.cost import check_cost
from dmft.errors import spelling
from dmft.models.checks import one_of
from dmft.phases.dataset import dataset_of
from dmft.phases.observe import Observe, check_fields, observables
from dmft.phases.theory import solution_of, theory_of
from dmft.progress import progress_bar
from dmft.sweeps.executor import run
from dmft.sweeps.fingerprint import describe
from dmft.sweeps.grid import axes_of
from dmft.sweeps.log import Log, damaged
from dmft.sweeps.outcome import Outcome
from dmft.sweeps.sweep import Continuation, Solver, Sweep, keywords_of
from dmft.sweeps.watch import Watch, warn_of_silence
from dmft.sweeps.workers import check_executor

if TYPE_CHECKING:
    import xarray

# Of the sweep itself, whatever the points cost (`tests/benchmarks/test_phase_speed.py`).
_SECONDS_A_POINT = 1e-4
_BYTES_A_POINT, _BYTES_A_READING = 600, 150
_FILE_BYTES_A_POINT, _FILE_BYTES_A_READING = 400, 50


@spelling
def phase_diagram(
    network: Any,
    over: Mapping[str, ArrayLike],
    observe: Observe,
    *,
    solve: Solver | None = None,
    executor: Any = None,
    checkpoint: str | PathLike[str] | None = None,
    continuation: Continuation = None,
    progress: bool = False,
) -> xarray.Dataset:
    """Solve a network over a grid of its parameters and read off observables.

    Parameters
    ----------
    network : the network whose fields are swept.
    over : dotted names of numeric fields ("g", "drive.intensity", "populations.E.bias", "couplings.random.g.E.I") ->
        grids, one-dimensional and strictly monotonic. They become the dimensions of the result, in their order. What is
        no field of the network may be a keyword of `solve` ("duration"); whole numbers reach it as such.
    observe : functions of a solution, names of its fields (such as "variance", "variance.E" of a population, "silent.E"
        of a kind of weights, or "state"), or a dict name -> either. Each gives a number or a word.
    solve : network -> solution, by default the theory that the network and its drive call for. What has a parameter
        `init` can be continued.
    executor : None (here, one point after the other), a number of processes, or anything with `submit`: an executor
        of concurrent.futures, an MPI pool, dask's ``Client.get_executor()``. The result is the same, bit for bit.
    checkpoint : path of a log of finished points. The same call with the same path goes on where it was interrupted;
        a log of other inputs is refused, saying what differs. Only one run can use it at a time.
    continuation : None (each point from the solver's own start), or the way along the last field of `over`, in which
        each point starts from the solution of the one before: "up", "down", or "both", which shows hysteresis and
        adds the dimension `direction`. Chains run in parallel.
    progress : whether to show a progress bar.

    Returns
    -------
    xarray.Dataset : the observables over the swept fields, each number with `<name>_error` (of sampling and numerical
        together; NaN where it is not known); `status` (0 = converged, the other codes are spelled out in its
        attributes), `residual`, `error` (of the solution: bound on the relative error, in a network of the correlations
        at lag 0), and `message` (what went wrong). A failed point is NaN (or empty) and its code. Units and the exact
        inputs are in the attributes.

    Raises
    ------
    ValueError, TypeError : for an unknown field, a path through a drive that is None, a grid that is empty or not
        monotonic, an observable without a name, a solver that cannot be continued; an observable that cannot work at
        any point (the first point that it fails on for its type, and others far from it, are tried); a sweep that does
        not arrive in the worker processes.
    TooCostlyError : for more points than memory or time allow, or more processes.
    DMFTError : if worker processes do not start, as in a script without ``if __name__ == "__main__":``.
    CheckpointError : for a checkpoint of other inputs, damaged, or in use.
    OSError : if the checkpoint cannot be written, or its disk is too full: said before the sweep begins.

    Warns
    -----
    RuntimeWarning : if the checkpoint can no longer be written in the middle of the sweep, which then goes on without;
        if an observable has failed at every point.

    Notes
    -----
    A point that fails, by whatever error, is recorded and never ends the sweep; one whose worker process dies is tried
    once more, alone. An interrupted chain of warm starts is walked again from its beginning, so that it passes through
    the same solutions: its finished points are solved again, their observables are not.

    Accuracy: that of the solver and the observables; the same bit for bit after any interruption
    (`tests/invariants/test_checkpoint_kill.py`).
    Cost: that of the points, and about 0.1 ms of CPU a point on top (`tests/benchmarks/test_phase_speed.py`).
    """
    theory = theory_of(network) if solve is None else solve
    if not callable(theory):
        raise TypeError(f"solve must be a function network -> solution, got {theory!r}")
    keywords = keywords_of(theory)
    axes = axes_of(network, over, keywords=keywords - {"init", "on_failure"})
    observed = observables(observe, [axis.path for axis in axes])
    if continuation is not None:
        one_of("continuation", continuation, ("up", "down", "both"))
        if "init" not in keywords:
            raise ValueError("solve has no parameter init, so nothing can be continued; use continuation=None")
    check_fields(solution_of(theory), observed)
    check_executor(executor)
    sweep = Sweep(network, axes, observed, theory, continuation)
    check_cost(
        f"a sweep of {sweep.size:.3g} points",
        seconds=_SECONDS_A_POINT * sweep.size,
        memory=(_BYTES_A_POINT + _BYTES_A_READING * len(observed)) * sweep.size,
        remedy="take fewer values of each field",
    )
    question = question_of(sweep)
    room = _FILE_BYTES_A_POINT + _FILE_BYTES_A_READING * len(observed)
    with Log(checkpoint, "sweep", question, pieces=sweep.size, piece_bytes=room) as log:
        outcomes = _finished(sweep, log)
        watch = Watch(sweep)
        failed = Counter(outcome.failed for outcome in outcomes.values())
        settings: dict[str, Any] = {"total": sweep.size, "initial": len(outcomes), "unit": "point", "smoothing": 0.1}
        with progress_bar(**settings, shown=progress) as bar:

            def record(outcome: Outcome) -> None:
                watch.see(outcome)
                outcomes[outcome.index] = outcome
                log.add(str(outcome.index), outcome.to_json())
                failed[outcome.failed] += 1
                if failed[True]:
                    bar.set_postfix_str(f"{failed[True]} failed", refresh=False)
                bar.update()

            run(sweep, dict(outcomes), executor, record)
    warn_of_silence(sweep, outcomes)
    return dataset_of(sweep, outcomes, question)


def question_of(sweep: Sweep) -> dict[str, Any]:
    """Return the exact inputs of a sweep as plain data."""
    import dmft

    return {
        "network": describe(sweep.statement),
        "over": {axis.path: axis.grid.tolist() for axis in sweep.axes},
        "order": [axis.path for axis in sweep.axes],
        "observe": [{"name": item.name, "function": describe(item.function)} for item in sweep.observed],
        "solve": describe(sweep.solve),
        "continuation": sweep.continuation,
        "version": dmft.__version__,
    }


def _finished(sweep: Sweep, log: Log) -> dict[int, Outcome]:
    """Return the points that the log holds, by index."""
    outcomes = {}
    for key, content in log:
        try:
            outcomes[range(sweep.size)[int(key)]] = Outcome.from_json(int(key), content, len(sweep.observed))
        except (ValueError, TypeError, IndexError, RecursionError) as error:
            raise damaged(log.path, f"point {key}: {error}") from None
    return outcomes
