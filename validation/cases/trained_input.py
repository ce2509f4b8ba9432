"""What chaos of the targets does to learning: generators under one sinusoid, and networks that are to imitate them.

Drawn generators are calm from a smaller amplitude on than theory says of infinite ones: at the amplitude at which it
says lambda = 0 (K = 500, independent input, 4.23) networks of N = 500, 1000, 2000, 4000 have -0.039(8), -0.024(4),
-0.026(4), -0.012(3), which goes to zero about as 0.9/sqrt(N), and is the same at half the time step.
Of a strong common input students fail again, though its generators are calm: a negative exponent is necessary only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import EXPONENT, named, symbols, zero
from validation.cases.section import Budget, Picture, kept
from validation.cases.trained_experiments import LEARNED, Draw, crossing, generator_of, imitation, predicted
from validation.cases.trained_figures import ERROR

_WORDS = {"random": "independent", "common": "common"}
# Amplitudes about those at which theory has no exponent, times so many of their powers of two.
_SPAN = {"random": (-3.0, 2.5), "common": (-4.0, 1.5)}
_MASTERED = 0.01  # error at which Engelken et al. stop


@dataclass(frozen=True)
class Sweep:
    """Networks trained on generators under one kind of input.

    Attributes
    ----------
    amplitudes : of the input, shape (n,).
    exponents, errors : of the drawn generators, and of what was trained, shape (n, n_network).
    critical : amplitude at which the exponent of theory is zero.
    theory : exponents of theory at the amplitudes; empty if they were not asked for.
    """

    amplitudes: FloatArray
    exponents: FloatArray
    errors: FloatArray
    critical: float
    theory: FloatArray


def against_amplitude(sweeps: dict[str, Sweep]) -> Any:
    """Return exponents of generators over test errors of students, against the amplitude of the input."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.8))
    above, below = figure.subplots(2, 1, sharex=True)
    zero(above)
    below.axhline(LEARNED, color="0.8", lw=0.7)
    for index, (phases, sweep) in enumerate(sweeps.items()):
        x, many = sweep.amplitudes, sweep.exponents.shape[1]
        for axes in (above, below):
            axes.axvline(sweep.critical, color=COLOURS[index], ls=":", lw=1.0)
        if len(sweep.theory):
            above.plot(x, sweep.theory, color=COLOURS[index])
        error = sweep.exponents.std(axis=1, ddof=1) / np.sqrt(many)
        symbols(above, x, sweep.exponents.mean(axis=1), error, index=index, label=_WORDS[phases])
        below.plot(x, sweep.errors, ls="", marker=".", ms=2.0, color=COLOURS[index], alpha=0.5)
        low, middle, high = np.quantile(sweep.errors, [0.25, 0.5, 0.75], axis=1)
        symbols(below, x, middle, [middle - low, high - middle], index=index, label=_WORDS[phases])
    below.set_xscale("log")
    below.set_yscale("log")
    named(above, "", EXPONENT, legend="lower left", title="input")
    named(below, r"amplitude of the input $I_1$", ERROR, legend=None)
    return figure


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return the figure, both inputs in it, and where its curves cross."""
    sweeps = {phases: _sweep(budget, phases) for phases in _SPAN}
    with paper_style():
        figure = against_amplitude(sweeps)
    return Picture(
        "trained-input",
        figure,
        "Balanced networks, g = 2, under a sinusoid of f = 0.2: the largest exponent of the generator (symbols: drawn "
        "ones, with standard errors; lines, where drawn: theory), and below it the error of a network that has learned "
        "to do it without the input (dots: networks; symbols: medians, quartiles). Dotted: amplitudes at which theory "
        "has lambda = 0. A common input, which the balance cancels, must be larger by far than independent ones; "
        "where it is very strong, targets are calm and students fail all the same.",
    ), [_told(phases, sweep) for phases, sweep in sweeps.items()]


def _sweep(budget: Budget, phases: str) -> Sweep:
    """Return generators and students of one kind of input."""
    size, n = budget.choose((150, 2), (300, 4))
    first = Draw(budget.seed, size, 50, 5, amplitude=1.0, phases=phases)
    critical = float(dmft.critical_amplitude(generator_of(first)))
    low, high = _SPAN[phases]
    amplitudes = critical * 2.0 ** np.linspace(low, high, budget.choose(4, 9))
    draws = first.over(n, amplitude=amplitudes.tolist())
    found = np.array(kept(budget, f"imitation-{phases}", imitation, draws)).reshape(len(amplitudes), n, 2)
    theory = np.empty(0)
    if not budget.quick:
        alone = first.over(1, amplitude=amplitudes.tolist())
        theory = np.array(kept(budget, f"exponents-{phases}", predicted, alone))
    return Sweep(amplitudes, found[:, :, 0], found[:, :, 1], critical, theory)


def _told(phases: str, sweep: Sweep) -> str:
    levels = {"chaos": (sweep.exponents, 0.0), LEARNED: (sweep.errors, LEARNED), _MASTERED: (sweep.errors, _MASTERED)}
    at = {name: _where(crossing(sweep.amplitudes, *pair)) for name, pair in levels.items()}
    return (
        f"{_WORDS[phases].capitalize()} input: lambda = 0 at I1 = {sweep.critical:.2f} in theory and, of networks of "
        f"this size, {at['chaos']}; errors fall below {LEARNED:g} {at[LEARNED]}, below {_MASTERED:g} {at[_MASTERED]}."
    )


def _where(place: tuple[float, float]) -> str:
    return f"at {place[0]:.2f} +- {place[1]:.2f}" if place[0] > 0.0 else "at none of these amplitudes"
