"""`solve_online_learning`: order parameters of a student that learns from a teacher."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import non_negative, positive
from dmft.models.learning_rules import checked_rule
from dmft.models.teacher_student import TeacherStudent, checked_pair, student_feedback
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.online_learning.equations import Equations
from dmft.theories.online_learning.solution import OnlineSolution
from dmft.theories.solution import OnFailure, delivered

_LOOKS = 241
_LONGEST = 1e7
_CALLS = 200_000  # of the right-hand side, in each integration
_TERM, _HOUR = 4.5e-9, 3600.0  # seconds of one of the (K (K + M))^2/4 terms of a call; the longest that is tried
_HUGE = 1e8  # an overlap, beyond which rates are above what is stable


@answering
def solve_online_learning(
    teacher_student: TeacherStudent,
    rule: Any,
    *,
    rate: float,
    duration: float,
    label_noise: float = 0.0,
    rtol: float = 1e-5,
    on_failure: OnFailure = "raise",
) -> OnlineSolution:
    """Solve the order-parameter equations (`dmft.theories.online_learning.equations`), g(x) = erf(x/sqrt 2).

    Each step sees a new input: w_k moves by -rate c_k g'(x_k) (student - label) xi/sqrt(D), v_k by
    -rate g(x_k) (student - label)/D; time is steps/D.

    Parameters
    ----------
    teacher_student : overlaps at the start.
    rule : `dmft.Backprop()`, or `dmft.DirectFeedback([F_1, .., F_K])`.
    rate : eta.
    duration : alpha at the end, steps per input dimension.
    label_noise : standard deviation of what is added to each label.
    rtol : error that counts as converged, relative to `OnlineSolution.unit` and the largest overlap on the way.
    on_failure : "raise", "warn" or "ignore".

    Returns
    -------
    OnlineSolution : at some 240 times, 0 and from 1e-3 to the end in geometric and in even steps.

    Raises
    ------
    ValueError, TypeError : for arguments out of range, a rule of other networks.
    TooCostlyError : a ValueError, for so many units that it would take more than an hour: the time grows with the
        fourth power of their number.
    NotConvergedError : where overlaps grow without bound (a rate too large), or the two integrations differ by more
        than rtol: a plateau multiplies small differences.

    Accuracy
    --------
    `convergence.error` (tests/limits/test_online_learning_limits.py); of D dimensions, 1/D and fluctuations of
    1/sqrt(D) (tests/statistical/test_online_students.py).

    Cost
    ----
    To alpha = 1e4 0.3 s for K = M = 2 (tests/benchmarks/test_signals_speed.py). To alpha = 100 1 s for K = M = 10, 6 s
    for 20, 4 min for 50, an hour for 100.
    """
    stated = checked_pair(teacher_student)
    feedback = student_feedback(checked_rule(rule), stated.units[0])
    eta, end = positive("rate", rate), positive("duration", duration)
    noise, tolerance = non_negative("label_noise", label_noise), positive("rtol", rtol)
    if eta > 1e3 or end > _LONGEST:
        raise ValueError(f"rate must be at most 1000 and duration at most {_LONGEST:g}, got {eta:g} and {end:g}")
    if not 1e-8 <= tolerance <= 0.1:
        raise ValueError(f"rtol must lie between 1e-8 and 0.1, got {tolerance:g}")
    k, m = stated.units
    check_cost(
        f"{k} and {m} units to {end:g} steps per dimension",
        seconds=(4000.0 + 1500.0 * math.log10(1.0 + end) + 60.0 * math.sqrt(end)) * _TERM * (k * (k + m)) ** 2 / 4.0,
        remedy="take fewer units, or a shorter duration",
        longest=_HOUR,
    )
    equations = Equations(stated, feedback, eta, noise)
    half = _LOOKS // 2
    early = np.geomspace(min(1e-3, 0.1 * end), end, half + 1)[:-1]
    times = np.unique(np.concatenate([[0.0], early, np.linspace(0.0, end, half + 2)[1:]]))
    first, calls = _integrated(equations, times, "lsoda", 1e-2 * tolerance)
    second, more = _integrated(equations, times, "dop853", 1e-3 * tolerance)
    if not np.all(np.isfinite(second)):  # too stiff for it
        second, more = _integrated(equations, times, "lsoda", 1e-3 * tolerance)
    whole = np.all(np.isfinite(first)) and np.all(np.isfinite(second))
    error = _difference(equations, first, second) if whole else math.nan
    solution = _solution(equations, rule, times, second, _outcome(error, tolerance, calls + more, second))
    return delivered(solution, on_failure)


def _integrated(equations: Equations, times: FloatArray, method: str, rtol: float) -> tuple[FloatArray, int]:
    """Return states at some times (nan after it stopped), and the number of calls."""
    from scipy.integrate import ode

    calls, stopped = 0, False

    def flow(t: float, state: FloatArray) -> FloatArray:
        nonlocal calls, stopped
        calls += 1
        stopped = stopped or calls > _CALLS or not float(np.max(np.abs(state))) < _HUGE
        return np.zeros_like(state) if stopped else equations(t, state)  # an exception would not come through

    start = equations.start()
    states = np.full((len(times), len(start)), math.nan)
    states[0] = start
    solver = ode(flow).set_integrator(method, rtol=rtol, atol=0.1 * rtol, nsteps=_CALLS)
    solver.set_initial_value(start, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it stopped is seen below
        for row, time in enumerate(times[1:], 1):
            state = solver.integrate(time)
            if stopped or not (solver.successful() and np.all(np.isfinite(state))):
                break
            states[row] = state
    return states, calls


def _difference(equations: Equations, first: FloatArray, second: FloatArray) -> float:
    """Return twice the difference of two integrations, relative to the unit of errors and the largest overlap."""
    errors = np.array([[equations.error_of(state) for state in states] for states in (first, second)])
    unit = max(float(np.max(errors)), equations.error_of_nothing())
    of_error = float(np.max(np.abs(errors[0] - errors[1]))) / unit
    of_state = float(np.max(np.abs(first - second)) / np.max(np.abs(second)))
    return 2.0 * max(of_error, of_state)


def _outcome(error: float, rtol: float, calls: int, states: FloatArray) -> Convergence:
    if error <= rtol:
        return Convergence(Status.CONVERGED, error, calls, error=error)
    if math.isfinite(error):
        text = f"two integrations differ by {error:.2g}: raise rtol, or take a shorter duration"
        return Convergence(Status.STALLED, error, calls, (), text, error=error)
    reached = int(np.sum(np.all(np.isfinite(states), axis=1)))
    if calls > _CALLS:
        text = f"stopped after {calls} evaluations at {reached} of {len(states)} times: a smaller rate, or duration"
        return Convergence(Status.MAX_STEPS, math.nan, calls, (), text)
    text = "overlaps grow without bound: the rate is above what is stable; take a smaller one"
    return Convergence(Status.NON_FINITE, math.nan, calls, (), text)


def _solution(
    equations: Equations, rule: Any, times: FloatArray, states: FloatArray, outcome: Convergence
) -> OnlineSolution:
    q, r, v = equations.unpacked(states)
    finite = np.all(np.isfinite(states), axis=1)
    error = np.array([equations.error_of(s) if ok else math.nan for s, ok in zip(states, finite, strict=True)])
    back = equations.feedback
    aligned = np.ones(len(times))
    if back is not None:
        aligned = v @ back / (np.linalg.norm(v, axis=1) * np.linalg.norm(back))
    return OnlineSolution(
        network=equations.problem,
        convergence=outcome,
        settings={"rate": equations.rate, "duration": float(times[-1]), "label_noise": equations.noise},
        times=times,
        error=error,
        alignment=np.where(finite, aligned, math.nan),
        student_overlaps=q,
        cross_overlaps=r,
        readouts=v,
        feedback=np.full(v.shape[1], math.nan) if back is None else back,
        unit=float(max(np.nanmax(error), equations.error_of_nothing())),
        rule=rule,
    )
