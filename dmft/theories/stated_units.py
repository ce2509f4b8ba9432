"""What a sampled theory of units that a user states needs to know of a statement.

ds_i/dt = F(s_i, eta_1 ... eta_K), eta_k,i = sum_j J^k_ij o_k(s_j) (+ a private input in the first field).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.drives import Drive
from dmft.models.network import Population
from dmft.models.units.equations import Equations
from dmft.theories.composed import check_complete, composed, total


@dataclass(frozen=True, eq=False)
class StatedUnits:
    """One population of units stated by their equations, about outputs of mean zero.

    Attributes
    ----------
    statement : as it was given.
    equations : of the unit: d states, K fields.
    nonlinearity : phi of the first state, where the unit states no output of its own.
    gains : g_k of the couplings that carry each field, shape (K,).
    drives : private Gaussian inputs of the first field.
    """

    statement: Any
    equations: Equations
    nonlinearity: Any
    gains: FloatArray
    drives: tuple[Drive, ...]

    @property
    def noisy(self) -> bool:
        """Whether there is a private input."""
        return bool(self.drives)

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

    def input_covariance(self, lags: FloatArray) -> FloatArray:
        """Return the covariance of the private input at lags."""
        return np.asarray(sum((drive.covariance(lags) for drive in self.drives), np.zeros(np.shape(lags))))


def has_stated_units(statement: Any) -> bool:
    """Whether a unit of a network is stated by equations that only sampling solves; in a reduction none is."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    units = [population.dynamics for population in composed(statement).named.values()]
    return any(unit.sampled or unit.speaks for unit in units)


def is_stated(statement: Any) -> bool:
    """Whether all units of a network are stated by equations, linear ones too."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    return all(population.dynamics.stated is not None for population in composed(statement).named.values())


def stated_units_of(statement: Any) -> StatedUnits:
    """Return the units of a statement.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for what the sampled theory of units does not know, by name.
    """
    network = composed(statement)
    if "" not in network.named:
        raise ValueError(
            f"units stated by equations are solved in one population without a name, got {', '.join(network.named)}: "
            "give dmft.Network(population, couplings)"
        )
    (population,) = network.named.values()
    equations = population.dynamics.stated
    if equations is None:
        raise ValueError(f"{population.dynamics!r} states no equations; dmft.Dynamics(...) does")
    couplings = network.couplings
    for term in ("mean", "low_rank", "plastic"):
        if getattr(couplings, term) is not None:
            raise ValueError(f"units stated by equations are solved without couplings.{term}; leave it out")
    if couplings.random is None:
        raise ValueError("without random couplings there is no mean field to solve; give Couplings(dmft.Random(g))")
    terms = [couplings.random[name] for name in equations.fields] if couplings.by_field else [couplings.random]
    if any(term.symmetry for term in terms):
        raise ValueError("units stated by equations are solved with independent couplings, symmetry=0")
    units = StatedUnits(
        statement=statement,
        equations=equations,
        nonlinearity=population.nonlinearity,
        gains=np.array([float(np.squeeze(term.g)) for term in terms]),
        drives=_private(population),
    )
    outputs = tuple((lambda values, k=k: units.output(values, k)) for k in range(units.n_outputs))
    if not equations.mirrored(outputs):
        raise ValueError(
            "units stated by equations are solved where their output has mean zero by symmetry: turning the signs of "
            f"some states and fields must turn every output; it does not for {population.dynamics!r}"
            + ("" if units.nonlinearity is None else f" with {units.nonlinearity!r}")
        )
    return units


def _private(population: Population) -> tuple[Drive, ...]:
    """Return the private inputs; refuse what else may be heard."""
    terms = () if population.drive is None else population.drive.terms
    if total([population.bias, *(term.constant for term in terms)]) or population.threshold_variance:
        raise ValueError(
            "units stated by equations are solved about a mean of zero: leave out bias, constant drives and "
            "threshold_variance"
        )
    heard = tuple(term for term in terms if not term.silent)
    for term in heard:
        if term.common or term.phased:
            raise ValueError(f"units stated by equations are solved with private Gaussian input alone, got {term!r}")
        if term.white:
            raise ValueError(
                f"white noise is not solved for units stated by equations, got {term!r}; give "
                "dmft.OrnsteinUhlenbeck of a short correlation time"
            )
        check_complete(term)
    return heard
