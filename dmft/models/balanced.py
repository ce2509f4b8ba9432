"""Balanced networks: strong inhibition that cancels a strong constant input."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dmft.models.checks import finite, positive
from dmft.models.common_input import common_input
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.network import Network
from dmft.models.nonlinearity import Nonlinearity, ReLU, checked

_TRIED_TIMES = (0.0, 0.1, 0.5, 1.0)  # a table of values may end soon after

BalancedDrive: TypeAlias = Sinusoid | OrnsteinUhlenbeck | WhiteNoise | Callable[[float], float]


@dataclass(frozen=True)
class BalancedNetwork(Network):
    """Rate network in the balanced state.

    dh_i/dt = -h_i + sum_j J_ij phi(h_j) + sqrt(K) I0 + I_i(t), time in units of tau, with
    J_ij = -J0 sqrt(K)/N + g z_ij/sqrt(N), z_ij standard normal [Engelken, Ingrosso, Khajeh, Goedeke & Abbott, PLoS
    Comput. Biol. 18, e1010590 (2022), for K = N]. K, the balance scale, enters a theory through the mean of h only:
    networks of any N at the same K extrapolate to the same theory.

    Parameters
    ----------
    g : gain, > 0: N Var(J_ij) = g^2.
    size : K, > 0; a network simulated without a size of its own has N = K.
    J0, I0 : strengths of the mean inhibition (> 0) and of the constant input.
    nonlinearity : phi.
    drive : None; `Sinusoid`, the same for all or of random phases; `OrnsteinUhlenbeck` or `WhiteNoise`, private;
        or a function of time, the same for all.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    g: float = field(metadata={"unit": "1", "meaning": "gain: J_ij has variance g^2/N"})
    size: float = field(metadata={"unit": "1", "meaning": "balance scale K"})
    J0: float = field(default=1.0, metadata={"unit": "1", "meaning": "mean inhibition: -J0 sqrt(K)/N a coupling"})
    I0: float = field(default=1.0, metadata={"unit": "1", "meaning": "constant input: sqrt(K) I0"})
    nonlinearity: Nonlinearity = field(default=ReLU())
    drive: BalancedDrive | None = None

    def __post_init__(self) -> None:
        for name in ("g", "size", "J0"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        object.__setattr__(self, "I0", finite("I0", self.I0))
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        _checked_drive(self.drive)

    @property
    def inhibition(self) -> float:
        """sqrt(K) J0: how strongly the mean rate acts back on the mean of h."""
        return math.sqrt(self.size) * self.J0

    @property
    def excitation(self) -> float:
        """sqrt(K) I0: the constant input."""
        return math.sqrt(self.size) * self.I0


def _checked_drive(drive: Any) -> None:
    if drive is None or isinstance(drive, Sinusoid | OrnsteinUhlenbeck | WhiteNoise):
        return
    if isinstance(drive, type) or not callable(drive):
        raise TypeError(
            "drive must be None, a Sinusoid, OrnsteinUhlenbeck or WhiteNoise instance, or a function of time; "
            f"got {drive!r}"
        )
    for time in _TRIED_TIMES:
        common_input(drive, time)
