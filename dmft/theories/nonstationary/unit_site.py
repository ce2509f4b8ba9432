"""A unit stated by equations as it is marched in time: its states, how they begin, what it shows and sends.

Of a Lotka-Volterra species ln x is marched, u' = 1 - exp(u) + h + immigration exp(-u): x stays positive, however small
it becomes, and a species that dies out decays at its own rate. x begins at the size of a normal number.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.dynamics import UnitDynamics
from dmft.models.expressions.several import read, value
from dmft.numerics.unit_paths import Marcher
from dmft.theories.stated_site import Site

_EXTINCT = 1e-300  # in place of an abundance that begins at zero


@dataclass(frozen=True, eq=False)
class MarchedSite:
    """One population.

    Attributes
    ----------
    site : the unit and its inputs.
    march : of its states.
    shown : trees of x and of the outputs that differ, in what the march knows.
    positive : whether the march is one of the logarithm of x.
    """

    site: Site
    march: Marcher
    shown: tuple[ast.expr, ...]
    positive: bool

    @property
    def n_outputs(self) -> int:
        """Number of outputs that differ."""
        return self.site.n_outputs

    @property
    def fastest(self) -> float:
        """One over the shortest time of the unit; of species, whose equation is that of the logarithm, 1."""
        return 1.0 if self.positive else self.site.equations.fastest

    def begun(self, x: FloatArray, w: FloatArray) -> FloatArray:
        """Return the states at the beginning, shape (d, m): x in the first, zero in others, what white noise has made
        so far taken off."""
        states = np.zeros((len(self.march.states), len(x)))
        states[0] = np.log(np.maximum(np.abs(x), _EXTINCT)) if self.positive else x
        if self.site.white:
            names = dict(zip(self.march.states, np.zeros((len(states), 1)), strict=True))
            for k, name in enumerate(self.march.states):
                tree = self.site.heard(ast.Name(name))
                states[k] -= value(tree, {**self.march.parameters, **names, self.site.fields[-1]: w})
        return states

    def seen(self, states: FloatArray, w: FloatArray) -> FloatArray:
        """Return x and the outputs that differ, shape (1 + K', m)."""
        known: dict[str, Any] = {**self.march.parameters, **dict(zip(self.march.states, states, strict=True))}
        if self.site.white:
            known[self.site.fields[-1]] = w
        found = [np.broadcast_to(value(tree, known), states.shape[1:]) for tree in self.shown]
        if self.site.nonlinearity is not None:
            found.append(np.asarray(self.site.nonlinearity(found[0])))
        return np.array(found)


def marched_site(site: Site, dynamics: UnitDynamics) -> MarchedSite:
    """Return the march of a unit."""
    equations, immigration = site.equations, dynamics.immigrates
    if immigration is None:
        march = Marcher(equations.states, site.fields, site.flow, (), equations.parameters)
        return MarchedSite(site, march, site.recorded, False)
    arriving = " + immigration*exp(-u)" if immigration else ""
    flow = (read(f"1 - exp(u) + {equations.fields[0]}{arriving}"),)
    march = Marcher(("u",), site.fields, flow, (), equations.parameters)
    return MarchedSite(site, march, (read("exp(u)"),) * 2, True)
