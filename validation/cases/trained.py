"""Trained recurrent networks: how many units it takes, Dale's law, and what chaos of the targets does to learning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import paper_style
from validation.cases.section import Budget, Content, Picture, Section, mapped
from validation.cases.trained_experiments import (
    LEARNED,
    RULES,
    Draw,
    crossing,
    dale,
    generator_of,
    imitation,
    oscillation,
    oscillation_error,
    predicted,
)
from validation.cases.trained_figures import Sweep, against_amplitude, against_size, signed_weights, traces
from validation.training.trained import TrainedNetwork

_WORDS = {"random": "independent", "common": "common"}
# Amplitudes about those at which theory has no exponent, times so many of their powers of two.
_SPAN = {"random": (-3.0, 2.5), "common": (-4.0, 1.5)}


def run(budget: Budget) -> Content:
    """Train networks by every rule, and draw the pictures."""
    errors = _errors(budget)
    sweeps = {phases: _sweep(budget, phases) for phases in _SPAN}
    shown = oscillation(Draw(budget.seed, budget.choose(200, 300), budget.choose(20, 60), 3))
    signed = dale(budget.choose(100, 200), budget.seed)
    with paper_style():
        pictures = (
            Picture(
                "trained-input",
                against_amplitude(sweeps),
                "Balanced networks, g = 2, under a sinusoid of f = 0.2: the largest exponent of the generator "
                "(symbols: drawn ones, with standard errors; lines, where drawn: theory), and below it the error of a "
                "network that has learned to do it without the input (dots: networks; symbols: medians, quartiles). "
                "Dotted: amplitudes at which theory has lambda = 0. A common input, which the balance cancels, must be "
                "larger by far than independent ones.",
            ),
            Picture(
                "trained-size",
                against_size(errors),
                "The oscillation of DePasquale et al. (2018): error with frozen weights against the number of units. "
                "Single networks (dots) either learn it or do not.",
            ),
            Picture(
                "trained-traces",
                traces(shown),
                "A network trained by full-FORCE, by itself: its read-out on the target, and three of its units.",
            ),
            Picture(
                "trained-signs",
                signed_weights(signed),
                "A network under Dale's law, by itself, and its weights: a good part is exactly zero.",
            ),
        )
    return Content({}, pictures, (*_claims(errors, sweeps), _told(signed)))


def _errors(budget: Budget) -> dict[str, dict[int, FloatArray]]:
    """Return rule -> size -> errors of networks."""
    sizes = budget.choose((100, 200), (100, 150, 200, 250, 300, 400, 600))
    first = Draw(budget.seed, 0, budget.choose(20, 60), budget.choose(5, 20))
    n, found = budget.choose(2, 5), {}
    for rule in RULES:
        draws = replace(first, rule=rule).over(n, size=sizes)
        values = np.array(mapped(budget, oscillation_error, draws)).reshape(len(sizes), n)
        found[rule] = dict(zip(sizes, values, strict=True))
    return found


def _sweep(budget: Budget, phases: str) -> Sweep:
    """Return generators and students of one kind of input."""
    size, n = budget.choose((150, 2), (500, 10))
    first = Draw(budget.seed, size, 50, 5, amplitude=1.0, phases=phases)
    critical = float(dmft.critical_amplitude(generator_of(first)))
    low, high = _SPAN[phases]
    amplitudes = critical * 2.0 ** np.linspace(low, high, budget.choose(5, 12))
    draws = first.over(n, amplitude=amplitudes.tolist())
    found = np.array(mapped(budget, imitation, draws)).reshape(len(amplitudes), n, 2)
    theory = np.empty(0)
    if not budget.quick:
        theory = np.array(mapped(budget, predicted, first.over(1, amplitude=amplitudes.tolist())))
    return Sweep(amplitudes, found[:, :, 0], found[:, :, 1], critical, theory)


def _claims(errors: dict[str, dict[int, FloatArray]], sweeps: dict[str, Sweep]) -> list[str]:
    """Return what the pictures say, in numbers."""
    told = []
    for rule, of_size in errors.items():
        parts = ", ".join(f"{np.mean(values < LEARNED):.0%} of N = {size}" for size, values in of_size.items())
        told.append(f"Networks that learned the oscillation (error below {LEARNED:g}) by {rule}: {parts}.")
    for phases, sweep in sweeps.items():
        chaos, learning = (
            crossing(sweep.amplitudes, values, level)
            for values, level in ((sweep.exponents, 0.0), (sweep.errors, LEARNED))
        )
        told.append(
            f"{_WORDS[phases].capitalize()} input: lambda = 0 at I1 = {sweep.critical:.2f} in theory and, of "
            f"networks of this size, {_where(chaos)}; errors fall below {LEARNED:g} {_where(learning)}."
        )
    return told


def _where(place: tuple[float, float]) -> str:
    return f"at {place[0]:.2f} +- {place[1]:.2f}" if place[0] > 0.0 else "at none of these amplitudes"


def _told(one: TrainedNetwork) -> str:
    return (
        f"Under Dale's law, N = {one.size}: phase-aligned error {one.phase_aligned_error:.2g} over ten periods, "
        f"{one.violations} violations, {one.silent:.0%} of the couplings zero, net input {one.balance():.0%} of the "
        "excitation."
    )


section = Section(
    key="trained",
    title="Trained recurrent networks",
    text=(
        "Networks that are trained to carry the currents of a driven one, and what the theory of that one says "
        "beforehand: targets are the same in every trial only where it is not chaotic. Rules: FORCE (Sussillo & Abbott "
        "2009), full-FORCE (DePasquale et al. 2018), rows under Dale's law (after Ingrosso & Abbott 2019). Theory: "
        "Engelken et al. (2022)."
    ),
    run=run,
)
