"""External inputs of a population.

A drive is private (an independent copy for each neuron, of the same law) or common (the same function of time for
all). Each knows what is asked of it: a private Gaussian drive its spectrum and its covariance, a common one its values
in time; a sinusoid with random phases is private but not Gaussian, and a theory conditions on its phase. Drives add.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.models.checks import finite, non_negative, one_of, positive

FloatArray = NDArray[np.float64]

_TRIED_TIMES = (0.0, 0.1, 0.5, 1.0)  # a table of values may end soon after


class Drive:
    """An external input; what a kind of drive does not have is zero here."""

    @property
    def common(self) -> bool:
        """Whether it is the same for all neurons."""
        return False

    @property
    def phased(self) -> bool:
        """Whether each neuron hears it at a random phase of its own."""
        return False

    @property
    def white(self) -> float:
        """Intensity of its white noise."""
        return 0.0

    @property
    def terms(self) -> tuple[Drive, ...]:
        """The drives of which this one is the sum."""
        return (self,)

    @property
    def silent(self) -> bool:
        """Whether it is of zero size."""
        return False

    @property
    def constant(self) -> float:
        """Its part that is constant in time and the same for all."""
        return 0.0

    @property
    def period(self) -> float | None:
        """Period in time of what is common; 0 for what does not change, None for what has none."""
        return 0.0

    @property
    def rates(self) -> tuple[float, ...]:
        """Rates at which the covariance of a private Gaussian input decays, white noise left out."""
        return ()

    def covariance(self, lags: ArrayLike) -> FloatArray:
        """Return <xi_i(t) xi_i(t + lag)> of a private Gaussian input, white noise left out."""
        return np.zeros(np.shape(lags))

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the covariance of a unit that leaks at `rate` and hears only this private Gaussian input."""
        return np.zeros(np.shape(lags))

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the transform of the covariance of a private Gaussian input, white noise included."""
        return np.zeros(np.shape(omega))

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values of a common input; zeros of a private one."""
        return np.zeros(np.shape(times))

    def scaled(self, factor: float) -> Drive:
        """Return the drive with its input multiplied by a factor."""
        raise NotImplementedError

    def __add__(self, other: Drive) -> Sum:
        return Sum((*self.terms, *other.terms)) if isinstance(other, Drive) else NotImplemented


@dataclass(frozen=True)
class WhiteNoise(Drive):
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

    @property
    def white(self) -> float:
        """The intensity."""
        return self.intensity

    def scaled(self, factor: float) -> WhiteNoise:
        """Return noise of intensity factor^2 times as large."""
        return WhiteNoise(factor**2 * self.intensity)

    @property
    def silent(self) -> bool:
        """Whether the intensity is 0."""
        return self.intensity == 0

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return intensity exp(-rate lag)/(2 rate)."""
        return np.asarray(self.intensity / (2.0 * rate) * np.exp(-rate * np.abs(lags)))

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the intensity at every frequency."""
        return np.full(np.shape(omega), self.intensity)


@dataclass(frozen=True)
class OrnsteinUhlenbeck(Drive):
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

    def scaled(self, factor: float) -> OrnsteinUhlenbeck:
        """Return an input of variance factor^2 times as large."""
        return replace(self, variance=factor**2 * self.variance)

    @property
    def silent(self) -> bool:
        """Whether the variance is 0."""
        return self.variance == 0

    @property
    def rates(self) -> tuple[float, ...]:
        """One over the correlation time."""
        return (1.0 / self.correlation_time,)

    def covariance(self, lags: ArrayLike) -> FloatArray:
        """Return variance exp(-lag/correlation_time)."""
        return np.asarray(self.variance * np.exp(-np.abs(lags) / self.correlation_time))

    def filtered(self, rate: float, lags: ArrayLike) -> FloatArray:
        """Return the transform of C_I(w)/(rate^2 + w^2)."""
        t, other = np.abs(np.asarray(lags, dtype=float)), 1.0 / self.correlation_time
        slow, fast = min(rate, other), max(rate, other)
        gap = fast - slow
        # (exp(-slow t)/slow - exp(-fast t)/fast)/(fast^2 - slow^2), written so that equal rates are no special case
        grown = -np.expm1(-gap * t) / gap if gap > 1e-12 else t
        return np.asarray(
            self.variance * other * np.exp(-slow * t) * (1.0 + slow * grown) / (slow * fast * (slow + fast))
        )

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return a Lorentzian."""
        rate = 1.0 / self.correlation_time
        return np.asarray(self.variance * 2.0 * rate / (rate**2 + np.square(omega)))


@dataclass(frozen=True)
class Sinusoid(Drive):
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

    @property
    def common(self) -> bool:
        """Whether all neurons hear it at the same phase."""
        return self.phases == "common"

    @property
    def phased(self) -> bool:
        """Whether each neuron hears it at a phase of its own."""
        return self.phases == "random"

    def scaled(self, factor: float) -> Sinusoid:
        """Return a sinusoid of amplitude factor times as large."""
        return replace(self, amplitude=factor * self.amplitude)

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
        return np.asarray(self.amplitude * np.sin(self.omega * np.asarray(times, dtype=float)))


@dataclass(frozen=True)
class Constant(Drive):
    """A constant input, the same for all neurons.

    Parameters
    ----------
    value : the input.

    Raises
    ------
    ValueError, TypeError : if it is not a finite number.
    """

    value: float = field(metadata={"unit": "1", "meaning": "constant input"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", finite("value", self.value))

    def scaled(self, factor: float) -> Constant:
        """Return factor times the value."""
        return Constant(factor * self.value)

    @property
    def silent(self) -> bool:
        """Whether the value is 0."""
        return self.value == 0

    @property
    def common(self) -> bool:
        """All neurons hear it."""
        return True

    @property
    def constant(self) -> float:
        """The value."""
        return self.value

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the value at all times."""
        return np.full(np.shape(times), self.value)


