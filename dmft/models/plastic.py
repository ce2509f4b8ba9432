"""A network whose couplings follow the activity."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmft.models.checks import finite, positive
from dmft.models.network import Network
from dmft.models.nonlinearity import Nonlinearity, Tanh, checked


@dataclass(frozen=True)
class PlasticNetwork(Network):
    """Rate network with random couplings and Hebbian (k > 0) or anti-Hebbian (k < 0) dynamic ones.

    dx_i/dt = -x_i + sum_j (J_ij + A_ij) phi(x_j),    p dA_ij/dt = -A_ij + (k/N) phi(x_i) phi(x_j),
    time in units of tau, J_ij of mean 0 and variance g^2/N [Clark & Abbott, PRX 14, 021001 (2024)].

    Parameters
    ----------
    g : gain of the random couplings, > 0: N Var(J_ij) = g^2.
    k : plasticity strength; 0 is a `RandomNetwork`.
    p : synaptic over neuronal time constant, > 0.
    nonlinearity : phi; a built-in one, or any object with ``__call__`` and ``derivative``.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    g: float = field(metadata={"unit": "1", "meaning": "gain: J_ij has variance g^2/N"})
    k: float = field(metadata={"unit": "1", "meaning": "plasticity strength"})
    p: float = field(metadata={"unit": "tau", "meaning": "synaptic over neuronal time constant"})
    nonlinearity: Nonlinearity = field(default_factory=Tanh)

    def __post_init__(self) -> None:
        object.__setattr__(self, "g", positive("g", self.g))
        object.__setattr__(self, "k", finite("k", self.k))
        object.__setattr__(self, "p", positive("p", self.p))
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
