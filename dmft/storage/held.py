"""The classes that a file of a solution may name: the public ones, and those of which solutions are made."""

from __future__ import annotations

from functools import cache
from typing import Any

import dmft
from dmft.numerics.filtered_lags import LagGrid
from dmft.numerics.spectral_elements import HalfLine


@cache
def _held() -> dict[str, type]:
    from dmft.models.gates import Hyperplanes
    from dmft.observables.abundances import Abundance
    from dmft.observables.elliptic_jacobian import EllipticSpectrum
    from dmft.observables.low_rank_jacobian import LowRankSpectrum
    from dmft.observables.rate_parts import RatePart, UnitRate
    from dmft.theories.stationary.balanced.process import BalancedProcess
    from dmft.theories.stationary.centred.fast_drive import RippledCorrelation
    from dmft.theories.stationary.centred.lag_averages import GaussianAverages, RestingAverages
    from dmft.theories.stationary.centred.orbit import EnergyOrbit
    from dmft.theories.stationary.centred.phase_averages import PhaseAverages
    from dmft.theories.stationary.centred.problem import ConstantCorrelation, MeshCorrelation
    from dmft.theories.stationary.centred.process import CentredProcess
    from dmft.theories.stationary.centred.ramps import Ramp
    from dmft.theories.stationary.centred.smoothed_harmonics import HarmonicTable
    from dmft.theories.stationary.centred.smoothed_phases import SmoothedPhaseAverages
    from dmft.theories.stationary.centred.table_accuracy import Accuracy
    from dmft.theories.stationary.discrete.process import SteppedProcess
    from dmft.theories.stationary.low_rank.process import LowRankProcess
    from dmft.theories.stationary.low_rank.shared_process import SharedProcess
    from dmft.theories.stationary.low_rank.stepped import SteppedStructure
    from dmft.theories.stationary.plastic.process import RememberedProcess
    from dmft.theories.stationary.populations.process import PopulationProcess
    from dmft.theories.stationary.species.process import SpeciesProcess
    from dmft.theories.stationary.stated_units.process import UnitProcess
    from dmft.theories.stationary.symmetric.process import EchoedProcess
    from dmft.theories.stationary.units.process import FilteredProcess
    from dmft.theories.two_site.elliptic import EllipticKernel
    from dmft.theories.two_site.filters import FilterKernel
    from dmft.theories.two_site.pole import PoleKernel
    from dmft.theories.two_site.populations import PopulationKernel
    from dmft.theories.two_site.steps import StepKernel

    processes = (
        FilteredProcess,
        UnitProcess,
        SpeciesProcess,
        CentredProcess,
        BalancedProcess,
        EchoedProcess,
        RememberedProcess,
        SteppedProcess,
        PopulationProcess,
        LowRankProcess,
        SteppedStructure,
        SharedProcess,
    )
    correlations = (ConstantCorrelation, MeshCorrelation, RippledCorrelation, EnergyOrbit, HalfLine, LagGrid)
    averages = (GaussianAverages, RestingAverages, PhaseAverages, Ramp, SmoothedPhaseAverages, HarmonicTable, Accuracy)
    kinds: tuple[type, ...] = (
        Hyperplanes,
        *processes,
        *correlations,
        *averages,
        EllipticKernel,
        FilterKernel,
        PoleKernel,
        StepKernel,
        PopulationKernel,
        EllipticSpectrum,
        LowRankSpectrum,
        RatePart,
        UnitRate,
        Abundance,
    )
    return {_place(kind): kind for kind in kinds}


def _place(kind: type) -> str:
    return f"{kind.__module__}:{kind.__name__}"


def address_of(kind: type) -> str | None:
    """Return the public name of a class, which outlives a move, or its module and name; None if no file may name it."""
    name = kind.__name__
    if name in dmft.__all__ and getattr(dmft, name) is kind:
        return name
    return _place(kind) if _place(kind) in _held() else None


def class_of(address: Any) -> type:
    """Return the class of an address.

    Raises
    ------
    ValueError : for an address that `address_of` does not give.
    """
    kind = getattr(dmft, address) if address in dmft.__all__ else _held().get(str(address))
    if not isinstance(kind, type):
        raise ValueError(f"{address!r} is no class of this package that a file can hold")
    return kind
