"""One population of units that a user states, as the sampled theory sees it.

ds_i/dt = F(s_i, eta_1 ... eta_K) + b xi_i, b = dF/d eta_1, xi white noise. Paths of white noise cannot be integrated by
a method of higher order; those of y = s - b w are smooth, w' = -w + xi, and w is a Gaussian process known exactly:
    y' = F(y + b w, eta) + b w.
So w is a further field, of an Ornstein-Uhlenbeck process' covariance.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.drives import Drive
from dmft.models.expressions.several import names_in, replaced
from dmft.models.units.equations import Equations


@dataclass(frozen=True, eq=False)
class Site:
    """A unit, and what it hears beside the couplings.

    Attributes
    ----------
    equations : of the unit: d states, K fields.
    nonlinearity : phi of the first state, where the unit states no output of its own.
    bias : constant input of the first field.
    threshold_variance : variance over units of a constant input of the first field.
    drives : private Gaussian inputs of the first field, white noise left out.
    white : intensity of the white noise in it.
    moving : inputs of the first field that depend on time, the same for all units or sinusoids of phases of their own.
    alone : the unit without what it hears of its own past; None where it has no memory.
    """

    equations: Equations
    nonlinearity: Any
    bias: float = 0.0
    threshold_variance: float = 0.0
    drives: tuple[Drive, ...] = ()
    white: float = 0.0
    moving: tuple[Drive, ...] = ()
    alone: Site | None = None

    @property
    def noisy(self) -> bool:
        """Whether there is a private input that fluctuates."""
        return bool(self.drives) or self.white > 0.0

    @property
    def amplitude(self) -> float:
        """Amplitude of the sinusoids of random phase."""
        waves: list[Any] = [drive for drive in self.moving if drive.phased]
        return float(sum(wave.amplitude for wave in waves))

    @cached_property
    def distinct(self) -> tuple[ast.expr, ...]:
        """The outputs that differ, as trees; none where the output is phi of the first state."""
        return tuple({ast.unparse(tree): tree for tree in self.equations.outputs}.values())

    @cached_property
    def carried(self) -> tuple[int, ...]:
        """Which of the distinct outputs each field carries, K of them."""
        order = [ast.unparse(tree) for tree in self.distinct]
        return tuple(order.index(ast.unparse(tree)) for tree in self.equations.outputs) or (0,)

    @property
    def n_outputs(self) -> int:
        """Number of outputs that differ."""
        return max(len(self.distinct), 1)

    def output(self, values: dict[str, Any], k: int) -> Any:
        """Return an output at states by name."""
        if self.nonlinearity is not None:
            return self.nonlinearity(values[self.equations.states[0]])
        return self.equations.at(self.distinct[k], values)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of all that paths hear: the fields, then w where there is white noise."""
        return (*self.equations.fields, *([self._w] if self.white else []))

    @cached_property
    def flow(self) -> tuple[ast.expr, ...]:
        """What paths follow, dy/dt."""
        shifts = zip(self.equations.flow, self._entries, strict=True)
        return tuple(self.heard(ast.BinOp(tree, ast.Add(), shift) if shift else tree) for tree, shift in shifts)

    @cached_property
    def recorded(self) -> tuple[ast.expr, ...]:
        """The first state and the outputs that differ."""
        return tuple(self.heard(tree) for tree in (ast.Name(self.equations.states[0]), *self.distinct))

    def heard(self, tree: ast.expr) -> ast.expr:
        """Return a tree of states s as one of y."""
        shifts = zip(self.equations.states, self._entries, strict=True)
        by: dict[str, ast.expr] = {name: ast.BinOp(ast.Name(name), ast.Add(), e) for name, e in shifts if e}
        return replaced(tree, by) if by else tree

    @cached_property
    def _w(self) -> str:
        taken = {*self.equations.variables, *self.equations.parameters}
        name = "w"
        while name in taken:
            name += "w"
        return name

    @cached_property
    def _entries(self) -> tuple[ast.expr | None, ...]:
        """b_k w, None where it is zero.

        Raises
        ------
        ValueError : where b depends on states or fields.
        """
        none: tuple[ast.expr | None, ...] = (None,) * len(self.equations.states)
        if not self.white:
            return none
        slopes = [row[0] for row in self.equations.by_field]
        if any(set(names_in(tree)) & set(self.equations.variables) for tree in slopes):
            raise ValueError(
                "white noise is solved where it adds to the equations: the slopes of these by the first field must be "
                f"constants, got {', '.join(ast.unparse(tree) for tree in slopes)}; give dmft.OrnsteinUhlenbeck of a "
                "short correlation time"
            )
        zero = [ast.unparse(tree) in ("0", "0.0") for tree in slopes]
        w = ast.Name(self._w)
        return tuple(
            None if empty else ast.BinOp(tree, ast.Mult(), w) for tree, empty in zip(slopes, zero, strict=True)
        )

    def input_covariance(self, lags: FloatArray) -> FloatArray:
        """Return the covariance of the private input of the first field at lags, white noise left out."""
        return np.asarray(sum((drive.covariance(lags) for drive in self.drives), np.zeros(np.shape(lags))))

    def white_covariance(self, lags: FloatArray) -> FloatArray:
        """Return the covariance of w at lags."""
        return np.asarray(0.5 * self.white * np.exp(-lags))
