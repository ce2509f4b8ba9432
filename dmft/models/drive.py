"""External inputs of a network.

A drive is private (an independent copy for each neuron, of the same law) or common (the same function of time for
all). Private Gaussian drives enter a self-consistent theory through their covariance; a sinusoid with random phases
is private but not Gaussian, and a theory conditions on its phase.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dmft.models.checks import non_negative, one_of, positive


@dataclass(frozen=True)
class WhiteNoise:
    """Private white noise, <xi_i(t) xi_j(t')> = intensity delta_ij delta(t - t').

    Parameters
    ----------
    intensity : noise intensity in units of 1/tau (an isolated unit has the variance intensity/2).

    Raises
    ------
    ValueError, TypeError : if the intensity is not a finite number >= 0.
    """

    intensity: float = field(metadata={"unit": "1/tau", "meaning": "noise intensity"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "intensity", non_negative("intensity", self.intensity))


@dataclass(frozen=True)
class OrnsteinUhlenbeck:
    """Private Ornstein-Uhlenbeck input, <xi_i(t) xi_i(t')> = variance exp(-|t - t'| / correlation_time).

    Parameters
    ----------
    variance : variance of the input, >= 0.
    correlation_time : its correlation time in units of tau, > 0.

    Raises
    ------
    ValueError, TypeError : if either is out of its range.
    """

    variance: float = field(metadata={"unit": "1", "meaning": "variance of the input"})
    correlation_time: float = field(metadata={"unit": "tau", "meaning": "correlation time of the input"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "variance", non_negative("variance", self.variance))
        object.__setattr__(self, "correlation_time", positive("correlation_time", self.correlation_time))


@dataclass(frozen=True)
class Sinusoid:
    """Sinusoidal input, amplitude * sin(2 pi frequency t + theta_i).

    Parameters
    ----------
    amplitude : amplitude of the input, >= 0.
    frequency : in cycles per tau, > 0.
    phases : "common" (theta_i = 0, the same input for all neurons) or "random" (theta_i uniform, independent).

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    amplitude: float = field(metadata={"unit": "1", "meaning": "amplitude of the input"})
    frequency: float = field(metadata={"unit": "1/tau", "meaning": "frequency of the input in cycles"})
    phases: Literal["common", "random"] = "common"

    def __post_init__(self) -> None:
        object.__setattr__(self, "amplitude", non_negative("amplitude", self.amplitude))
        object.__setattr__(self, "frequency", positive("frequency", self.frequency))
        object.__setattr__(self, "phases", one_of("phases", self.phases, ("common", "random")))


Drive: TypeAlias = WhiteNoise | OrnsteinUhlenbeck | Sinusoid


def is_silent(drive: object) -> bool:
    """Whether a drive is none at all: None, or of zero size."""
    size = {WhiteNoise: "intensity", OrnsteinUhlenbeck: "variance", Sinusoid: "amplitude"}.get(type(drive))
    return drive is None or (size is not None and getattr(drive, size) == 0)
