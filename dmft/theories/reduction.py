"""What a theory of one population needs to know of a statement: the only reader of populations x couplings x drives."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.drives import Constant, Drive, Sinusoid, Sum, WhiteNoise
from dmft.models.network import Network
from dmft.models.nonlinearity import Erf, Linear, ReLU, ThresholdPower, is_odd
from dmft.theories.composed import check_complete, check_leaky, common_period, composed, total

FloatArray = NDArray[np.float64]

# Where the numbers of the couplings stand in a composed network.
_PATHS = {
    "g": "couplings.random.g",
    "symmetry": "couplings.random.symmetry",
    "k": "couplings.plastic.k",
    "p": "couplings.plastic.p",
}


@dataclass(frozen=True, eq=False)
class Reduction:
    """One population as its theory sees it; facts are properties.

    x' = -x + (random input of covariance g^2 C^phi, response rho g^2 R, memory of strength k and time p)
            - inhibition <phi> + bias + drive.

    Attributes
    ----------
    statement : the statement as it was given.
    network : the statement composed of parts.
    nonlinearity : phi.
    g, symmetry : of the random couplings.
    bias : constant input, what is constant of the drives included.
    inhibition : minus the mean of N J_ij.
    k, p : of the plastic couplings; 0 and 1 without them.
    drives : the drives that are neither constant nor of no strength; one of no strength alone may state a period.
    """

    statement: Any
    network: Network
    nonlinearity: Any
    g: float
    symmetry: float
    bias: float
    inhibition: float
    k: float
    p: float
    plastic: bool
    drives: tuple[Drive, ...]

    @property
    def named(self) -> bool:
        """Whether its population has a name: its arrays then have an axis of populations."""
        return "" not in self.network.named

    @property
    def undriven(self) -> bool:
        """Whether there is no input but the constant one."""
        return all(drive.silent for drive in self.drives)

    @property
    def centred(self) -> bool:
        """Whether the mean of x stays 0 whatever <phi> is: neither mean couplings nor a constant input."""
        return self.inhibition == 0 and self.bias == 0

    @property
    def noise(self) -> tuple[Drive, ...]:
        """The private Gaussian inputs."""
        return tuple(drive for drive in self.drives if not (drive.common or drive.phased or drive.silent))

    @property
    def intensity(self) -> float:
        """Intensity of the white noise."""
        return sum(drive.white for drive in self.drives)

    @property
    def coloured(self) -> tuple[Drive, ...]:
        """The private Gaussian inputs that are not white."""
        return tuple(drive for drive in self.noise if not drive.white)

    @cached_property
    def waves(self) -> tuple[Sinusoid, ...]:
        """The sinusoids of random phase."""
        return tuple(
            drive for drive in self.drives if isinstance(drive, Sinusoid) and drive.phased and not drive.silent
        )

    @property
    def wave(self) -> Sinusoid | None:
        """The sinusoid of random phase, where there is one."""
        return self.waves[0] if self.waves else None

    @property
    def common(self) -> tuple[Drive, ...]:
        """The drives that are the same for all neurons and change in time."""
        return tuple(drive for drive in self.drives if drive.common and not drive.silent)

    @cached_property
    def common_wave(self) -> Sinusoid | None:
        """The sinusoid that all neurons hear, where it is all that they hear in common; it may be of no strength."""
        common = [drive for drive in self.drives if drive.common]
        return common[0] if len(common) == 1 and isinstance(common[0], Sinusoid) else None

    @property
    def period(self) -> float | None:
        """Period of what depends on time; 0 if nothing does, None if it does not come back (`common_period`)."""
        return common_period(self.drives)

    @property
    def remembers(self) -> bool:
        """Whether plastic couplings give the process a memory."""
        return self.plastic and self.k != 0

    @property
    def beside_plasticity(self) -> str | None:
        """What a theory of plastic couplings would have to know besides: the reason to refuse; None if nothing."""
        if not self.centred:
            return "it knows no mean input (mean couplings, bias, constant drive)"
        if self.symmetry or not self.undriven:
            return "it knows neither symmetry nor a drive"
        return None

    @cached_property
    def odd(self) -> bool:
        """Whether phi(-x) = -phi(x)."""
        return is_odd(self.nonlinearity)

    @property
    def rectified(self) -> bool:
        """Whether phi is max(0, x), by any of its names."""
        return is_relu(self.nonlinearity)

    @property
    def linear(self) -> bool:
        """Whether phi is linear."""
        return isinstance(self.nonlinearity, Linear)

    def private_covariance(self, lags: ArrayLike) -> FloatArray:
        """Return the covariance of the private Gaussian input, white noise left out."""
        return np.asarray(sum((d.covariance(lags) for d in self.noise), np.zeros(np.shape(lags))))

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the covariance of a unit that leaks at `rate` and hears only its private Gaussian input."""
        return np.asarray(sum((d.filtered(rate, lags) for d in self.noise), np.zeros(np.shape(lags))))

    def filtered_colour(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the part of `filtered` that is not of white noise."""
        return np.asarray(sum((d.filtered(rate, lags) for d in self.coloured), np.zeros(np.shape(lags))))

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the spectrum of the private Gaussian input."""
        return np.asarray(sum((d.spectrum(omega) for d in self.noise), np.zeros(np.shape(omega))))

    def replaced(self, **changes: Any) -> Reduction:
        """Return a cousin, with another g, symmetry, k, p, bias, nonlinearity or drive; its statement says so too."""
        constants = tuple(term for term in self._terms if isinstance(term, Constant))
        if constants and "drive" in changes:  # what is constant is a bias, and stays
            given = () if changes["drive"] is None else (changes["drive"],)
            changes["drive"] = Sum((*given, *constants))
        fields = {f.name for f in dataclasses.fields(self.statement)}
        if fields.issuperset(changes):  # a short name keeps its name
            return reduced(self.statement.replace(**changes))
        (name,) = self.network.named
        population = f"populations.{name}." if name else "populations."
        paths = {name: _PATHS.get(name, population + name) for name in changes}
        return reduced(self.network.replace(**{paths[name]: value for name, value in changes.items()}))

    @property
    def _terms(self) -> tuple[Drive, ...]:
        return () if self.drive is None else self.drive.terms

    @property
    def drive(self) -> Drive | None:
        """The drive as it was stated."""
        (population,) = self.network.named.values()
        return population.drive

    def scaled(self, factor: float) -> Reduction:
        """Return the network with what is not constant of its drive multiplied by a factor."""
        whole = self.drives[0] if len(self.drives) == 1 else Sum(self.drives)
        return self.replaced(drive=whole.scaled(factor) if self.drives else None)

    def at_amplitude(self, amplitude: float) -> Reduction:
        """Return the network under a sinusoid of another amplitude, where a sinusoid is all of its drive."""
        return self.replaced(drive=dataclasses.replace(self.sinusoid, amplitude=amplitude))

    @property
    def sinusoid(self) -> Sinusoid:
        """The sinusoid that is all of its drive.

        Raises
        ------
        ValueError : if its drive is another.
        """
        if not (len(self.drives) == 1 and isinstance(self.drives[0], Sinusoid)):
            raise ValueError(f"the drive must be one Sinusoid, got {self.drive!r}")
        return self.drives[0]

    def with_noise(self, intensity: float) -> Reduction:
        """Return the network with white noise for its only drive."""
        return self.replaced(drive=WhiteNoise(intensity))

    def common_input(self, times: ArrayLike) -> FloatArray:
        """Return what all neurons hear, the constant input included."""
        return np.asarray(self.bias + sum((d.at(times) for d in self.common), np.zeros(np.shape(times))))


def is_relu(nonlinearity: Any) -> bool:
    """Whether phi is max(0, x), by any of its names."""
    return isinstance(nonlinearity, ReLU) or (isinstance(nonlinearity, ThresholdPower) and nonlinearity.n == 1)


def is_erf(nonlinearity: Any) -> bool:
    """Whether phi is the error function."""
    return isinstance(nonlinearity, Erf)


def reduced(statement: Any) -> Reduction:
    """Return the reduction of a network of one population.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for a network that no theory here solves, with the reason.
    """
    if isinstance(statement, Reduction):
        return statement
    network = composed(statement)
    couplings, populations = network.couplings, network.named
    if len(populations) > 1:
        raise ValueError(
            f"this theory is of one population, got {', '.join(populations)}; dmft.solve_stationary, "
            "solve_nonstationary, solve_periodic and what is read off their solutions know several"
        )
    if couplings.low_rank is not None:
        raise ValueError("this theory knows no low-rank couplings; dmft.solve_stationary does (dmft.LowRankStates)")
    if couplings.random is None:
        raise ValueError("without random couplings there is no mean field to solve; give Couplings(dmft.Random(g))")
    (population,) = populations.values()
    check_leaky(population)
    if population.dynamics.tau != 1:
        raise ValueError(
            f"the theory takes tau for the unit of time, got tau={population.dynamics.tau:g}: give times, rates and "
            "frequencies in units of tau, and Leaky(1.0)"
        )
    if population.dynamics.discrete:
        raise ValueError("this theory is one of continuous time; give Leaky(), not Map()")
    if population.threshold_variance:
        raise ValueError(
            f"this theory knows no spread of thresholds, got threshold_variance={population.threshold_variance:g}"
        )
    terms = () if population.drive is None else population.drive.terms
    varying = tuple(term for term in terms if not isinstance(term, Constant))
    loud = tuple(term for term in varying if not term.silent)
    for term in loud:
        check_complete(term)
    mean, plastic = couplings.mean, couplings.plastic
    gain, inhibition = _number(couplings.random.g), 0.0 if mean is None else -_number(mean.strength) * mean.scale
    if not gain > 0:
        raise ValueError(f"the gain of the random couplings must be positive for a theory, got g={gain:g}")
    if inhibition < 0:
        raise ValueError(
            f"this theory knows no couplings of positive mean, got {-inhibition:g}: the mean of x may be unstable; "
            "dmft.solve_stationary does (dmft.Populations)"
        )
    return Reduction(
        statement=statement,
        network=network,
        nonlinearity=population.nonlinearity,
        g=gain,
        symmetry=couplings.random.symmetry,
        bias=total([population.bias, *(term.constant for term in terms)]),
        inhibition=inhibition,
        k=0.0 if plastic is None else plastic.k,
        p=1.0 if plastic is None else plastic.p,
        plastic=plastic is not None,
        drives=loud or varying,
    )


def reduced_or_none(statement: Any) -> Reduction | None:
    """Return the reduction, or None of a network that no theory of one population solves."""
    try:
        return reduced(statement)
    except ValueError:
        return None


def _number(block: Any) -> float:
    return float(block[0][0]) if isinstance(block, tuple) else float(block)
