"""Runs a case under guard and says what came of it: converged and confirmed, a status, one of our errors, or a fault.

Faults: another exception, one that numpy or scipy raised inside the package, a warning that is not ours, a run over its
processor time, a converged result that the second method refutes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import linecache
import math
import signal
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
from cases import case
from second_methods import Refuted

import dmft

SECONDS = 20.0  # of processor time for a case, and as much again for the second method
FAULTS = ("foreign error", "leaked warning", "hang", "refuted", "not finite", "died")
_MAY_BE_NAN = (
    "band",
    "q",
    "bulk",
    "decay_rate",
    "order_parameter_mode",
    "spinodal_h",
    "complexity",
    "complexity_values",
)
_PACKAGE = str(Path(dmft.__file__).parent)


class Hang(BaseException):
    """The processor time of a case is used up."""


@contextlib.contextmanager
def guarded(seconds):
    """Raise `Hang` in the body when it has used so much processor time."""

    inside = True

    def stop(number, frame):
        if inside:
            raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # again, should a library swallow the first
    try:
        yield
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def run(number, seconds=SECONDS):
    """Return the record of a case: its theory, words, outcome, what confirmed it, and details."""
    one = case(number)
    record = {"case": number, "theory": one.theory, "words": one.words, "outcome": "", "confirmed_by": "", "detail": ""}
    started = time.thread_time()
    result = None
    with warnings.catch_warnings(record=True) as caught, np.errstate(divide="warn", over="warn", invalid="warn"):
        warnings.simplefilter("always")
        try:
            with guarded(seconds):
                result = one.run()
            record["outcome"], record["detail"] = _outcome(result)
        except Hang:
            record["outcome"] = "hang"
        except Refuted as refuted:
            record["outcome"], record["detail"] = "refuted", str(refuted)
        except Exception as error:
            record["outcome"], record["detail"] = _of_error(error, one.theory)
    record["seconds"] = round(time.thread_time() - started, 2)
    leaked = [w for w in caught if not issubclass(w.category, dmft.NotConvergedWarning | dmft.AccuracyWarning)]
    if leaked and record["outcome"] not in FAULTS:
        record["outcome"] = "leaked warning"
        record["detail"] = (
            f"{leaked[0].category.__name__}: {leaked[0].message} ({Path(leaked[0].filename).name}:{leaked[0].lineno})"
        )
    if record["outcome"] == "converged" and one.confirm is not None:
        _confirm(one, result, record, seconds)
    return record


def _confirm(one, result, record, seconds):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            with guarded(seconds):
                record["confirmed_by"] = one.confirm(result)
        except Refuted as refuted:
            record["outcome"], record["detail"] = "refuted", str(refuted)
        except Hang:
            record["detail"] = "the second method took too long"
        except Exception as none:
            record["detail"] = f"the second method has no say: {type(none).__name__}: {none}"[:300]


def _outcome(result):
    convergence = getattr(result, "convergence", None)
    if convergence is None:
        return "converged", ""
    if not convergence.converged:
        return f"status {convergence.status.name}", convergence.message[:200]
    bad = [name for name, value in _numbers(result).items() if not np.all(np.isfinite(value))]
    if bad or not math.isfinite(convergence.residual):
        return "not finite", f"converged, but not finite: {bad}, residual {convergence.residual}"
    return "converged", ""


def _numbers(result):
    """Return the arrays of a result that are known; those that need not be have a default that says so."""
    unknown = {f.name for f in dataclasses.fields(result) if f.default is None or f.default is math.nan}
    values = {name: getattr(result, name) for name in getattr(result, "variables", {}) if name not in _MAY_BE_NAN}
    known = {name: np.asarray(value, dtype=float) for name, value in values.items() if value is not None}
    return {name: value for name, value in known.items() if name not in unknown or not np.all(np.isnan(value))}


def _of_error(error, theory):
    """An error is ours if it is of a kind that the package promises, and a line of the package raised it.

    Only whoever reads files may find that one cannot be read.
    """
    if isinstance(error, dmft.NotConvergedError) and error.solution is not None:
        return f"status {error.solution.convergence.status.name}", str(error)[:200]
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    inside = [frame for frame in frames if frame.filename.startswith(_PACKAGE)]
    where = f"{Path(inside[-1].filename).name}:{inside[-1].lineno}" if inside else ""
    words = f"{type(error).__name__}: {error} ({where})"[:300]
    raised_here = last.filename.startswith(_PACKAGE) and linecache.getline(
        last.filename, last.lineno
    ).strip().startswith("raise")
    kinds = (dmft.DMFTError, ValueError, TypeError) + ((OSError,) if theory == "file" else ())
    promised = isinstance(error, kinds)
    return (f"error {type(error).__name__}" if promised and raised_here else "foreign error"), words
