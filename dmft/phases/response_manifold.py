"""The manifold of a network's responses to one input: where the theory of dynamics meets that of capacity.

A class is one input (the phases of a random-phase sinusoid), its manifold the rates at one moment of many trials, which
differ in their initial state and their noise. Of two trials of the same input rates have the overlap C_12, at one time;
after long enough they are like two times of one trial that lie a long way, and whole periods, apart: both have
forgotten all but the couplings and the input. So C_12 = C^phi(n T), n -> inf, and the distances between trials and from
the origin follow from C^phi alone. Their mean has the square C_12 an unit, deviations C^phi(0) - C_12, and of few
trials in a large network deviations are at right angles.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.models.checks import integer
from dmft.models.manifolds import PointCloud
from dmft.theories.stationary import StationarySolution

_FAR = 1e6  # periods, or tau, after which nothing is left of a trial
_AGREE = 1e-6


def response_manifold(solution: StationarySolution, trials: int) -> PointCloud:
    """Return the rates of several trials of one input, at one moment, as points with the distances of theory.

    Parameters
    ----------
    solution : of a network of one population with an odd nonlinearity that is driven by a sinusoid of random phases,
        with or without noise: its input is what trials share.
    trials : number of points, at least 2; small beside the dimension of the activity, N times
        `dmft.effective_dimension`.

    Returns
    -------
    PointCloud : in units of the rates, per unit. `dmft.solve_manifolds` of it: capacity for classes whose mean
        responses are uncorrelated, as those of independent phases are. Where chaos is suppressed all trials are one
        point, and the capacity is 2.

    Raises
    ------
    ValueError, TypeError : for fewer than two trials, a solution of another theory, or a network whose trials share
        nothing (no input that is the same in all of them).

    Accuracy
    --------
    Overlaps within errors of networks of 500 units, 5 %; capacity and radius within those of networks of 400 to 1600
    units along 1/N, 5 and 9 % with and without noise. Next to the transition small networks end in limit cycles: trials
    lie on one closed curve, not at right angles, and capacity is up to 1.5 times as high (250 units):
    `tests/statistical/test_response_manifolds.py`.

    Cost
    ----
    That of two values of a correlation function.
    """
    count = integer("trials", trials, least=2)
    correlation: Any = getattr(solution, "corr_phi_at", None)
    if correlation is None or np.ndim(solution.variance) != 0:
        raise TypeError(
            "response_manifold takes a solution of solve_stationary, of one population without a name, got "
            f"{type(solution).__name__}"
        )
    period = _period(solution)
    whole = float(correlation(0.0))
    shared = float(correlation(_FAR * period))
    if not shared > _AGREE * whole:
        raise ValueError(
            "trials share nothing, their mean response is zero: drive the network by an input that is the same in all "
            'of them, dmft.Sinusoid(amplitude, frequency, phases="random")'
        )
    within = max(whole - shared, 0.0)
    if within <= _AGREE * whole:  # they have come together
        within = 0.0
    points = math.sqrt(within) * np.eye(count, count + 1)
    points[:, count] = math.sqrt(shared)
    return PointCloud(points)


def _period(solution: Any) -> float:
    """Return the period of the input, 1 where there is none."""
    wave = solution.reduction.wave
    return 1.0 if wave is None else 1.0 / wave.frequency
