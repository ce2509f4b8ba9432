"""The equations of a unit as trees: states, fields and parameters, slopes, and whether they are linear."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.expressions.several import names_in, read, replaced, slope, value

_RADIUS, _POINTS = 3.0, 400  # of states and fields, at which equations are looked at
_SMALL = 1e-12


@dataclass(frozen=True, eq=False)
class Equations:
    """ds/dt = F(s, fields), and an output of each field.

    Attributes
    ----------
    states, fields : their names, d and K of them.
    flow : F as trees, d of them.
    outputs : trees, one a field; of none where the output is a nonlinearity of the first state.
    parameters : numbers by name.
    """

    states: tuple[str, ...]
    fields: tuple[str, ...]
    flow: tuple[ast.expr, ...]
    outputs: tuple[ast.expr, ...]
    parameters: Mapping[str, float]

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """States and fields."""
        return (*self.states, *self.fields)

    @cached_property
    def by_state(self) -> tuple[tuple[ast.expr, ...], ...]:
        """dF_k/ds_l, d x d."""
        return tuple(tuple(slope(tree, name) for name in self.states) for tree in self.flow)

    @cached_property
    def by_field(self) -> tuple[tuple[ast.expr, ...], ...]:
        """dF_k/d(field l), d x K."""
        return tuple(tuple(slope(tree, name) for name in self.fields) for tree in self.flow)

    @cached_property
    def output_slopes(self) -> tuple[tuple[ast.expr, ...], ...]:
        """d(output k)/ds_l, K x d."""
        return tuple(tuple(slope(tree, name) for name in self.states) for tree in self.outputs)

    @cached_property
    def linear(self) -> bool:
        """Whether F is linear in states and fields, at the values of the parameters."""
        numbers: dict[str, ast.expr] = {name: ast.Constant(number) for name, number in self.parameters.items()}
        trees = [replaced(tree, numbers) for tree in self.flow]
        slopes = [slope(tree, name) for tree in trees for name in self.variables]
        moving = any(set(names_in(tree)) & set(self.variables) for tree in slopes)
        rest = dict.fromkeys(self.variables, 0.0)
        return not moving and all(float(value(tree, rest)) == 0.0 for tree in trees)

    def at(self, tree: ast.expr, values: Mapping[str, Any]) -> Any:
        """Return the value of a tree at states and fields."""
        return value(tree, {**self.parameters, **values})

    def matrix(self, trees: tuple[tuple[ast.expr, ...], ...], values: Mapping[str, Any]) -> FloatArray:
        """Return a matrix of trees at states and fields, shape (rows, columns, ...)."""
        shape = np.broadcast_shapes(*(np.shape(number) for number in values.values()))
        rows = [[np.broadcast_to(self.at(tree, values), shape) for tree in row] for row in trees]
        return np.asarray(rows, dtype=float)

    @property
    def at_rest(self) -> dict[str, float]:
        """States and fields at zero."""
        return dict.fromkeys(self.variables, 0.0)

    @cached_property
    def points(self) -> dict[str, FloatArray]:
        """States and fields at points around zero: normal numbers of deviation 3, the same in every process."""
        rng = np.random.default_rng(7)
        return {name: _RADIUS * rng.standard_normal(_POINTS) for name in self.variables}

    @cached_property
    def fastest(self) -> float:
        """The largest |eigenvalue| of dF/ds at rest, and in 9 of 10 points of size one: one over the shortest time."""
        near = {name: values / _RADIUS for name, values in self.points.items()}
        slopes = np.moveaxis(self.matrix(self.by_state, near), -1, 0)
        slopes = slopes[np.all(np.isfinite(slopes), axis=(1, 2))]
        rates = np.max(np.abs(np.linalg.eigvals(slopes)), axis=-1)
        rest = self.matrix(self.by_state, self.at_rest)
        here = np.max(np.abs(np.linalg.eigvals(rest))) if np.all(np.isfinite(rest)) else 0.0
        return float(max(np.quantile(rates, 0.9), here, 1e-3))

    def mirrored(self, outputs: tuple[Any, ...]) -> bool:
        """Whether signs of some states and fields can be turned so that F turns with its state, and every output turns.

        Fields of mean zero then keep outputs of mean zero.

        Parameters
        ----------
        outputs : functions of states by name, to arrays.
        """
        known = self.points
        before = [np.asarray(self.at(tree, known)) for tree in self.flow]
        said = [np.asarray(output(known)) for output in outputs]
        for signs in product((-1.0, 1.0), repeat=len(self.variables)):
            turned = dict(zip(self.variables, signs, strict=True))
            there = {name: sign * known[name] for name, sign in turned.items()}
            follows = all(
                _alike(self.at(tree, there), turned[name] * old)
                for name, tree, old in zip(self.states, self.flow, before, strict=True)
            )
            if follows and all(_alike(output(there), -old) for output, old in zip(outputs, said, strict=True)):
                return True
        return False


def _alike(one: Any, other: Any) -> bool:
    a, b = (np.broadcast_to(np.asarray(part, dtype=float), (_POINTS,)) for part in (one, other))
    usable = np.isfinite(a) & np.isfinite(b)
    return bool(np.all(np.abs(a - b)[usable] <= _SMALL * (1.0 + np.abs(a[usable]))))


def characteristic(matrix: list[list[Any]]) -> tuple[list[Any], list[list[list[Any]]]]:
    """Return det(s - A), the highest power first, and the matrices of adj(s - A) = sum_k s^(d-1-k) M_k [Faddeev and
    Le Verrier], exact in the arithmetic of the entries."""
    d = len(matrix)
    identity = [[type(matrix[0][0])(i == j) for j in range(d)] for i in range(d)]
    coefficients: list[Any] = [type(matrix[0][0])(1)]
    adjugate = [identity]
    for k in range(1, d + 1):
        moved = _multiplied(matrix, adjugate[-1])
        coefficients.append(-sum(moved[i][i] for i in range(d)) / k)
        shifted = [[moved[i][j] + coefficients[-1] * identity[i][j] for j in range(d)] for i in range(d)]
        if k < d:
            adjugate.append(shifted)
    return coefficients, adjugate


def _multiplied(a: list[list[Any]], b: list[list[Any]]) -> list[list[Any]]:
    return [[sum(x * b[k][j] for k, x in enumerate(row)) for j in range(len(b))] for row in a]


def states_named(states: Iterable[str]) -> str:
    """Return "the state x" or "the states x, y", for a sentence."""
    listed = list(states)
    return f"the state{'s' if len(listed) > 1 else ''} {', '.join(listed)}"


def unit_trees(equations: Mapping[str, str]) -> dict[str, ast.expr]:
    """Return the trees of equations by state.

    Raises
    ------
    ValueError : naming the state whose equation is none.
    """
    trees = {}
    told = f"{states_named(equations)}, fields and parameters of any other names"
    for state, text in equations.items():
        try:
            trees[state] = read(text, told)
        except ValueError as error:
            raise ValueError(f"the equation of {state!r}: {error}") from None
    return trees
