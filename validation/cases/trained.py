"""Trained recurrent networks: how many units it takes, Dale's law, and what chaos of the targets does to learning."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import paper_style
from validation.cases import trained_hints, trained_input, trained_noise, trained_signs, trained_spectra, trained_spikes
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, kept
from validation.cases.trained_experiments import FREQUENCY, LEARNED, RULES, Draw, oscillation, oscillation_error
from validation.cases.trained_figures import against_size, traces
from validation.comparison import compare
from validation.simulation import Simulation

# Generators that can be taught, of a fixed scale K, so that networks of several sizes extrapolate to the theory.
_GENERATORS = {
    f"Targets under {word} input": dmft.BalancedNetwork(2.0, 500, drive=dmft.Sinusoid(size, FREQUENCY, phases=phases))
    for word, size, phases in (("independent", 12.0, "random"), ("common", 40.0, "common"))
}


def run(budget: Budget) -> Content:
    """Compare generators with theory, train networks by every rule, and draw the pictures."""
    generators = {title: _begun(budget, network) for title, network in _GENERATORS.items()}
    errors = _errors(budget)
    shown = oscillation(Draw(budget.seed, budget.choose(200, 300), budget.choose(20, 60), 3))
    with paper_style():
        pictures = [
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
        ]
    told = _claims(errors)
    for draw in (
        trained_input.picture,
        trained_spectra.picture,
        trained_signs.picture,
        trained_spikes.picture,
        *budget.choose((), (trained_noise.picture, trained_hints.picture)),
    ):
        picture, more = draw(budget)
        pictures.append(picture)
        told += more
    comparisons = {
        title: compare(dmft.solve_targets(network), generators[title].result(), tolerance=TOLERANCE)
        for title, network in _GENERATORS.items()
    }
    return Content(comparisons, tuple(pictures), tuple(told))


def _begun(budget: Budget, network: dmft.BalancedNetwork) -> Future[Simulation]:
    return budget.start(
        network,
        budget.choose({300: 26, 600: 18}, {500: 48, 1000: 32, 2000: 8}),
        duration=20.0,
        burn_in=budget.choose(25.0, 120.0),
        measure=("correlation", "lyapunov"),
    )


def _errors(budget: Budget) -> dict[str, dict[int, FloatArray]]:
    """Return rule -> size -> errors of networks."""
    sizes = budget.choose((100, 200), (100, 150, 200, 250, 300, 400))
    first = Draw(budget.seed, 0, budget.choose(20, 60), budget.choose(3, 20))
    n, found = budget.choose(2, 3), {}
    for rule in RULES:
        draws = replace(first, rule=rule).over(n, size=sizes)
        values = np.array(kept(budget, f"size-{rule}", oscillation_error, draws)).reshape(len(sizes), n)
        found[rule] = dict(zip(sizes, values, strict=True))
    return found


def _claims(errors: dict[str, dict[int, FloatArray]]) -> list[str]:
    """Return which networks learned, in numbers."""
    told = []
    for rule, of_size in errors.items():
        parts = ", ".join(f"{np.mean(values < LEARNED):.0%} of N = {size}" for size, values in of_size.items())
        told.append(f"Networks that learned the oscillation (error below {LEARNED:g}) by {rule}: {parts}.")
    return told


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
