"""One population as a simulator takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.models.drives import Constant, Drive
from dmft.models.network import Network, Population
from dmft.models.transfer import Transfer
from dmft.models.units.as_equations import equations_of
from dmft.models.units.equations import Equations


@dataclass(frozen=True)
class Units:
    """One population, tau x' = -x + couplings + inputs; in discrete time x(t + 1) = couplings + inputs.

    Attributes
    ----------
    name : "" for a single unnamed one.
    nonlinearity : phi.
    fraction : part of the units that are heard; 0 for a probe.
    tau : time constant.
    threshold_variance : variance over units of a constant input.
    drives : all inputs, a bias among them.
    transfer : H(s) where a unit of the network is another filter than a leak, x = H (couplings + inputs); else None.
        tau is then one over the fastest pole.
    stated : its equations, where only they say what a unit does; tau is then its shortest time.
    immigration : rate of a species of Lotka-Volterra equations, which has a simulator of its own; None of other units.
    """

    name: str
    nonlinearity: Any
    fraction: float
    tau: float
    threshold_variance: float
    drives: tuple[Drive, ...]
    transfer: Transfer | None = None
    stated: Equations | None = None
    immigration: float | None = None

    @property
    def peak(self) -> float:
        """The largest |H(i w)|; 1 for a leak, in discrete time, and where only equations are known."""
        if self.transfer is None:
            return 1.0
        poles = self.transfer.poles
        omega = np.concatenate([[0.0], np.abs(poles.imag), np.geomspace(1e-3, 1e3, 400) * np.median(np.abs(poles))])
        return math.sqrt(float(np.max(self.transfer.size(1j * omega))))


def populations_of(network: Network) -> tuple[Units, ...]:
    """Return the populations of a composed network.

    Raises
    ------
    ValueError : for species in several populations.
    """
    units = [p.dynamics for p in network.named.values()]
    if any(unit.sampled or unit.speaks for unit in units):
        return _stated(network)
    filtered = any(not unit.first_order for unit in units)
    found = []
    for (name, p), fraction in zip(network.named.items(), network.fractions, strict=True):
        transfer = p.dynamics.transfer if filtered else None
        tau = p.dynamics.tau if transfer is None else 1.0 / float(np.max(np.abs(transfer.poles)))
        found.append(Units(name, p.nonlinearity, fraction, tau, p.threshold_variance, _drives(p), transfer))
    return tuple(found)


def _stated(network: Network) -> tuple[Units, ...]:
    """Return populations of units that state their equations, or are leaky; or the one population of species."""
    species = [name for name, p in network.named.items() if p.dynamics.immigrates is not None]
    if species and len(network.named) > 1:
        raise ValueError(f"species are simulated in one population, got {', '.join(network.named)}")
    found = []
    for (name, p), fraction in zip(network.named.items(), network.fractions, strict=True):
        about = (p.threshold_variance, _drives(p))
        if species:
            found.append(Units(name, None, 1.0, 1.0, *about, immigration=p.dynamics.immigrates))
            continue
        equations = equations_of(p.dynamics)
        found.append(Units(name, p.nonlinearity, fraction, 1.0 / equations.fastest, *about, None, equations))
    return tuple(found)


def _drives(population: Population) -> tuple[Drive, ...]:
    drives = () if population.drive is None else population.drive.terms
    return (*([Constant(population.bias)] if population.bias else []), *drives)
