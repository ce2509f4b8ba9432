"""Largest Lyapunov exponent of a solved theory."""

from __future__ import annotations

import inspect
import math
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.budget import limited
from dmft.errors import answering
from dmft.models.checks import meant, one_of
from dmft.numerics.riccati import lowest_even
from dmft.numerics.value import Value
from dmft.observables.states import refuse_stateless
from dmft.observables.well import Well, ground_level
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.centred.verification import lost

_EPS = float(np.finfo(float).eps)
_SENSITIVITY = 4.0  # largest logarithmic derivative of <phi'^2> by the variance that is allowed for


def described(process: Any) -> str:
    """Return whose process it is in words, for a sentence; of what is none, its type."""
    words = getattr(process, "words", None)
    if words is not None:
        return f"this state of {words}"
    kind = type(process).__name__
    return f"an {kind}" if kind[0] in "AEIO" else f"a {kind}"


@singledispatch
def exponent_of(process: Any, solution: Any) -> Value:
    """Return the exponent of a solution, by the kind of its single-site process (or its own kind, if it has none)."""
    if callable(getattr(process, "compose", None)):
        raise TypeError(
            f"the exponent is that of a state: give what a verb returns, as dmft.solve_stationary(net), got {process!r}"
        )
    raise TypeError(f"no Lyapunov exponent is known of {described(process)}")


def lyapunov_exponent(solution: Any, **settings: Any) -> Value:
    """Return the largest Lyapunov exponent of a solution, in units of 1/tau.

    Stationary states: with <dx(t) dx(t')> = exp(lambda (t + t')) psi(t - t') for a small perturbation dx,
        [-d^2/dlag^2 + 1 - g^2 <phi' phi'>(lag)] psi = E psi,   lambda = -1 + sqrt(1 - E_0),
    E_0 the lowest level of this Schroedinger equation [Sompolinsky, Crisanti & Sommers 1988; Schuecker, Goedeke &
    Helias 2018]. In a state that does not fluctuate the potential is constant, and lambda = g sqrt(<phi'^2>) - 1.

    Parameters
    ----------
    solution : a `StationarySolution`, or that of another theory (then see `dmft.observables.driven_lyapunov`,
        `dmft.observables.plastic_lyapunov` and `dmft.observables.species_lyapunov` for its equation and settings).
    method : "collocation" (spectral elements, the default) or "riccati" (shooting); they share no code.
    paths, seed : of sampled units in place of a method: of each of sixteen independent sets (1024), and of their random
        numbers.

    Returns
    -------
    Value : the exponent, a float with `.standard_error` (0: nothing is sampled), `.error` (with the bound on what is
        not sampled), `.method` and `.history` (the lowest even and odd levels found on each window).

    Raises
    ------
    TypeError : for a solution of another kind, or a setting that its method has not.
    ValueError : for a solution that did not converge, or an unknown method.
    DMFTError : if it would take more than some ten seconds (a slow and strong sinusoid).

    Warns
    -----
    AccuracyWarning : if the zero mode C', an odd solution at E = 0 in every chaotic state without drive, is not found
        there.

    Notes
    -----
    Accuracy: 1e-8 for tanh and erf, 1.05 <= g <= 10 (`tests/reference/test_stationary_reference.py`), where both
    methods agree to 1e-9. Cost: 10-30 ms.
    """
    process = getattr(solution, "process", solution)
    if settings:
        function = exponent_of.dispatch(type(process))
        its = () if function is exponent_of.dispatch(object) else inspect.signature(function).parameters.values()
        taken = [parameter.name for parameter in its if parameter.kind is parameter.KEYWORD_ONLY]
        for name in settings if its else ():
            if name not in taken:
                known = ", ".join(taken) or "none"
                raise TypeError(
                    f"the exponent of this state has no setting {name!r}{meant(name, taken)}; it has: {known}"
                )
    return exponent_of(process, solution, **settings)


@exponent_of.register
@answering
def _(process: CentredProcess, solution: StationarySolution, *, method: str = "collocation") -> Value:
    with limited():
        return _exponent(solution, method)


def _exponent(solution: StationarySolution, method: str) -> Value:
    one_of("method", method, ("collocation", "riccati"))
    refuse_stateless(solution, "to perturb", of=solution.variance)
    gain = solution.reduction.g
    if math.isinf(solution.decay_rate):
        growth = gain * math.sqrt(solution.mean_square_slope)
        # <phi'^2> of a variance that is off by its error: its logarithmic derivative is of order one for any phi here.
        state = solution.convergence.error if math.isfinite(solution.convergence.error) else 0.0
        wrong = growth * (0.5 * lost(solution.process.averages)[1] + _SENSITIVITY * state) + 4.0 * _EPS * (1.0 + growth)
        return Value(growth - 1.0, 0.0, "constant potential", numerical_error=wrong)
    well = Well(solution)
    if method == "riccati":
        edges = well.mesh(1.0).edges
        level = lowest_even(well.potential, edges, 24, reflecting=well.half_period > 0)
        history: tuple[tuple[float, ...], ...] = ((level,),)
        name = "Riccati shooting"
    else:
        level, history = ground_level(solution, well)
        name = "spectral elements"
    depth = max(1.0 - level, 0.0)
    return Value(math.sqrt(depth) - 1.0, 0.0, name, history, numerical_error=_of_root(depth, well.error(level)))


def _of_root(square: float, error: float) -> float:
    """Return how far the root of a number may be off, which is of the root of its error where the number is small."""
    if not square > 0.0:
        return math.sqrt(error)
    root, lower = math.sqrt(square), math.sqrt(max(square - error, 0.0))
    return max(min(error, square) / (root + lower), error / (root + math.sqrt(square + error)))
