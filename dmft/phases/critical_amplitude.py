"""The amplitude at which input suppresses chaos."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dmft.budget import OutOfWorkError, limited
from dmft.cost import check_cost
from dmft.errors import NotConvergedError, answering
from dmft.models.checks import positive
from dmft.numerics.gaussian.largest_slope import largest_slope
from dmft.numerics.value import Value
from dmft.numerics.walk import walk
from dmft.observables.driven_lyapunov import SLOW
from dmft.observables.kernel_lyapunov import kernel_exponent
from dmft.phases.largest_zero import NoBracketError, largest_zero
from dmft.phases.roots import Root
from dmft.theories.nonstationary.input import gaussian_blocks
from dmft.theories.periodic import locked_exponent as torus_exponent
from dmft.theories.periodic import locked_state
from dmft.theories.reduction import Reduction, reduced
from dmft.theories.stationary import solve_stationary
from dmft.theories.stationary.balanced import locked_exponent as circle_exponent
from dmft.theories.stationary.balanced.method import Balanced

_ON_CIRCLE = partial(solve_stationary, method=Balanced(branch="locked"), on_failure="ignore")
_COARSE, _FINEST = 64, 2048  # points a period of the torus: first, and at most
_MARCHES, _LONGEST = 36.0, 200.0  # marches of a search, and its seconds at most
_AGREEMENT = 1e-3  # of the zeros on two grids
_MARCHES_AT_LEAST = 11.0  # seconds that a search by marches is given
_USUAL, _KNOWN_LONG, _PATIENCE = 2.5, 8.0, 4.5  # times the estimate that is given; estimate from which on it is more
_LONG_STEP = 0.25  # step of marches of which only the sign of the exponent is asked
_FAR, _SURE = 0.05, 3.0  # exponent that is far from 0; times its error that it must exceed that by
_CONTRACTING = 0.95  # g |phi'| up to which it is below 1 beyond doubt
_LOCKED = 0.2  # decay rate of a locked state, biased, whose sign is beyond doubt


@answering
def critical_amplitude(network: Any, *, rtol: float = 1e-4) -> Value:
    """Return the amplitude of a network's sinusoid above which it is not chaotic.

    The largest zero of the exponent of the locked state, in which h repeats with the drive: on a torus for a common
    sinusoid, on a circle of lags for random phases. There the chaotic state merges with it, so that no chaotic solution
    is needed. A common sinusoid below f = 0.045 has several locked states; there it is the zero of the exponent that a
    march finds.

    Parameters
    ----------
    network : with a `Sinusoid`, whose amplitude is not used.
    rtol : relative tolerance of the zero on one grid, in (0, 0.1].

    Returns
    -------
    Value : the amplitude with its `numerical_error` (of grids and steps: two grids must agree to 0.1 %); 0.0 if the
        network is not chaotic without input.

    Raises
    ------
    ValueError : without a sinusoid; for random phases in a `RandomNetwork`; for `rtol` out of range; if the exponent
        stays positive at any amplitude.
    NotConvergedError : if the locked state cannot be found on one side of the zero. A failed trial is no evidence:
        the search goes around it.
    TooCostlyError : for frequencies so low or so high that a search would take more than three minutes.

    Notes
    -----
    Accuracy: 0.2 % (`tests/reference/test_critical_amplitude_reference.py`). Cost: 0.06 s for random phases,
    0.2-1 s for a common sinusoid of f >= 0.1, 5 s at f = 0.05.
    """
    problem = reduced(network)
    drive = problem.sinusoid
    rtol = positive("rtol", rtol)
    if rtol > 0.1:
        raise ValueError(f"rtol must be at most 0.1, got {rtol}")
    if problem.centred and not drive.common:
        raise ValueError("critical_amplitude of a RandomNetwork needs a common sinusoid; phases are random")
    if problem.g * largest_slope(problem.nonlinearity) <= _CONTRACTING:
        return Value(0.0, 0.0, "g |phi'| < 1 everywhere: never chaotic", (), 0.0)
    try:
        if drive.common and drive.frequency < SLOW:
            return _of_march(problem, rtol)
        with limited():
            if drive.common:
                return _by_torus(problem, rtol)
            scale = 3.0 * math.hypot(1.0, 2.0 * math.pi * drive.frequency)
            zero = largest_zero(_following(problem, _ON_CIRCLE, circle_exponent), scale, rtol)
    except OutOfWorkError as failure:
        remedy = "take a higher frequency, a larger rtol or a less steep nonlinearity"
        raise NotConvergedError(f"no critical amplitude: {failure}; {remedy}", None) from None
    except NoBracketError as failure:
        raise NotConvergedError(f"no critical amplitude: {failure}", None) from None
    return Value(zero.x, 0.0, "locked state on a circle of lags", (), zero.error)


def _scale(network: Reduction) -> float:
    """Amplitude of a common input that matters: the constant input, or the width of phi over the response."""
    return network.g * math.hypot(1.0, network.sinusoid.omega) if network.centred else abs(network.bias)


def _by_torus(network: Reduction, rtol: float) -> Value:
    """Find the zero on a coarse torus, and follow it to finer ones until two agree."""
    n = _COARSE
    zero = largest_zero(_on_torus(network, n), _scale(network), 1e-3)
    if zero.x == 0.0:
        return Value(0.0, 0.0, "not chaotic without input", (), 0.0)
    history = [zero.x]
    slope = zero.slope
    while True:
        n *= 2
        exponent = _on_torus(network, n)
        zero = _followed(exponent, history[-1], slope, rtol)
        history.append(zero.x)
        slope = zero.slope if math.isfinite(zero.slope) else slope
        change = abs(history[-1] - history[-2])
        if change <= _AGREEMENT * abs(history[-1]) or n >= _FINEST:
            break
    # second order in 1/n: what is left is a third of the last change, which is taken off, and kept as the error
    best = history[-1] + (history[-1] - history[-2]) / 3.0
    return Value(best, 0.0, f"locked state on a torus of {n} points", tuple(history), change + zero.error)


def _followed(exponent: Callable[[float], float], guess: float, slope: float, rtol: float) -> Root:
    """Return the zero near a guess, by the secant method; by a bracket around it, if that leaves the neighbourhood."""
    x, y = guess, exponent(guess)
    for _ in range(8):
        if math.isnan(y) or not slope < 0.0:
            break
        ahead = x - y / slope
        if abs(ahead / guess - 1.0) > 0.2:
            break
        if abs(ahead - x) <= rtol * abs(ahead):
            return Root(ahead, rtol * abs(ahead), slope)
        value = exponent(ahead)
        slope = (value - y) / (ahead - x) if ahead != x else slope
        x, y = ahead, value
    return largest_zero(exponent, guess * 1.25, rtol)


def _of_march(network: Reduction, rtol: float) -> Value:
    frequency = network.sinusoid.frequency
    period = 1.0 / frequency
    seconds = _MARCHES * (period / min(0.25, 0.01 * math.sqrt(period))) ** 2 * 5e-7
    check_cost(
        f"the search for a critical amplitude at a frequency of {frequency:.3g}",
        seconds=seconds,
        remedy="take a higher frequency, or its limit, dmft.quasi_static_amplitude",
        longest=_LONGEST,
    )
    errors: list[tuple[float, float]] = []

    def exponent(amplitude: float) -> float:
        driven = network.at_amplitude(amplitude).statement
        found = kernel_exponent(driven, dt=_LONG_STEP, accuracy=0.2 * _FAR) if period / 32.0 >= _LONG_STEP else None
        if found is not None and found.exponent is None and found.history[-1] < -_LOCKED:
            return found.history[-1]
        if found is not None and found.exponent is not None and abs(found.exponent) > 0.5 * _FAR + _SURE * found.error:
            return found.exponent
        found = kernel_exponent(driven, accuracy=1e-4)
        # a kernel that spreads belongs to a locked state; its slope is biased, but not in sign by much
        value = found.history[-1] if found.exponent is None else found.exponent
        errors.append((abs(value), found.error if math.isfinite(found.error) else 0.25 / found.duration))
        return value

    times = _PATIENCE if seconds > _KNOWN_LONG else _USUAL
    with limited(max(_MARCHES_AT_LEAST, times * seconds)):
        zero = largest_zero(exponent, _scale(network), rtol, even=True)
    if zero.x == 0.0:
        return Value(0.0, 0.0, "not chaotic without input", (), 0.0)
    near = min(errors)[1]
    return Value(zero.x, 0.0, "exponent of a march", (), zero.error + near / abs(zero.slope))


def _on_torus(network: Reduction, n: int) -> Callable[[float], float]:
    def solver(near: Reduction, init: Any) -> Any:
        return locked_state(gaussian_blocks(near.statement), n=n, rtol=1e-7, init=init)

    return _following(network, solver, lambda state: torus_exponent(state)[0])


def _following(
    network: Reduction, solver: Callable[..., Any], exponent: Callable[[Any], float]
) -> Callable[[float], float]:
    """Return the exponent against the amplitude, from states that follow each other; nan where there is none.

    From the last state, else from nowhere, else by a walk from the nearest state so far.
    """

    def solve(amplitude: float, nearest: Any) -> Any:
        try:
            found = solver(network.at_amplitude(amplitude), init=nearest)
        except (NotConvergedError, ArithmeticError, np.linalg.LinAlgError):
            return None
        return found if found.convergence.converged else None

    states: dict[float, Any] = {}
    last: list[float] = []

    def at(amplitude: float) -> float:
        state = solve(amplitude, states[last[-1]]) if last else None
        state = solve(amplitude, None) if state is None else state
        if state is None and states:
            nearest = min(states, key=lambda x: abs(math.log(x / amplitude)))
            state, part = walk(solve, nearest, amplitude, start=states[nearest], most=16)
            state = state if part >= 1.0 else None
        if state is None:
            return math.nan
        states[amplitude] = state
        last.append(amplitude)
        for old in sorted(states, key=last.index)[:-4]:
            del states[old]
        try:
            return exponent(state)
        except NotConvergedError:
            return math.nan

    return at
