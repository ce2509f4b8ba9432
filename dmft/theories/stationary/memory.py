"""Whether the single-site process has a memory, which most methods do not know."""

from __future__ import annotations

from dmft.theories.reduction import Reduction


def with_memory(network: Reduction) -> str | None:
    """Return what gives the process a memory; None without one."""
    if network.remembers:
        return "plastic couplings give the process a memory: it is not Gaussian"
    if network.symmetry != 0:
        return "partially symmetric couplings give the process a memory: it is not Gaussian"
    return None
