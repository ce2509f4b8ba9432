"""Units that a user states by their equations, and named cases of them."""

from dmft.models.units.lotka_volterra import LotkaVolterra
from dmft.models.units.named import DivisiveNorm, Gated, NamedUnit, NonlinearAdaptation, SelfCoupled
from dmft.models.units.stated import Dynamics

__all__ = ["DivisiveNorm", "Dynamics", "Gated", "LotkaVolterra", "NamedUnit", "NonlinearAdaptation", "SelfCoupled"]
