"""Which networks the theory of plastic couplings takes."""

from __future__ import annotations

from dmft.theories.reduction import Reduction


def refuse_other_couplings(network: Reduction) -> None:
    """Refuse networks without plastic couplings, and what stands beside them and is not of that theory.

    Raises
    ------
    TypeError : for a network without plastic couplings.
    ValueError : for one with symmetry, a mean, a bias or a drive beside them.
    """
    if not network.plastic:
        raise TypeError(f"network must have plastic couplings, as a PlasticNetwork has, got {network.statement!r}")
    if network.beside_plasticity:
        raise ValueError(f"of the theory of plastic couplings: {network.beside_plasticity}; got {network.statement!r}")
