"""Realizations of a perceptron with its patterns, at several sizes."""

from __future__ import annotations

from typing import Any, Unpack

from dmft.errors import spelling
from dmft.models.checks import non_negative, positive
from dmft.models.perceptron import Perceptron, weight_limits
from validation.ensemble import checked_sizes
from validation.perceptrons.measures import MEASURES
from validation.perceptrons.plan import PerceptronPlan
from validation.simulation import Simulation
from validation.static_plan import checked_measures
from validation.static_running import Repeated, simulated

_SIZES = (50, 100, 200)


@spelling
def simulate_perceptron(
    perceptron: Perceptron,
    sizes: Any = None,
    *,
    load: float | None = None,
    measure: Any = ("separable",),
    limits: tuple[float, float] | None = None,
    ridge: float = 0.0,
    **repeated: Unpack[Repeated],
) -> Simulation:
    """Draw patterns for a neuron at several sizes, and find its best weights by convex programs.

    Of P = round(load N) patterns exactly round(p P) have the label +1. Separation is a linear program (HiGHS), margins
    are quadratic and cone programs (Clarabel), fits are non-negative least squares.

    Parameters
    ----------
    perceptron : `dmft.Perceptron`; its `inputs` say from which distribution patterns are drawn.
    sizes : numbers of inputs N; default 50, 100, 200.
    load : P/N > 0; needed for all but "capacity".
    measure : one or several of "separable" (0 or 1), "capacity" (how many of a sequence of patterns can be told apart,
        over N), "input_margin" (nan where the patterns cannot be told apart, inf where no label is +1), "output_margin"
        (negative where they cannot),
        "regression" (of targets that are independent of the inputs).
    limits, ridge : of the regression, as in `dmft.solve_regression`.
    repeated : n_realizations, seed, executor, checkpoint, progress, as for networks.

    Returns
    -------
    Simulation : of each margin also `*_norm`, `*_imbalance`, `*_silent_E` and `*_silent_I` of its weights.

    Raises
    ------
    ValueError, TypeError : for arguments out of range; for a load that is missing.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if a solver fails.
    CheckpointError, OSError : as for networks.

    Accuracy
    --------
    Margins 1e-7, by the tolerance of the solver: tests/limits/test_perceptron_programs.py.

    Cost
    ----
    N = 200, load 1: 0.03 s for a linear program, 0.1 s for a margin.
    """
    measures = checked_measures(measure, MEASURES)
    if load is not None:
        load = positive("load", load)
    elif any(chosen.needs_load for chosen in measures):
        words = ", ".join(chosen.word for chosen in measures if chosen.needs_load)
        raise ValueError(f"load must be given to measure {words}: patterns per input, P = load N")
    bounds = None if limits is None else weight_limits(limits, signed=perceptron.excitatory is not None)
    plan = PerceptronPlan(perceptron, measures, load, bounds, non_negative("ridge", ridge))
    return simulated(
        plan,
        checked_sizes(_SIZES if sizes is None else sizes),
        remedy=f"take fewer realizations, {'' if load is None else 'a smaller load, '}or smaller sizes",
        **repeated,
    )
