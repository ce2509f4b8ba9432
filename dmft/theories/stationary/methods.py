"""The methods of the stationary theory, in the order in which they are tried."""

from __future__ import annotations

from typing import Any

from dmft.theories.low_rank import has_low_rank
from dmft.theories.stated_units import has_stated_units, is_stated
from dmft.theories.stationary.balanced.method import Balanced
from dmft.theories.stationary.centred.methods import AtRest, EnergyOrbit, LagEquation
from dmft.theories.stationary.discrete.method import DiscreteTime
from dmft.theories.stationary.low_rank.method import LowRankStates
from dmft.theories.stationary.low_rank.shared_method import LowRankPopulations
from dmft.theories.stationary.populations.method import Populations
from dmft.theories.stationary.question import Question
from dmft.theories.stationary.sampled import Sampled
from dmft.theories.stationary.species.method import UniqueFixedPoint
from dmft.theories.stationary.species.statement import has_species
from dmft.theories.stationary.units.method import LinearUnits
from dmft.theories.units import has_filters

METHODS = (AtRest(), EnergyOrbit(), LagEquation(), Balanced(), Sampled())
SEVERAL = (Populations(), DiscreteTime())


def methods_for(question: Question) -> tuple[Any, ...]:
    """Return the methods to be tried: those of one population first, unless its arrays are to have an axis."""
    if has_stated_units(question.statement):
        return (UniqueFixedPoint(), Sampled()) if has_species(question.statement) else (Sampled(),)
    if has_filters(question.statement):
        return (LinearUnits(), Sampled()) if is_stated(question.statement) else (LinearUnits(),)
    if has_low_rank(question.statement):
        return (LowRankStates(), LowRankPopulations())
    if question.outside is not None:
        return SEVERAL
    return (*SEVERAL, *METHODS) if "" not in question.network.network.named else METHODS
