"""Random networks with private input: white noise, coloured noise, sinusoids of random phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS, MARKERS, paper_style
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section
from validation.comparison import compare

NETWORKS = {
    "white noise, intensity 1": dmft.RandomNetwork(g=2.0, drive=dmft.WhiteNoise(1.0)),
    "coloured noise, variance 0.5": dmft.RandomNetwork(g=2.0, drive=dmft.OrnsteinUhlenbeck(0.5, 1.0)),
    "sine, amplitude 0.5": dmft.RandomNetwork(g=2.0, drive=dmft.Sinusoid(0.5, 0.2, "random")),
    "sine, amplitude 1.5": dmft.RandomNetwork(g=2.0, drive=dmft.Sinusoid(1.5, 0.2, "random")),
    "sine, amplitude 3": dmft.RandomNetwork(g=1.5, drive=dmft.Sinusoid(3.0, 0.1, "random")),
    # Far from criticality networks forget fast, and small ones decide.
    "white noise, not chaotic": dmft.RandomNetwork(g=0.9, drive=dmft.WhiteNoise(1.0)),
}


def run(budget: Budget) -> Content:
    """Compare driven states with networks; the phase of a sine is conditioned on, not replaced by Gaussian noise."""
    comparisons = {}
    drawn = []
    running = [
        # Couplings of its own for each case, so that their deviations are independent.
        replace(budget, seed=budget.seed + index).start(
            network,
            _counts(budget, network),
            duration=budget.choose(60.0, 200.0),
            burn_in=50.0,
            initial_states=8,
        )
        for index, network in enumerate(NETWORKS.values())
    ]
    for (title, network), begun in zip(NETWORKS.items(), running, strict=True):
        solution, simulation = dmft.solve_stationary(network), begun.result()
        comparisons[title] = compare(solution, simulation, tolerance=TOLERANCE)
        drawn.append((title, solution, simulation))
    with paper_style():
        pictures = (
            Picture(
                "driven-correlation",
                _correlations(drawn),
                "C^phi of driven networks: theory (lines) and the largest networks (mean and standard error, which go "
                "together along the lag: the slow modes of a network do not average out within a run).",
            ),
        )
    return Content(comparisons, pictures)


def _counts(budget: Budget, network: dmft.RandomNetwork) -> dict[int, int]:
    """Return size -> number of networks: fewer and smaller ones the faster they forget."""
    if not budget.quick:
        return {1000: 64, 2000: 32, 4000: 12} if network.g > 1 else {500: 24, 1000: 16}
    if network.g < 1:
        return {250: 16, 500: 12}
    if not network.drive.phased:
        return {500: 24, 1000: 6}
    return {500: 24, 1000: 24} if network.g == 2.0 else {500: 16}


def _correlations(drawn: list[tuple[str, Any, Any]]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 3.0))
    noises, sines = figure.subplots(1, 2)
    lags = np.linspace(0.0, 20.0, 401)
    for (title, solution, simulation), colour, marker in zip(drawn, COLOURS, MARKERS, strict=False):
        axes = sines if "sine" in title else noises
        size = simulation.sizes[-1]
        axes.plot(lags, solution.corr_phi_at(lags), color=colour)
        axes.errorbar(
            simulation.lags,
            simulation.mean("corr_phi", size),
            simulation.standard_error("corr_phi", size),
            fmt=marker,
            ms=3.5,
            mfc="white",
            color=colour,
            capsize=1.5,
            elinewidth=0.8,
            label=f"{title}, g = {solution.network.g:g}",
        )
    for axes in (noises, sines):
        axes.set_xlabel(r"lag $\ell$ ($\tau$)")
        axes.set_ylabel(r"$C^\phi(\ell)$")
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.28 * (high - low))
        axes.legend(loc="upper right", fontsize=7)
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
