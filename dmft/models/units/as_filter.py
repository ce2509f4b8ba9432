"""A linear unit with an output of its own as a linear unit with a nonlinearity, which the theory of filters knows."""

from __future__ import annotations

import ast
from typing import Any

from dmft.models.dynamics import UnitDynamics
from dmft.models.expressions.several import names_in, replaced
from dmft.models.symbolic import Symbolic
from dmft.models.units.stated import Dynamics


def told_by_state(dynamics: UnitDynamics) -> dict[str, Any] | None:
    """Return the nonlinearity and the dynamics that say the same of a population; None where none do.

    They do of linear units with one field whose output is a function of the first state, a slope of which is bounded.
    """
    equations = dynamics.stated
    if equations is None or dynamics.sampled or not equations.outputs:
        return None
    (output,) = equations.outputs
    first = equations.states[0]
    if set(names_in(output)) & set(equations.states) != {first}:
        return None
    by: dict[str, ast.expr] = {name: ast.Constant(number) for name, number in equations.parameters.items()}
    try:
        phi = Symbolic(ast.unparse(replaced(output, {**by, first: ast.Name("x")})))
    except ValueError:
        return None
    flow = {state: ast.unparse(tree) for state, tree in zip(equations.states, equations.flow, strict=True)}
    used = {name for tree in equations.flow for name in names_in(tree)}
    numbers = {name: number for name, number in equations.parameters.items() if name in used}
    return {"nonlinearity": phi, "dynamics": Dynamics(flow, parameters=numbers)}
