"""Networks that are linear in fixed contexts, and polynomials in their weights: the statements of implicit bias.

Their output is <zeta(theta), psi(x)>: psi holds the input in the context that the gates say, which no weight moves, and
zeta is a polynomial of degree L in the weights. Of all zeta that give the training set margin one, gradient descent
ends in the direction of the one that the smallest weights |theta| can make: in the least norm

    rho(zeta) = min {|theta|^2/2 : zeta(theta) = zeta} = (L/2) sum_g |zeta_g|^(2/L),

g the parts of zeta that share their read-out weights [Lippl, Abbott & Chung (2022)].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from dmft.models.checks import named, one_of, whole
from dmft.models.gates import KINDS
from dmft.models.statement import Statement

_DEEPEST = 100


@dataclass(frozen=True)
class GatedLinear(Statement):
    """Units that are linear in each of their contexts, c_h(x), in parallel chains of L layers.

    layers = 1:  f(x) = sum_h w_{h, c_h}.x
    layers = L:  f(x) = sum_h a_h^(L) ... a_h^(2) w_{h, c_h}.x, read-out weights a_h, one a layer and a unit;
                 a_{h, c_h} where the read-out is gated too.

    A constant input (a column of ones) is the bias; without it all predictors pass through the origin.

    Parameters
    ----------
    gates : `dmft.HalfSpaces`, `dmft.RectifierGates` (a rectified network whose gates are frozen), or `dmft.Contexts`
        (given with the inputs). One of `n_units` = 1 is shared by all units.
    layers : L, of each chain.
    readout : "ungated": read-out weights are the same in all contexts; "gated": each context has its own.
    units : number of units; default that of the gates. With a shared gate any number: the limit does not depend on it.

    Raises
    ------
    ValueError, TypeError : for what are no gates; units that are neither one gate's nor as many as gates; a gated
        read-out of a single layer, which has none.
    """

    gates: Any
    layers: int = field(default=2, kw_only=True, metadata={"unit": "1", "meaning": "layers of each chain"})
    readout: Literal["ungated", "gated"] = field(default="ungated", kw_only=True)
    units: int | None = field(default=None, kw_only=True, metadata={"unit": "1", "meaning": "units"})

    biased, references = True, ()  # by a constant input; none beyond those of the theory

    def __post_init__(self) -> None:
        if not isinstance(self.gates, KINDS):
            raise TypeError(f"gates must be one of {named(KINDS)}, got {self.gates!r}")
        object.__setattr__(self, "layers", whole("layers", self.layers, least=1, most=_DEEPEST))
        one_of("readout", self.readout, ("ungated", "gated"))
        if self.layers == 1 and self.readout == "gated":
            raise ValueError("a single layer has no read-out that could be gated; take layers=2, or readout='ungated'")
        if self.units is not None:
            object.__setattr__(self, "units", whole("units", self.units, least=1))
            if not (self.shared or self.gates.n_units == self.units):
                raise ValueError(
                    f"units must be as many as have gates, {self.gates.n_units}, or share one gate; got {self.units}"
                )

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.gates.n_units if self.units is None else self.units)

    @property
    def shared(self) -> bool:
        """Whether all units have the same gate."""
        return bool(self.gates.n_units == 1)


@dataclass(frozen=True)
class RectifiedNetwork(Statement):
    """Two layers of rectified units, f(x) = sum_h a_h max(w_h.x, 0), whose gates move with their weights.

    There is no theory of where they move; those of a trained network, frozen, state a `GatedLinear`, of which there is.

    Parameters
    ----------
    units : number of units.

    Raises
    ------
    ValueError, TypeError : for what is no whole number >= 1.
    """

    units: int = field(default=50, metadata={"unit": "1", "meaning": "units"})

    biased = True  # by a constant input

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole("units", self.units, least=1))
