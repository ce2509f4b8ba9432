"""How a recurrent network is trained: full-FORCE, FORCE and rows within Dale's law, as statements."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import integer, non_negative, one_of, positive
from dmft.models.drives import Weighted
from dmft.models.network import Network
from dmft.models.perceptron import weight_limits
from validation.simulators.question import Question, question_of
from validation.training.integrate_and_fire import IntegrateAndFire
from validation.training.tasks import Task

_WEIGHTS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], FloatArray]] = {
    "uniform": lambda rng, shape: rng.uniform(-1.0, 1.0, shape),
    "normal": lambda rng, shape: rng.standard_normal(shape),
}


@dataclass(frozen=True)
class Trainer:
    """What the two have in common; for their meaning see `FullForce` and `Force`."""

    generator: Any
    task: Task
    _: KW_ONLY
    weights: Literal["uniform", "normal"] = "uniform"
    input_amplitude: float = 1.0
    target_amplitude: float = 1.0
    hint_amplitude: float = 1.0
    ridge: float = 1.0
    learned: float = 0.5
    noise: float = 0.0
    dt: float = 0.1

    def __post_init__(self) -> None:
        if not isinstance(self.task, Task):
            raise TypeError(f"task must be a task such as validation.Oscillation(), got {self.task!r}")
        one_of("weights", self.weights, tuple(_WEIGHTS))
        for name in ("input_amplitude", "target_amplitude", "hint_amplitude", "noise"):
            object.__setattr__(self, name, non_negative(name, getattr(self, name)))
        for name in ("ridge", "learned", "dt"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        if self.learned > 1.0:
            raise ValueError(f"learned must be at most 1, the part of the steps that are learned; got {self.learned:g}")
        question = question_of(self.generator)
        _check(question)
        if not self.dt < question.fastest:
            raise ValueError(f"dt must be below the time constant {question.fastest:g}, got {self.dt:g}")
        moving = any(drive.period != 0.0 and not drive.silent for drive in question.drives)
        if self.target_amplitude == 0.0 and not moving:
            raise ValueError(
                "target_amplitude must be positive, or the generator have a drive in time: nothing else tells it of "
                "the target; got 0"
            )

    @property
    def driven(self) -> Network:
        """The generator with the task's signals along random weights as its drives: what `dmft.solve_targets` takes.

        Raises
        ------
        ValueError : for a task whose trials differ: it has no period.
        """
        signals = getattr(self.task, "signals", None)
        if signals is None:
            raise ValueError(f"task must repeat itself for theory, got {self.task!r}: its trials differ")
        sizes = (self.target_amplitude, self.input_amplitude)
        heard = [
            Weighted(signal, self.weights, size) for signal, size in zip(signals, sizes, strict=True) if signal and size
        ]
        network: Network = self.generator.compose()
        return network.replace(
            **{
                f"populations.{name}.drive" if name else "populations.drive": sum(heard, population.drive or 0) or None
                for name, population in network.named.items()
            }
        )

    @property
    def places(self) -> int:
        """Places of spikes in a time step: none of units that have a rate."""
        return 0

    def drawn(self, shape: tuple[int, int], amplitude: float, rng: np.random.Generator) -> FloatArray:
        """Draw the weights along which signals enter, shape (n_unit, n_signal)."""
        return amplitude * _WEIGHTS[self.weights](rng, shape)


@dataclass(frozen=True)
class FullForce(Trainer):
    """Train all couplings so that the network carries the currents of a driven one, full-FORCE.

    A target generator X' = -X + J_D phi(X) + u_out f_out + u_hint f_hint + u_in f_in, tau = 1, is told what it should
    say. The student x' = -x + J r + u_in f_in, r = phi(x), z = w.r, is not: all rows of J are fitted by recursive least
    squares to J r = J_D phi(X) + u_out f_out + u_hint f_hint, and w to w.r = f_out [DePasquale, Cueva, Rajan, Escola &
    Abbott, PLoS ONE 13, e0191527 (2018)]. J and w begin at zero, the student where the generator is.

    Parameters
    ----------
    generator : statement of the target generator, in continuous time and of fixed couplings, such as
        `dmft.RandomNetwork`. Its drives in time (functions of it, or sinusoids) are part of the target: the student
        does not hear them. Its constant inputs it does.
    task : what is to be learned.
    weights : law of u_in, u_out, u_hint: "uniform" in (-1, 1), or "normal".
    input_amplitude, target_amplitude, hint_amplitude : their sizes, >= 0.
    ridge : alpha in P(0) = 1/alpha, > 0.
    learned : part of the steps, at random, after which there is an update, in (0, 1]: period locking is avoided.
    noise : sigma; each unit of the student gets increments of standard deviation sigma sqrt(dt), in training and test.
    dt : time step in units of tau, below it. The generator and the student are stepped by the same exponential Euler
        method, so that the generator is an exact solution of the student's equations.
    start : "zero", or "generator": J begins at J_D, which the ridge then holds it to.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range, and for a generator with noise, plastic couplings or
        in discrete time.
    """

    start: Literal["zero", "generator"] = "zero"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("start", self.start, ("zero", "generator"))


@dataclass(frozen=True)
class Force(Trainer):
    """Train the read-out alone, which is fed back, FORCE.

    x' = -x + J_D r + u_out z + u_in f_in, z = w.r, and w is fitted to w.r = f_out by recursive least squares while z is
    fed back [Sussillo & Abbott, Neuron 63, 544 (2009)]. What is trained of the couplings is of rank one an output.

    Parameters
    ----------
    generator : statement of the network that J_D is of. It hears no hint, and has no drive in time.
    task, weights, input_amplitude, target_amplitude, ridge, learned, noise, dt : as for `FullForce`; target_amplitude
        is the size of u_out.

    Raises
    ------
    ValueError, TypeError : as `FullForce`; also for a hint, and a generator with a drive in time.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.task.shape[2]:
            raise ValueError("task must have no hint: FORCE has no target generator that could hear it")
        if any(drive.period != 0.0 for drive in question_of(self.generator).drives):
            raise ValueError("generator must have no drive in time with FORCE: there are no targets to hold it")
        if self.target_amplitude == 0.0:
            raise ValueError("target_amplitude must be positive: it is the size of the feedback; got 0")


