"""The critical amplitude of an infinitely slow sinusoid."""

from __future__ import annotations

import math
from typing import Any

from dmft.theories.reduction import reduced
from dmft.theories.stationary import solve_stationary
from dmft.theories.stationary.balanced import locked_exponent as circle_exponent


def quasi_static_amplitude(network: Any) -> float:
    """Return the critical amplitude of a common sinusoid in the limit of low frequency, for ReLU.

    Rates are scale invariant: while the input sqrt(K) I0 + I1 sin is positive, a network is chaotic with the exponent
    lambda of a constant input, and while it is negative it is silent and contracts at rate 1. The part p of the period
    with positive input at which they cancel is p = 1/(1 + lambda), and I1 = sqrt(K) I0/sin(pi (p - 1/2)).

    Raises
    ------
    ValueError : for another nonlinearity than ReLU, without a constant input, or for other drives beside.
    """
    problem = reduced(network)
    if not problem.rectified:
        raise ValueError(f"the quasi-static limit needs the scale invariance of ReLU, got {problem.nonlinearity!r}")
    if problem.centred or problem.noise or problem.waves:
        raise ValueError("the quasi-static limit is that of a common sinusoid around a constant input, without noise")
    exponent = circle_exponent(solve_stationary(problem.replaced(drive=None)))
    if exponent <= 0.0:
        return 0.0
    part = 1.0 / (1.0 + exponent)
    return problem.bias / math.sin(math.pi * (part - 0.5))