@dataclass(frozen=True)
class OfTime(Drive):
    """An input that is a function of time, the same for all neurons.

    Parameters
    ----------
    function : of one number, the time in units of tau; returns a finite number.
    period : its period, > 0; None if it has none.

    Raises
    ------
    ValueError, TypeError : for what is no such function, tried at a few times.
    """

    function: Callable[[float], float]
    period: float | None = field(default=None, metadata={"unit": "tau", "meaning": "period of the function"})

    def __post_init__(self) -> None:
        if isinstance(self.function, type) or not callable(self.function):
            raise TypeError(f"function must be a function of time, got {self.function!r}")
        if self.period is not None:
            object.__setattr__(self, "period", positive("period", self.period))
        for time in _TRIED_TIMES:
            self.at(time)

    @property
    def common(self) -> bool:
        """All neurons hear it."""
        return True

    def scaled(self, factor: float) -> OfTime:
        """Return factor times the function."""
        return replace(self, function=_Scaled(self.function, factor))

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the values of the function.

        Raises
        ------
        ValueError : if it returns what is not finite, with the first such time.
        TypeError : if it fails, or returns what is not a real number.
        """
        t = np.asarray(times, dtype=float)
        values = np.array([_number(self.function, float(moment)) for moment in t.ravel()]).reshape(t.shape)
        bad = ~np.isfinite(values)
        if np.any(bad):
            raise ValueError(f"drive must return finite numbers, got {values[bad][0]} at t = {t[bad][0]:.6g}")
        return values


@dataclass(frozen=True)
class Sum(Drive):
    """A sum of drives, made by adding them.

    Parameters
    ----------
    drives : what is added.

    Raises
    ------
    TypeError : for what is no drive.
    """

    drives: tuple[Drive, ...]

    def __post_init__(self) -> None:
        for drive in self.drives:
            if not isinstance(drive, Drive):
                raise TypeError(f"what is added must be drives, got {drive!r}")
        object.__setattr__(self, "drives", tuple(term for drive in self.drives for term in drive.terms))

    @property
    def terms(self) -> tuple[Drive, ...]:
        """The drives."""
        return self.drives

    def scaled(self, factor: float) -> Sum:
        """Return the sum of the scaled drives."""
        return Sum(tuple(drive.scaled(factor) for drive in self.drives))

    @property
    def silent(self) -> bool:
        """Whether every drive is."""
        return all(drive.silent for drive in self.drives)


@dataclass(frozen=True)
class _Scaled:
    function: Callable[[float], float]
    factor: float

    def __call__(self, time: float) -> float:
        return self.factor * self.function(time)


def checked_drive(drive: Any, allowed: tuple[type[Drive], ...] | None = None) -> Any:
    """Return a drive, a function of time as an `OfTime`; refuse what is none, or not of an `allowed` kind."""
    kinds = allowed or KINDS
    plain = callable(drive) and not isinstance(drive, type | Drive)
    given = OfTime(drive) if plain and OfTime in kinds else drive
    terms = given.terms if isinstance(given, Drive) else (given,)
    if given is not None and not all(isinstance(term, kinds) for term in terms):
        names = ", ".join(kind.__name__ for kind in kinds if kind is not OfTime)
        or_a_function = ", or a function of time" if OfTime in kinds else ""
        raise TypeError(f"drive must be None, an instance of {names}, or a sum of them{or_a_function}; got {drive!r}")
    return given


KINDS: tuple[type[Drive], ...] = (WhiteNoise, OrnsteinUhlenbeck, Sinusoid, Constant, OfTime)


def _number(function: Any, time: float) -> float:
    """Return the value of a function of time, or refuse what is not a real number."""
    try:
        got = function(time)
    except Exception as error:
        raise TypeError(
            f"drive must be a function of one number, the time; drive({time:g}) raised {type(error).__name__}: {error}"
        ) from error
    value = np.asarray(got)
    if value.shape != () or value.dtype.kind not in "fiu":
        raise TypeError(f"drive must return a real number for each time, got {got!r} at t = {time:g}")
    return float(value)
