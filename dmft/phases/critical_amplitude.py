"""The amplitude at which input suppresses chaos."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dmft.errors import NotConvergedError
from dmft.models.balanced import BalancedNetwork
from dmft.models.common_input import is_common
from dmft.models.drive import Sinusoid
from dmft.models.network import RandomNetwork
from dmft.models.nonlinearity import ReLU
from dmft.observables.driven_lyapunov import SLOW, kernel_exponent
from dmft.theories.balanced_stationary import locked_exponent as circle_exponent
from dmft.theories.balanced_stationary import solve_balanced_stationary
from dmft.theories.periodic import locked_exponent as torus_exponent
from dmft.theories.periodic import solve_periodic

_COARSE = 64  # points a period of the torus on which the zero is first looked for
_STRIDE = 0.8  # ratio of amplitudes in the search for the largest zero, from above


def critical_amplitude(network: BalancedNetwork | RandomNetwork, *, rtol: float = 1e-4) -> float:
    """Return the amplitude of a network's sinusoid above which it is not chaotic.

    The largest zero of the exponent of the locked state, in which h repeats with the drive: on a torus for a common
    sinusoid, on a circle of lags for random phases. There the chaotic state merges with it, so that no chaotic solution
    is needed. A common sinusoid below f = 0.045 has several locked states; there it is the zero of the exponent that a
    march finds.

    Parameters
    ----------
    network : with a `Sinusoid`, whose amplitude is not used.
    rtol : relative tolerance of the amplitude.

    Returns
    -------
    float : 0.0 if the network is not chaotic without input.

    Raises
    ------
    ValueError : without a sinusoid; for random phases in a `RandomNetwork`.
    NotConvergedError : if the locked state cannot be found around the zero.

    Notes
    -----
    Accuracy: 0.2 % (`tests/reference/test_critical_amplitude_reference.py`). Cost: 0.06 s for random phases,
    0.06-0.15 s for a common sinusoid of f >= 0.1, 2 s at f = 0.05.
    """
    drive = network.drive
    if not isinstance(drive, Sinusoid):
        raise ValueError(f"critical_amplitude needs a Sinusoid as drive, got {drive!r}")
    if is_common(drive):
        if drive.frequency < SLOW:
            return _largest_zero(_by_march(network), _scale(network), rtol)
        return _common(network, rtol)
    if not isinstance(network, BalancedNetwork):
        raise ValueError("critical_amplitude of a RandomNetwork needs a common sinusoid; phases are random")
    return _largest_zero(_on_circle(network), 3.0 * math.hypot(1.0, 2.0 * math.pi * drive.frequency), rtol)


def quasi_static_amplitude(network: BalancedNetwork) -> float:
    """Return the critical amplitude of a common sinusoid in the limit of low frequency, for ReLU.

    Rates are scale invariant: while the input sqrt(K) I0 + I1 sin is positive, a network is chaotic with the exponent
    lambda of a constant input, and while it is negative it is silent and contracts at rate 1. The part p of the period
    with positive input at which they cancel is p = 1/(1 + lambda), and I1 = sqrt(K) I0/sin(pi (p - 1/2)).

    Raises
    ------
    ValueError : for another nonlinearity than ReLU.
    """
    if not isinstance(network.nonlinearity, ReLU):
        raise ValueError(f"the quasi-static limit needs the scale invariance of ReLU, got {network.nonlinearity!r}")
    exponent = circle_exponent(solve_balanced_stationary(network.replace(drive=None)))
    if exponent <= 0.0:
        return 0.0
    part = 1.0 / (1.0 + exponent)
    return network.excitation / math.sin(math.pi * (part - 0.5))


def _scale(network: BalancedNetwork | RandomNetwork) -> float:
    """Amplitude of a common input that matters: the constant input, or the width of phi over the response."""
    if isinstance(network, BalancedNetwork):
        return abs(network.excitation)
    assert isinstance(network.drive, Sinusoid)
    return network.g * math.hypot(1.0, 2.0 * math.pi * network.drive.frequency)


def _common(network: BalancedNetwork | RandomNetwork, rtol: float) -> float:
    """Find the zero on a coarse torus, and polish it on one that resolves a long period."""
    assert isinstance(network.drive, Sinusoid)
    fine = max(_COARSE, 2 ** math.ceil(math.log2(6.0 / network.drive.frequency)))
    rough = _largest_zero(_on_torus(network, _COARSE), _scale(network), rtol if fine == _COARSE else 1e-3)
    if fine == _COARSE or rough == 0.0:
        return rough
    exponent = _on_torus(network, fine)
    points = [(rough, exponent(rough))]
    points.append((rough * (1.0 + math.copysign(2e-3, points[0][1])), 0.0))
    points[1] = points[1][0], exponent(points[1][0])
    for _ in range(8):
        (x0, y0), (x1, y1) = points[-2:]
        x = x1 - y1 * (x1 - x0) / (y1 - y0)
        if abs(x - x1) <= rtol * abs(x):
            return x
        points.append((x, exponent(x)))
    return points[-1][0]


def _by_march(network: Any) -> Callable[[float], float]:
    def exponent(amplitude: float) -> float:
        found = kernel_exponent(network.replace(**{"drive.amplitude": amplitude}), accuracy=1e-4)
        # a kernel that spreads belongs to a locked state; its slope is biased, but not in sign by much
        return found.history[-1] if found.exponent is None else found.exponent

    return exponent


def _on_torus(network: Any, n: int) -> Callable[[float], float]:
    previous: list[Any] = [None]

    def exponent(amplitude: float) -> float:
        at = network.replace(**{"drive.amplitude": amplitude})
        solution = solve_periodic(at, n=n, rtol=1e-7, init=previous[0], on_failure="ignore")
        if not solution.convergence.converged and previous[0] is not None:
            solution = solve_periodic(at, n=n, rtol=1e-7, on_failure="ignore")
        if not solution.convergence.converged:
            raise NotConvergedError(
                f"no locked state at amplitude {amplitude:.6g}: {solution.convergence.message}", solution
            )
        previous[0] = solution
        return torus_exponent(solution)[0]

    return exponent


def _on_circle(network: BalancedNetwork) -> Callable[[float], float]:
    previous: list[Any] = [None]

    def exponent(amplitude: float) -> float:
        at = network.replace(**{"drive.amplitude": amplitude})
        solution = solve_balanced_stationary(at, branch="locked", init=previous[0], on_failure="ignore")
        if not solution.convergence.converged:
            solution = solve_balanced_stationary(at, branch="locked")
        previous[0] = solution
        return circle_exponent(solution)

    return exponent


def _largest_zero(exponent: Callable[[float], float], scale: float, rtol: float) -> float:
    """Return the largest zero of a function that is negative at large arguments; 0.0 if it is never positive."""
    from scipy.optimize import brentq

    high = scale
    value = exponent(high)
    while value > 0:
        low = high
        high /= _STRIDE
        value = exponent(high)
        if value <= 0:
            break
        if high > 1e6 * scale:
            raise ValueError("the exponent stays positive at any amplitude: this input does not suppress chaos")
    else:
        low = high * _STRIDE
        while exponent(low) <= 0:
            high = low
            low *= _STRIDE
            if low < 1e-3 * scale:
                return 0.0
    return float(brentq(exponent, low, high, rtol=rtol, xtol=1e-6 * scale))
