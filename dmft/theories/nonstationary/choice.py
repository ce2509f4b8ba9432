"""The methods for transients by the kind of network, in the order in which they are tried."""

from __future__ import annotations

from typing import Any

from dmft.theories.composed import discrete
from dmft.theories.low_rank import has_low_rank
from dmft.theories.nonstationary.low_rank_march import LowRankMarch
from dmft.theories.nonstationary.methods import SampledPaths, TwoTimeMarch
from dmft.theories.nonstationary.question import Question
from dmft.theories.nonstationary.steps import StepByStep
from dmft.theories.nonstationary.unit_paths import UnitPaths
from dmft.theories.stated_units import is_stated


def methods_for(question: Question) -> tuple[Any, ...]:
    """Return the methods to be tried."""
    if discrete(question.network):
        return (StepByStep(),)
    if has_low_rank(question.network):
        return (LowRankMarch(),)
    if is_stated(question.network):
        return (UnitPaths(),)
    return TwoTimeMarch(), SampledPaths()
