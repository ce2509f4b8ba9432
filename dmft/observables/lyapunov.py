"""Largest Lyapunov exponent of a solved theory."""

from __future__ import annotations

import math
import warnings
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.errors import AccuracyWarning
from dmft.models.checks import one_of
from dmft.models.drive import Sinusoid
from dmft.numerics.riccati import lowest_even
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.observables.dispatch import redispatched
from dmft.observables.value import Value
from dmft.theories.stationary import StationarySolution

FloatArray = NDArray[np.float64]

_LEVEL_ERROR = 1e-12  # error of the ground level that the finite window may make
_ZERO_MODE = 1e-7

# Solutions of the other theories -> the module that knows their exponent, loaded when one comes along.
_HOMES = {
    "BalancedStationarySolution": "dmft.observables.driven_lyapunov",
    "PeriodicSolution": "dmft.observables.driven_lyapunov",
    "NonstationarySolution": "dmft.observables.driven_lyapunov",
    "PlasticSolution": "dmft.observables.plastic_lyapunov",
}


@singledispatch
def lyapunov_exponent(solution: Any, **settings: Any) -> Value:
    """Return the largest Lyapunov exponent of a solution, in units of 1/tau.

    Stationary states: with <dx(t) dx(t')> = exp(lambda (t + t')) psi(t - t') for a small perturbation dx,
        [-d^2/dlag^2 + 1 - g^2 <phi' phi'>(lag)] psi = E psi,   lambda = -1 + sqrt(1 - E_0),
    E_0 the lowest level of this Schroedinger equation [Sompolinsky, Crisanti & Sommers 1988; Schuecker, Goedeke &
    Helias 2018]. In a state that does not fluctuate the potential is constant, and lambda = g sqrt(<phi'^2>) - 1.

    Parameters
    ----------
    solution : a `StationarySolution`, or that of another theory (then see `dmft.observables.driven_lyapunov` and
        `dmft.observables.plastic_lyapunov` for its equation and settings).
    method : "collocation" (spectral elements, the default) or "riccati" (shooting); they share no code.

    Returns
    -------
    Value : the exponent, a float with `.standard_error` (0: nothing is sampled), `.method` and `.history` (the lowest
        even and odd levels found on each window).

    Raises
    ------
    TypeError : for a solution of another kind.
    ValueError : for a solution that did not converge, or an unknown method.

    Warns
    -----
    AccuracyWarning : if the zero mode C', an odd solution at E = 0 in every chaotic state without drive, is not found
        there.

    Notes
    -----
    Accuracy: 1e-8 for tanh and erf, 1.05 <= g <= 10 (`tests/reference/test_stationary_reference.py`), where both
    methods agree to 1e-9. Cost: 10-30 ms.
    """
    return redispatched(lyapunov_exponent, "Lyapunov exponent", _HOMES, solution, settings)


@lyapunov_exponent.register
def _(solution: StationarySolution, *, method: str = "collocation") -> Value:
    one_of("method", method, ("collocation", "riccati"))
    if not math.isfinite(solution.variance) or solution.phase == "none":
        raise ValueError(f"the solution has no state to perturb: {solution.convergence.message}")
    gain = solution.network.g
    if math.isinf(solution.decay_rate):
        return Value(gain * math.sqrt(solution.mean_square_slope) - 1.0, 0.0, "constant potential")
    if method == "riccati":
        mesh = _window(solution, 1.0)
        periodic = isinstance(solution.network.drive, Sinusoid)
        level = lowest_even(lambda t: 1.0 - gain**2 * solution.corr_slope_at(t), mesh.edges, 24, reflecting=periodic)
        return Value(-1.0 + math.sqrt(1.0 - level), 0.0, "Riccati shooting", ((level,),))
    level, history = _ground_level(solution)
    return Value(-1.0 + math.sqrt(1.0 - level), 0.0, "spectral elements", history)


def _ground_level(solution: StationarySolution) -> tuple[float, tuple[tuple[float, ...], ...]]:
    gain = solution.network.g
    history: list[tuple[float, ...]] = []
    longer = 1.0
    for _ in range(5):
        mesh = _window(solution, longer)
        potential = 1.0 - gain**2 * solution.corr_slope_at(mesh.nodes)
        level, _ = mesh.lowest(potential)
        history.append((level,))
        edge = _continuum(solution, mesh, float(potential[-1]))
        depth = edge - level
        rate = math.sqrt(max(depth, 0.0))
        if depth < 1e-13:
            # Nothing is bound (a constant potential, or a periodic one whose transient repels): the edge is the answer.
            return min(level, edge), tuple(history)
        # The end of the window shifts the level by about 4 depth exp(-2 rate T).
        enough = 0.5 * math.log(max(4.0 * depth / _LEVEL_ERROR, 1.0))
        if rate * mesh.length >= enough:
            break
        longer *= min(max(1.2 * enough / (rate * mesh.length), 1.3), 8.0)
    if solution.phase == "chaotic":
        zero, _ = mesh.lowest(potential, odd=True)
        history.append((level, zero))
        if abs(zero) > _ZERO_MODE * max(1.0, abs(float(potential[0]))):
            warnings.warn(
                f"the zero mode of the chaotic state lies at {zero:.1e} instead of 0; the exponent is about that wrong",
                AccuracyWarning,
                stacklevel=3,
            )
    return level, tuple(history)


def _continuum(solution: StationarySolution, mesh: HalfLine, last: float) -> float:
    """Return the lower edge of the continuum: the limit of the potential, or its band if it stays periodic."""
    drive = solution.network.drive
    if not isinstance(drive, Sinusoid):
        return last
    half_period = 0.5 / drive.frequency
    cell = HalfLine(graded_edges(_element(drive), _element(drive), half_period))
    potential = 1.0 - solution.network.g**2 * solution.corr_slope_at(mesh.length - half_period + cell.nodes)
    return cell.lowest(potential)[0]


def _element(drive: Sinusoid) -> float:
    """Return an element length that resolves <phi' phi'> while x sweeps through the steep part of phi."""
    response = drive.amplitude / math.hypot(1.0, 2.0 * math.pi * drive.frequency)
    return 0.5 / drive.frequency / math.ceil(1.0 + response)


def _window(solution: StationarySolution, longer: float) -> HalfLine:
    end = longer * 36.0 / solution.decay_rate
    longest, fine = 4.0 * longer / solution.decay_rate, min(0.05, 0.2 / solution.network.g)
    drive = solution.network.drive
    if isinstance(drive, Sinusoid):
        half_period = 0.5 / drive.frequency
        end, longest = half_period * math.ceil(end / half_period), _element(drive)
    return HalfLine(graded_edges(fine, longest, end))
