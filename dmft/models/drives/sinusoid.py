"""A sinusoid, common to all neurons or with random phases."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.checks import finite, non_negative, one_of, positive
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within


@dataclass(frozen=True)
class Sinusoid(Drive):
    """Sinusoidal input, amplitude * sin(2 pi frequency t + phase + theta_i).

    Parameters
    ----------
    amplitude : amplitude of the input, >= 0.
    frequency : in cycles per tau, > 0.
    phases : "common" (theta_i = 0, the same input for all neurons) or "random" (theta_i uniform, independent).
    phase : of a common input at t = 0, in rad: between populations their difference matters; 0 with random phases.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range.
    """

    amplitude: float = field(metadata=within(non_negative, "amplitude of the input"))
    frequency: float = field(metadata=within(positive, "frequency of the input in cycles", "1/tau"))
    phases: Literal["common", "random"] = "common"
    phase: float = field(default=0.0, metadata=within(finite, "phase of the input at t = 0", "rad"))

    def check(self) -> None:
        """Refuse a phase where phases are random."""
        one_of("phases", self.phases, ("common", "random"))
        if self.phase and self.phases == "random":
            raise ValueError(f"phase must be 0 where phases are random, got {self.phase:g}")

    @property
    def common(self) -> bool:
        """Whether all neurons hear it at the same phase."""
        return self.phases == "common"

    @property
    def phased(self) -> bool:
        """Whether each neuron hears it at a phase of its own."""
        return self.phases == "random"

    def scaled(self, factor: float) -> Sinusoid:
        """Return a sinusoid of amplitude factor times as large; a negative factor is half a cycle."""
        turned = self.phase + math.pi if factor < 0.0 and self.common else self.phase
        return replace(self, amplitude=abs(factor) * self.amplitude, phase=turned)

    @property
    def silent(self) -> bool:
        """Whether the amplitude is 0."""
        return self.amplitude == 0

    @property
    def period(self) -> float | None:
        """1/frequency."""
        return 1.0 / self.frequency

    @property
    def omega(self) -> float:
        """Angular frequency in rad per tau."""
        return 2.0 * math.pi * self.frequency

    @property
    def response(self) -> float:
        """Amplitude of what a leaky unit makes of it, amplitude/sqrt(1 + omega^2)."""
        return self.amplitude / math.hypot(1.0, self.omega)

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values of a common input; zeros of a private one."""
        if self.phased:
            return np.zeros(np.shape(times))
        return np.asarray(self.amplitude * np.sin(self.omega * np.asarray(times, dtype=float) + self.phase))
