"""Short names of special networks: fields, and `compose`, which states the network in parts."""

from __future__ import annotations

import functools
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dmft.models.checks import finite, non_negative, positive
from dmft.models.couplings import Couplings, Hebbian, Mean, Random
from dmft.models.drives import Constant, Drive, OfTime, checked_drive
from dmft.models.network import Network, Population
from dmft.models.nonlinearity import Nonlinearity, ReLU, Tanh, checked
from dmft.models.quantities import Quantities, within
from dmft.models.statement import Statement
from dmft.models.units import LotkaVolterra


def _once(compose: Callable[[Any], Network]) -> Callable[[Any], Network]:
    """Compose a statement, which never changes, the first time that it is asked for: a solve asks several times."""

    @functools.wraps(compose)
    def kept(statement: Any) -> Network:
        known: dict[str, Any] = vars(statement)
        if "_composed" not in known:
            known["_composed"] = compose(statement)
        network: Network = known["_composed"]
        return network

    return kept


class Named(Statement):
    """A short name of a `Network`."""

    @abstractmethod
    def compose(self) -> Network:
        """Return the network in parts."""


@dataclass(frozen=True)
class RandomNetwork(Named):
    """Rate network with random couplings.

    dx_i/dt = -x_i + sum_j J_ij phi(x_j) + xi_i(t), time in units of tau, J_ij of mean 0 and variance g^2/N acting
    from j to i [Sompolinsky, Crisanti & Sommers, PRL 61, 259 (1988)].

    Parameters
    ----------
    g : gain, > 0: N Var(J_ij) = g^2.
    nonlinearity : phi; a built-in one, any object with ``__call__`` and ``derivative``, or a text: the name of a
        built-in one, or an expression in x like "tanh(x - 0.3)".
    drive : None, `WhiteNoise`, `OrnsteinUhlenbeck` or `Sinusoid`, or a sum of them.
    symmetry : rho = N cov(J_ij, J_ji)/g^2 in [-1, 1]; 0 is independent couplings.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {"gain": "g", "noise": "drive=WhiteNoise(intensity)"}

    g: float = field(metadata={"unit": "1", "meaning": "gain: J_ij has variance g^2/N"})
    nonlinearity: Nonlinearity = Tanh()
    drive: Drive | None = None
    symmetry: float = field(default=0.0, metadata={"unit": "1", "meaning": "N cov(J_ij, J_ji)/g^2"})

    def __post_init__(self) -> None:
        random = Random(positive("g", self.g), self.symmetry)
        object.__setattr__(self, "g", random.g)
        object.__setattr__(self, "symmetry", random.symmetry)
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        checked_drive(self.drive, refused=(Constant, OfTime))

    @_once
    def compose(self) -> Network:
        """Return one population with random couplings."""
        return Network(Population(self.nonlinearity, drive=self.drive), Couplings(Random(self.g, self.symmetry)))


@dataclass(frozen=True)
class BalancedNetwork(Named):
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
    drive: Drive | None = None

    def __post_init__(self) -> None:
        for name in ("g", "size", "J0"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        object.__setattr__(self, "I0", finite("I0", self.I0))
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        drive = checked_drive(self.drive, refused=(Constant,))
        object.__setattr__(self, "drive", drive)

    @_once
    def compose(self) -> Network:
        """Return one population with random couplings of negative mean, and the constant input as its bias."""
        scale = math.sqrt(self.size)
        population = Population(self.nonlinearity, drive=self.drive, bias=scale * self.I0)
        return Network(population, Couplings(Random(self.g), Mean(-self.J0, scale)))


@dataclass(frozen=True)
class PlasticNetwork(Named):
    """Rate network with random couplings and Hebbian (k > 0) or anti-Hebbian (k < 0) dynamic ones.

    dx_i/dt = -x_i + sum_j (J_ij + A_ij) phi(x_j),    p dA_ij/dt = -A_ij + (k/N) phi(x_i) phi(x_j),
    time in units of tau, J_ij of mean 0 and variance g^2/N [Clark & Abbott, PRX 14, 021001 (2024)].

    Parameters
    ----------
    g : gain of the random couplings, > 0: N Var(J_ij) = g^2.
    k : plasticity strength; 0 is a `RandomNetwork`.
    p : synaptic over neuronal time constant, > 0.
    nonlinearity : phi; a built-in one, any object with ``__call__`` and ``derivative``, or a text: the name of a
        built-in one, or an expression in x like "tanh(x - 0.3)".

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    g: float = field(metadata={"unit": "1", "meaning": "gain: J_ij has variance g^2/N"})
    k: float = field(metadata={"unit": "1", "meaning": "plasticity strength"})
    p: float = field(metadata={"unit": "tau", "meaning": "synaptic over neuronal time constant"})
    nonlinearity: Nonlinearity = field(default_factory=Tanh)

    def __post_init__(self) -> None:
        plastic = Hebbian(self.k, self.p)
        object.__setattr__(self, "g", positive("g", self.g))
        object.__setattr__(self, "k", plastic.k)
        object.__setattr__(self, "p", plastic.p)
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))

    @_once
    def compose(self) -> Network:
        """Return one population with random and plastic couplings."""
        couplings = Couplings(Random(self.g), plastic=Hebbian(self.k, self.p))
        return Network(Population(self.nonlinearity), couplings)


@dataclass(frozen=True)
class LotkaVolterraNetwork(Quantities, Named):
    """Many species with random interactions: generalised Lotka-Volterra equations.

    dx_i/dt = x_i (1 - x_i - sum_j alpha_ij x_j) + immigration, in units of the growth rate and of the abundance of a
    species that is alone; alpha_ij of mean mu/N, variance sigma^2/N and correlation symmetry with alpha_ji [Bunin, PRE
    95, 042414 (2017); Galla, EPL 123, 48004 (2018)].

    Parameters
    ----------
    mu : N times the mean interaction; positive ones compete, negative ones help each other.
    sigma : > 0: N Var(alpha_ij) = sigma^2.
    symmetry : gamma = N cov(alpha_ij, alpha_ji)/sigma^2 in [-1, 1]; -1 is of predators and prey.
    immigration : rate at which individuals of each species arrive, >= 0.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    mu: float = field(metadata=within(finite, "mean interaction: mu/N a pair, positive ones compete"))
    sigma: float = field(metadata=within(positive, "spread of interactions: variance sigma^2/N"))
    symmetry: float = field(default=0.0, metadata=within(finite, "N cov(alpha_ij, alpha_ji)/sigma^2"))
    immigration: float = field(default=0.0, metadata=within(non_negative, "rate of immigration", "1/time"))

    def check(self) -> None:
        """Refuse a symmetry that no couplings have."""
        Random(self.sigma, self.symmetry)

    @_once
    def compose(self) -> Network:
        """Return one population of species, whose couplings are -alpha."""
        population = Population(dynamics=LotkaVolterra(self.immigration))
        return Network(population, Couplings(Random(self.sigma, self.symmetry), Mean(0.0 - self.mu)))
