"""Which theory a network calls for, when the user names none, and what the solutions of a theory hold."""

from __future__ import annotations

from functools import partial, singledispatch
from typing import Any, get_type_hints

from dmft.models.convolution import LinearConvolution
from dmft.models.gated_linear import GatedLinear
from dmft.models.layered import LayeredNetwork
from dmft.models.manifolds import Ball, Ellipsoid, Manifolds, PointCloud
from dmft.models.perceptron import Perceptron
from dmft.models.teacher_student import TeacherStudent
from dmft.sweeps.sweep import Solver
from dmft.theories.capacity import solve_capacity
from dmft.theories.manifolds import solve_manifolds
from dmft.theories.periodic import solve_periodic
from dmft.theories.reduction import reduced_or_none
from dmft.theories.solution import Solution
from dmft.theories.stationary import solve_stationary


@singledispatch
def theory_of(network: Any) -> Solver:
    """Return the verb that a statement calls for; for a statement of your own, `theory_of.register` a function.

    Raises
    ------
    TypeError : for what is no statement of a network.
    """
    if not callable(getattr(network, "compose", None)):
        raise TypeError(f"no theory is known of a {type(network).__name__}; give solve=")
    reduction = reduced_or_none(network)
    if reduction is not None and reduction.common_wave is not None:
        return solve_periodic
    return solve_stationary


@theory_of.register
def _(network: Perceptron) -> Solver:
    return solve_capacity


@theory_of.register(GatedLinear | LinearConvolution)
def _(network: Any) -> Solver:
    raise TypeError(
        "the limit of gradient descent is that of a training set: give solve=functools.partial("
        "dmft.solve_implicit_bias, inputs=..., labels=...)"
    )


@theory_of.register
def _(network: LayeredNetwork) -> Solver:
    raise TypeError(
        "the angle of a learning signal is that of a rule: give solve=functools.partial(dmft.solve_alignment, rule=...)"
    )


@theory_of.register
def _(network: TeacherStudent) -> Solver:
    raise TypeError(
        "a student learns by a rule, at a rate: give solve=functools.partial(dmft.solve_online_learning, rule=..., "
        "rate=..., duration=...)"
    )


for _shape in (Ball, Ellipsoid, PointCloud, Manifolds):
    theory_of.register(_shape, lambda _: solve_manifolds)


def solution_of(solve: Solver) -> type[Solution] | None:
    """Return the class of the solutions that a verb says it returns; None where it does not, or not one of ours."""
    try:
        kind = get_type_hints(verb_of(solve)).get("return")
    except (NameError, TypeError):
        return None
    return kind if isinstance(kind, type) and issubclass(kind, Solution) else None


def verb_of(solve: Solver) -> Solver:
    """Return the verb itself of one with settings, such as ``functools.partial(dmft.solve_robustness, load=0.2)``."""
    while isinstance(solve, partial):
        solve = solve.func
    return solve
