"""Networks of rates under Dale's law: what they say by themselves, their weights, and their balance."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import named, panels, symbols
from validation.cases.section import Budget, Picture, mapped
from validation.training.recurrent import train_recurrent
from validation.training.tasks import SumOfSines
from validation.training.trained import TrainedNetwork
from validation.training.trainers import BalancedTargets

PERIOD = 20.0
SHOWN = 3  # periods


def of_rates(draw: tuple[int, int]) -> TrainedNetwork:
    """Return a network of (size, seed) under Dale's law that was to oscillate."""
    size, seed = draw
    task = SumOfSines(PERIOD, pulse=0.0, cycles=(1,))
    trainer = BalancedTargets(dmft.BalancedNetwork(g=1.5, size=size), task, target_amplitude=3.0)
    return train_recurrent(trainer, size=size, seed=seed, test_trials=10)


def _measured(draw: tuple[int, int]) -> tuple[float, float, float]:
    """Return phase-aligned error, balance and silent part of such a network."""
    one = of_rates(draw)
    return one.phase_aligned_error, one.balance(), one.silent


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return the output, the weights, and the balance against the number of units."""
    sizes, n = budget.choose(((40, 80), 2), ((60, 100, 200), 4))
    shown = of_rates((budget.choose(100, 200), budget.seed))
    draws = [(size, budget.seed + index) for size in sizes for index in range(n)]
    found = np.array(mapped(budget, _measured, draws)).reshape(len(sizes), n, 3)
    with paper_style():
        figure, (left, middle, right) = panels(3, 7.4, 2.6)
        output(left, shown)
        weights(middle, shown)
        balance = found[:, :, 1]
        right.plot(sizes, balance, ls="", marker=".", ms=3, color=COLOURS[0])
        symbols(right, sizes, np.median(balance, axis=1), ls="-")
        right.set_xscale("log")
        right.set_xticks(sizes, [f"{size:g}" for size in sizes])
        right.minorticks_off()
        right.set_ylim(bottom=0.0)
        named(right, "units N", "balance |net| / excitation")
    errors = ", ".join(f"{np.median(of[:, 0]):.2g} of N = {size}" for size, of in zip(sizes, found, strict=True))
    return Picture(
        "trained-signs",
        figure,
        "A network under Dale's law, by itself (left), and its weights (middle): part of all weights of either sign in "
        "each bin (logarithmic), and the line at zero, the part of those that are zero exactly. Right: what is left of "
        "the excitation after inhibition, averaged over units; dots are networks.",
    ), [
        f"Under Dale's law, N = {shown.size}: phase-aligned error {shown.phase_aligned_error:.2g} over ten periods, "
        f"{shown.violations} violations, {shown.silent:.0%} of the couplings zero, net input {shown.balance():.0%} of "
        f"the excitation. Medians of errors of {n} networks: {errors}."
    ]


def output(axes: Any, one: TrainedNetwork) -> None:
    """Draw what a network says by itself over what it should."""
    said = np.concatenate([each[:, 0] for each in one.test.outputs[:SHOWN]])
    target = np.concatenate([trial.target[:, 0] for trial in one.test.trials[:SHOWN]])
    times = one.trainer.dt * np.arange(len(said))
    axes.plot(times, target, color="0.6", lw=2.5, label="target")
    axes.plot(times, said, color=COLOURS[0], label="read-out")
    low, high = float(min(target.min(), said.min())), float(max(target.max(), said.max()))
    axes.set_ylim(low - 0.1, high + 0.5 * (high - low))  # room for the legend
    named(axes, r"time ($\tau$)", "output", legend="upper center", ncols=2)


def weights(axes: Any, one: TrainedNetwork) -> None:
    """Draw the weights of a network: part of those of either sign in each bin, and of all that are zero."""
    excites = one.trainer.signs(one.size) > 0.0
    scaled: FloatArray = one.couplings * np.sqrt(one.size)
    edge = float(np.quantile(np.abs(scaled), 0.995))
    bins = np.linspace(-edge, edge, 41)
    axes.plot([0.0, 0.0], [0.0, one.silent], color="black", lw=1.5)
    for index, (word, of) in enumerate({"excitatory": excites, "inhibitory": ~excites}.items()):
        values = scaled[:, of].ravel()
        moved = values[values != 0.0]
        part = np.full(len(moved), 1.0 / scaled.size)
        label = f"{word}, {np.mean(values == 0.0):.0%} zero"
        axes.hist(moved, bins=bins, weights=part, color=COLOURS[index], alpha=0.6, label=label)
    axes.set_yscale("log")
    axes.set_ylim(1e-5, 100.0)  # room for the legend
    named(axes, r"$\sqrt{N}J_{ij}$", "part of the weights", legend="upper center")