def _check(question: Question) -> None:
    """Refuse a generator whose targets cannot be repeated, or whose couplings move."""
    if question.discrete:
        raise ValueError("generator must be in continuous time; give its populations dmft.Leaky()")
    if any(units.transfer is not None or units.stated is not None for units in question.populations):
        raise ValueError(
            "generator must have leaky units, tau x' = -x + currents, as the student has, who is to be able to do the "
            "same; give its populations dmft.Leaky()"
        )
    if question.plastic is not None:
        raise ValueError("generator must have couplings that stay as they are; leave the plastic ones out")
    if any((drive.white or drive.rates) and not drive.silent for drive in question.drives):
        raise ValueError(
            "generator must have no noise: what it does must be the same in every trial; leave it out, and give the "
            "trainer noise=.. for the student"
        )


@dataclass(frozen=True)
class BalancedTargets(Trainer):
    """Train all couplings under Dale's law: every unit excites, or inhibits, all others.

    The student x' = -x + J phi(x) + bias, tau = 1, is to carry the currents of the generator, h = J_D phi(X) +
    u_out f_out, as in `FullForce`, each row of J by least squares with sign s_j of unit j: s_j J_ij >= 0. First from
    rates of the generator itself, whose state is shaken while the currents are not, then in rounds from rates of the
    student, run by itself for a trial from where the generator is; the sums of all rounds are kept, and the rows are
    moved to their joint minimum after each [re-derived from Ingrosso & Abbott, PLoS ONE 14, e0220547 (2019)].

    Parameters
    ----------
    generator : statement of the target generator, with a nonlinearity that is not negative (rates), such as
        `dmft.BalancedNetwork`.
    task, weights, input_amplitude, target_amplitude, hint_amplitude, noise, dt : as for `FullForce`.
    ridge : penalty of J^2, relative to the mean square rate summed over the steps, > 0; None: 1e-5, and 1e-2 of spiking
        units, whose rates are noisy.
    learned : part of the steps that are learned, in (0, 1].
    excitatory : fraction of the units, the first ones, that excite, in [0, 1]; the others inhibit.
    limits : (low, high), bounds of sqrt(N) |J_ij|; high may be inf.
    jitter : sd of the shaking of the generator's state, >= 0.
    forced : trials of the first part.
    spiking : whether the student is one of `units`, which first hear the currents of the generator, x_i = X_i, and
        whose rows are then fitted to sum_j J_ij s_j = X_i less what inputs say. Inputs pass a filter with the
        generator's tau.
    units : constants of spiking units, a `validation.IntegrateAndFire`.

    Raises
    ------
    ValueError, TypeError : if one of them is out of its range, and as `FullForce`.
    """

    ridge: Any = None
    learned: float = 1.0
    excitatory: float = 0.8
    limits: tuple[float, float] = (0.0, math.inf)
    jitter: float = 0.1
    forced: int = 5
    spiking: bool = False
    units: IntegrateAndFire = IntegrateAndFire()

    def __post_init__(self) -> None:
        if not isinstance(self.spiking, bool):
            raise TypeError(f"spiking must be True or False, got {self.spiking!r}")
        if self.ridge is None:
            object.__setattr__(self, "ridge", 1e-2 if self.spiking else 1e-5)
        super().__post_init__()
        fraction = non_negative("excitatory", self.excitatory)
        if fraction > 1.0:
            raise ValueError(f"excitatory must be a fraction in [0, 1], got {fraction:g}")
        object.__setattr__(self, "limits", weight_limits(self.limits, signed=True))
        object.__setattr__(self, "jitter", non_negative("jitter", self.jitter))
        object.__setattr__(self, "forced", integer("forced", self.forced, least=1))
        if not isinstance(self.units, IntegrateAndFire):
            raise TypeError(f"units must be a validation.IntegrateAndFire, got {self.units!r}")
        if self.spiking:
            self.units.check_step(self.dt)
        for units in question_of(self.generator).populations:
            if np.min(units.nonlinearity(np.linspace(-5.0, 5.0, 101))) < 0.0:
                raise ValueError(
                    "generator must have rates that are not negative, or signs of couplings mean nothing; got "
                    f"{units.nonlinearity!r}: take dmft.ReLU(), or an expression such as relu(tanh(x))"
                )

    @property
    def places(self) -> int:
        """Those of the grid, of spiking units."""
        return self.units.steps if self.spiking else 0

    def signs(self, n: int) -> FloatArray:
        """Return +1 of units that excite and -1 of those that inhibit, shape (n,)."""
        return np.where(np.arange(n) < round(self.excitatory * n), 1.0, -1.0)

    def bounds(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return the least and the largest J_ij of each column, shape (n,)."""
        signs, (low, high) = self.signs(n), self.limits
        one, two = signs * low / math.sqrt(n), signs * high / math.sqrt(n)
        return np.minimum(one, two), np.maximum(one, two)
