"""Figures of how trainings went, and of what was measured of single networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dmft.plotting.style import COLOURS, paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from validation.gated.trained import Trained
    from validation.layered.training import Training
    from validation.perceptrons.learning import TrainedPerceptron
    from validation.perceptrons.memory import MemoryNetwork
    from validation.spectrum import LyapunovSpectrum
    from validation.training.trained import TrainedNetwork

_CURVES = 3  # outputs of a task that are drawn


def draw_trials(trained: TrainedNetwork) -> Figure:
    """Return errors of the training trials, and output and target of the first test trial against time."""
    with paper_style():
        figure, (errors, said) = _panels(2)
        _draw_history(errors, trained.history, trained.test_error)
        trial, output = trained.test.trials[0], trained.test.outputs[0]
        at = np.arange(len(output)) * trained.trainer.dt
        for i, colour in zip(range(min(output.shape[1], _CURVES)), COLOURS, strict=False):
            said.plot(at, trial.target[:, i], color="0.6", label="target" if i == 0 else None)
            said.plot(at, output[:, i], "--", color=colour, label="output" if i == 0 else None)
        _label(said, r"time $t$ ($\tau$)", "output, first test trial")
    return figure


def draw_epochs(training: Training) -> Figure:
    """Return loss, accuracy and angles to the gradient against epochs."""
    with paper_style():
        figure, (losses, right, angles) = _panels(3)
        losses.plot(training.epochs, training.losses, color=COLOURS[0])
        _label(losses, "epoch", "mean cross-entropy (training)")
        right.plot(training.epochs, training.accuracies, color=COLOURS[0])
        _label(right, "epoch", "accuracy")
        for layer, colour in zip(range(training.angles.shape[1]), COLOURS, strict=False):
            angles.plot(training.epochs, training.angles[:, layer], color=colour, label=f"layer {layer + 1}")
        _label(angles, "epoch", "angle to the gradient (degrees)")
    return figure


def draw_weights(weights: Mapping[str, Any]) -> Figure:
    """Return errors of the training trials, and the eigenvalues of the couplings, of a file of weights."""
    with paper_style():
        figure, (errors, plane) = _panels(2)
        _draw_history(errors, weights["history"], float(np.median(weights["test_errors"])))
        eigenvalues = np.linalg.eigvals(weights["couplings"])
        plane.plot(eigenvalues.real, eigenvalues.imag, ".", color=COLOURS[0], markersize=2)
        plane.axvline(1.0, color="0.7", lw=0.8, ls=":")
        plane.set_aspect("equal", adjustable="datalim")
        _label(plane, "Re of eigenvalues of J", "Im")
    return figure


def _draw_history(axes: Any, history: Any, tested: float) -> None:
    axes.plot(np.arange(1, len(history) + 1), history, ".-", color=COLOURS[0], label="training")
    axes.locator_params(axis="x", integer=True, nbins=5)
    axes.axhline(tested, color=COLOURS[1], ls="--", label="test, frozen (median)")
    if np.all(history > 0.0):
        axes.set_yscale("log")
    _label(axes, "training trial", r"$\sum(z-f)^2/\sum f^2$")


def draw_errors(trained: TrainedPerceptron) -> Figure:
    """Return errors against epochs, and the fields of the patterns in order."""
    with paper_style():
        figure, (errors, fields) = _panels(2)
        errors.plot(np.arange(1, len(trained.errors) + 1), trained.errors, color=COLOURS[0])
        _label(errors, "epoch", "fraction of presentations wrong")
        _draw_ranked(fields, trained.fields)
        _label(fields, "pattern, by its field", r"field $y(\mathbf{w}\cdot\mathbf{x}-1)$")
    return figure


def draw_descent(trained: Trained) -> Figure:
    """Return the least margin, and what it takes to reach margin one, against steps of gradient descent."""
    with paper_style():
        figure, (margins, values) = _panels(2)
        path = trained.path
        margins.plot(path.steps, path.margins, color=COLOURS[0])
        margins.axhline(0.0, color="0.85", lw=0.7)
        right = np.isfinite(path.values)
        values.plot(path.steps[right], path.values[right], color=COLOURS[0])
        for axes, told in ((margins, "least margin"), (values, r"$|\theta|^2/2$ at margin one")):
            axes.set_xscale("symlog", linthresh=1.0)
            axes.set_xlim(left=0.0)
            _label(axes, "steps", told)
    return figure


def draw_margins(network: MemoryNetwork) -> Figure:
    """Return the margins of the rows of an attractor network in order."""
    with paper_style():
        figure, (axes,) = _panels(1)
        _draw_ranked(axes, network.margins[np.isfinite(network.margins)])
        _label(axes, "neuron, by its margin", "largest margin of its row")
    return figure


def draw_exponents(spectrum: LyapunovSpectrum) -> Figure:
    """Return the Lyapunov exponents against their index over N, with standard errors."""
    with paper_style():
        figure, (axes,) = _panels(1)
        at = np.arange(1, len(spectrum.exponents) + 1) / spectrum.size
        off = np.nan_to_num(spectrum.standard_error)
        axes.fill_between(at, spectrum.exponents - off, spectrum.exponents + off, color=COLOURS[0], alpha=0.3, lw=0)
        axes.plot(at, spectrum.exponents, ".-", color=COLOURS[0])
        axes.axhline(0.0, color="0.85", lw=0.7)
        _label(axes, "index over N", rf"$\lambda_i$ ($1/\tau$), N = {spectrum.size}")
    return figure


def _draw_ranked(axes: Any, values: Any) -> None:
    ordered = np.sort(values)[::-1]
    axes.plot(np.arange(1, len(ordered) + 1), ordered, color=COLOURS[0], drawstyle="steps-mid")
    axes.axhline(0.0, color="0.85", lw=0.7)


def _panels(count: int) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.9 * count + 0.3, 2.5))
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _label(axes: Any, across: str, up: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    if axes.get_legend_handles_labels()[1]:
        axes.legend()
