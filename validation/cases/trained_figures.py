"""The pictures of the section on trained networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.plotting import COLOURS, MARKERS
from validation.cases.drawing import EXPONENT, named, panels, symbols, zero
from validation.cases.trained_experiments import LEARNED
from validation.training.trained import TrainedNetwork

_WORDS = {"random": "independent", "common": "common"}
_ERROR = r"test error $\sum(z-f)^2/\sum f^2$"


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
    named(below, r"amplitude of the input $I_1$", _ERROR, legend=None)
    return figure


def against_size(errors: dict[str, dict[int, FloatArray]]) -> Any:
    """Return test errors against the number of units, by rule: networks as dots, medians as symbols."""
    figure, (axes,) = panels(1, 4.0, 3.0)
    axes.axhline(LEARNED, color="0.8", lw=0.7)
    for index, (rule, of_size) in enumerate(errors.items()):
        sizes = sorted(of_size)
        for size in sizes:
            axes.plot(np.full(len(of_size[size]), size), of_size[size], ls="", marker=".", ms=3, color=COLOURS[index])
        middle = [float(np.median(of_size[size])) for size in sizes]
        axes.plot(sizes, middle, marker=MARKERS[index], mfc="white", color=COLOURS[index], label=rule)
    axes.set_yscale("log")
    named(axes, "units N", _ERROR)
    return figure


def traces(trained: TrainedNetwork, units: int = 3) -> Any:
    """Return the output and some units of a network by itself, over what they were to do."""
    ran = trained.run(1, seed=0, rates=True)
    (rates,), (said,), (trial,) = ran.rates, ran.outputs, ran.trials
    times = trained.trainer.dt * np.arange(len(said))
    figure, axes = panels(2, 7.0, 2.6)
    axes[0].plot(times, trial.target[:, 0], color="0.6", lw=2.5, label="target")
    axes[0].plot(times, said[:, 0], color=COLOURS[0], label="read-out")
    axes[1].plot(times, rates[:, :units] + 2.2 * np.arange(units), color=COLOURS[1])
    named(axes[0], r"time ($\tau$)", "output")
    named(axes[1], r"time ($\tau$)", "rates of units, one above the other")
    return figure


def signed_weights(trained: TrainedNetwork) -> Any:
    """Return the output of a network under Dale's law, and its weights: densities, and what is zero beside them."""
    ran = trained.run(2, seed=0)
    said = np.concatenate([output[:, 0] for output in ran.outputs])
    target = np.concatenate([trial.target[:, 0] for trial in ran.trials])
    times = trained.trainer.dt * np.arange(len(said))
    figure, (left, right) = panels(2, 7.0, 2.7)
    left.plot(times, target, color="0.6", lw=2.5, label="target")
    left.plot(times, said, color=COLOURS[0], label="read-out")
    named(left, r"time ($\tau$)", "output")
    excites = trained.trainer.signs(trained.size) > 0.0
    scaled = trained.couplings * np.sqrt(trained.size)
    edge = float(np.quantile(np.abs(scaled), 0.995))
    for index, (word, of) in enumerate({"excitatory": excites, "inhibitory": ~excites}.items()):
        values = scaled[:, of].ravel()
        shown = values[(values != 0.0) & (np.abs(values) < edge)]
        label = f"{word}, {np.mean(values == 0.0):.0%} zero"
        right.hist(shown, bins=30, density=True, color=COLOURS[index], alpha=0.6, label=label)
    named(right, r"$\sqrt{N}J_{ij}$", "density of what is not zero")
    return figure
