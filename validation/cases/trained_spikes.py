"""Integrate-and-fire networks under Dale's law: what they say by themselves, and how irregular their spikes are."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import COLOURS, paper_style
from validation.cases.drawing import named, panels
from validation.cases.section import Budget, Picture
from validation.cases.trained_signs import PERIOD, SHOWN, output
from validation.training.integrate_and_fire import IntegrateAndFire
from validation.training.recurrent import train_recurrent
from validation.training.tasks import Sawtooth
from validation.training.trained import TrainedNetwork
from validation.training.trainers import BalancedTargets

_USUAL = (PERIOD, IntegrateAndFire())
# What strong synapses add has to be averaged: slow ones are slower, the task takes longer, and 60 units do not suffice.
_STRONG = (2.0 * PERIOD, IntegrateAndFire(slow=2.0, strength=1.5))


def picture(budget: Budget) -> tuple[Picture, list[str]]:
    """Return spikes, output and the variation of intervals; in full also with strong fast synapses."""
    size, trials = budget.choose((60, 4), (300, 12))
    kinds = budget.choose({"usual": _USUAL}, {"usual": _USUAL, "strong": _STRONG})
    networks = {name: _trained(kind, size, budget.seed, trials) for name, kind in kinds.items()}
    *_, shown = networks.values()
    spikes: Any = shown.test.spikes
    seen = spikes.times < SHOWN * shown.trainer.task.duration
    with paper_style():
        figure, (left, middle, right) = panels(3, 7.4, 2.6)
        left.plot(spikes.times[seen], spikes.units[seen], ls="", marker="|", ms=1.5, mew=0.4, color=COLOURS[0])
        named(left, r"time ($\tau$)", "unit")
        output(middle, shown)
        for index, (name, one) in enumerate(networks.items()):
            values = _of_neighbours(one)
            look: dict[str, Any] = {"color": COLOURS[index], "alpha": 0.6, "label": f"{name} synapses"}
            right.hist(values[np.isfinite(values)], bins=np.linspace(0.0, 2.0, 25), **look)
        right.axvline(1.0, color="0.6", ls=":", lw=1.0)
        named(right, "CV2 of a unit's intervals", "units")
    return Picture(
        "trained-spikes",
        figure,
        f"Integrate-and-fire units under Dale's law, N = {size}, that say a sawtooth by themselves: spikes, output, "
        "and CV2, the variation of neighbouring intervals, 1 of a Poisson process (dotted). With the usual fast "
        "synapses intervals follow slow changes of rates and are else regular. In the full report, which then draws "
        "that network, fast synapses five times as strong make them irregular, where slow ones and the task are twice "
        "as slow.",
    ), [_told(name, one) for name, one in networks.items()]


def _trained(kind: tuple[float, IntegrateAndFire], size: int, seed: int, trials: int) -> TrainedNetwork:
    period, units = kind
    rule = BalancedTargets(
        dmft.BalancedNetwork(g=1.5, size=size),
        Sawtooth(period, pulse=0.0),
        target_amplitude=4.0,
        spiking=True,
        units=units,
    )
    return train_recurrent(rule, size=size, seed=seed, trials=trials, test_trials=10)


def _of_neighbours(one: TrainedNetwork) -> FloatArray:
    spikes: Any = one.test.spikes
    return np.asarray(spikes.variation(local=True))


def _told(name: str, one: TrainedNetwork) -> str:
    spikes: Any = one.test.spikes
    local, counts = _of_neighbours(one), np.bincount(spikes.units, minlength=one.size)
    known = np.isfinite(local)
    return (
        f"Spiking, N = {one.size}, {name} fast synapses: phase-aligned error {one.phase_aligned_error:.2g} over ten "
        f"periods, {one.violations} violations, {spikes.rates.mean():.2g} spikes of a unit per tau, median CV "
        f"{np.nanmedian(spikes.variation()):.2f}, CV2 {np.median(local[known]):.2f} of the median unit and "
        f"{np.average(local[known], weights=counts[known]):.2f} of the average spike."
    )
