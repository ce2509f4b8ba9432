"""Random networks with private input: white noise, coloured noise, sinusoids of random phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dmft
from dmft.plotting import paper_style
from validation.cases.drawing import correlation, keyed, panels
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import compare

_MANY = {1000: 20, 2000: 6}
# Title -> network, and size -> number of networks, quick and full: fewer and smaller ones the faster they forget.
CASES = {
    "white noise, intensity 1": (
        dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0)),
        ({500: 24, 1000: 6}, _MANY),
    ),
    "coloured noise, variance 0.5": (
        dmft.RandomNetwork(g=2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
        ({500: 24, 1000: 6}, _MANY),
    ),
    "sine, amplitude 0.5": (
        dmft.RandomNetwork(g=2.0, drive=dmft.Sinusoid(0.5, 0.2, "random")),
        ({500: 16, 1000: 12}, _MANY),
    ),
    "sine, amplitude 1.5": (
        dmft.RandomNetwork(g=2.0, drive=dmft.Sinusoid(1.5, 0.2, "random")),
        ({500: 16, 1000: 12}, _MANY),
    ),
    "sine, amplitude 3": (dmft.RandomNetwork(g=1.5, drive=dmft.Sinusoid(3.0, 0.1, "random")), ({500: 10}, _MANY)),
    # Far from criticality networks forget fast, and small ones decide.
    "white noise, not chaotic": (
        dmft.RandomNetwork(g=0.9, drive=dmft.WhiteNoise(1.0)),
        ({250: 12, 500: 6}, {500: 24, 1000: 16}),
    ),
}


def run(budget: Budget) -> Content:
    """Compare driven states with networks; the phase of a sine is conditioned on, not replaced by Gaussian noise."""
    # The scatter is between couplings: eight states of each, or longer runs, leave as much of it.
    settings: dict[str, Any] = budget.choose(
        {"duration": 60.0, "burn_in": 30.0, "initial_states": 4},
        {"duration": 150.0, "burn_in": 50.0, "initial_states": 8},
    )
    running = [
        # Couplings of its own for each case, so that their deviations are independent.
        replace(budget, seed=budget.seed + index).start(network, budget.choose(*counts), **settings)
        for index, (network, counts) in enumerate(CASES.values())
    ]
    found = {
        title: (dmft.solve_stationary(network), begun.result())
        for (title, (network, _)), begun in zip(CASES.items(), running, strict=True)
    }
    with paper_style():
        picture = Picture(
            "driven-correlation",
            _correlations(found),
            "C^phi of driven networks: theory (lines) and the largest networks (mean and standard error, which go "
            "together along the lag: the slow modes of a network do not average out within a run).",
        )
    return Content({title: compare(*pair, tolerance=TOLERANCE) for title, pair in found.items()}, (picture,))


def _correlations(found: dict[str, tuple[Any, Any]]) -> Any:
    figure, (noises, sines) = panels(2, height=3.0)
    for index, (title, (solution, simulation)) in enumerate(found.items()):
        axes, label = sines if "sine" in title else noises, f"{title}, g = {solution.network.g:g}"
        correlation(axes, "corr_phi", solution, simulation, index=index, label=label, ms=3.5)
    for axes in (noises, sines):
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.28 * (high - low))
        keyed(axes, loc="upper right", fontsize=7)
    return figure


section = Section(
    key="driven",
    title="Random network with private input",
    text=(
        "The same network with an independent input to each neuron. White noise: Schuecker, Goedeke & Helias (2018). "
        "Sinusoids of random phase: the theory conditions on the phase of a neuron."
    ),
    run=run,
)
