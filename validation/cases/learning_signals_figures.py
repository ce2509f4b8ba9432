"""The pictures of the section on learning signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import THEORY, keyed, named, panels, plain, symbols
from validation.layered.training import Training

_ANGLE = "angle to the gradient (degrees)"


def against_width(network: Callable[[int], Any], simulations: Mapping[int, Any]) -> Any:
    """Return angles of each layer against the width, with the recursion as lines."""
    figure, (axes,) = panels(1, 4.0, 3.0)
    rule = dmft.GlobalErrorVector()
    grid = 2 * np.unique(np.geomspace(min(simulations) / 3, 0.7 * max(simulations), 40).astype(int))
    lines = np.array([dmft.solve_alignment(network(int(w)), rule).angles for w in grid])
    names = ("first", "second", "last")
    for layer, name in enumerate(names):
        axes.plot(grid, lines[:, layer], color=COLOURS[layer])
        found = [
            (s.mean(f"angle_{layer + 1}", w), s.standard_error(f"angle_{layer + 1}", w)) for w, s in simulations.items()
        ]
        symbols(axes, list(simulations), *zip(*found, strict=True), index=layer, label=f"{name} hidden layer")
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain(axes.xaxis, simulations)
    plain(axes.yaxis, (2, 5, 10, 20, 50))
    named(axes, "units of each layer", _ANGLE, lines=THEORY)
    return figure


def against_crossings(networks: Mapping[str, Any], rules: Mapping[str, Any], simulations: Mapping[str, Any]) -> Any:
    """Return cosines against the number of matrices between the error and a layer."""
    figure, (axes,) = panels(1, 4.4, 3.0)
    for index, (title, future) in enumerate(simulations.items()):
        simulation = future.result()
        (size,) = simulation.sizes
        depth = networks[title].depth
        crossed = np.arange(1, depth + 1)
        deeper = networks[title].replace(widths=[256] * 8)
        axes.plot(np.arange(1, 9), dmft.solve_alignment(deeper, rules[title]).angles[::-1], color=COLOURS[index])
        found = [
            (simulation.mean(f"angle_{depth - i + 1}", size), simulation.standard_error(f"angle_{depth - i + 1}", size))
            for i in crossed
        ]
        symbols(axes, crossed, *zip(*found, strict=True), index=index, label=title)
    axes.set_ylim(0.0, 95.0)
    named(axes, "matrices between the error and the layer", _ANGLE, legend="lower right", fontsize=6, lines=THEORY)
    return figure


def of_kernels(simulations: Mapping[int, Any]) -> Any:
    """Return correlations of two inputs, layer by layer."""
    figure, (axes,) = panels(1, 3.8, 2.9)
    for index, components in enumerate((1, 3, 10)):
        stated = dmft.LayeredNetwork([100] * 6, vector_units=None if components == 1 else components)
        theory = dmft.solve_kernel(stated, 0.5)
        axes.plot(theory.layer, theory.correlations, color=COLOURS[index], label=f"K = {components}")
        if components in simulations:
            simulation = simulations[components]
            (size,) = simulation.sizes
            names = list(simulation.variables)
            values = [simulation.mean(name, size) for name in names]
            errors = [simulation.standard_error(name, size) for name in names]
            symbols(axes, np.arange(1, len(names) + 1), values, errors, index=index)
    axes.set_ylim(0.0, 1.0)
    named(axes, "layer", "correlation of two inputs", legend="upper left", lines="theory; symbols networks")
    return figure


def tangent_curves(curves: Mapping[str, tuple[Any, Any, Any]]) -> Any:
    """Return losses against learning rate times steps: theory as lines, networks as symbols.

    Networks begin at logits of their own, from which the theory starts: what is shown of them is their mean difference
    from it, with its error.
    """
    figure, axes = panels(len(curves), 6.6, 2.9, sharey=True)
    for index, (one, (title, (times, expected, losses))) in enumerate(zip(axes, curves.items(), strict=True)):
        one.plot(1e3 * times, np.mean(expected, axis=0), color=COLOURS[index])
        at = np.linspace(0.0, times[-1], losses.shape[1])
        off = losses - np.array([np.interp(at, times, line) for line in expected])
        shown = slice(None, None, max(1, losses.shape[1] // 10))
        error = off.std(axis=0, ddof=1) / np.sqrt(len(off))
        symbols(one, 1e3 * at[shown], losses.mean(axis=0)[shown], error[shown], index=index, label="networks")
        one.set_ylim(bottom=0.0)
        one.set_title(title)
        named(one, "1000 x rate x steps", "" if index else "loss on the training set", lines=THEORY)
    return figure


def against_channels(curves: Mapping[str, tuple[Any, Any, Mapping[int, Any]]], channels: Any) -> Any:
    """Return angles of two convolutional layers against the channels: theory of each image, networks as symbols."""
    figure, axes = panels(2, 6.6, 2.9, sharey=True)
    for index, (title, (network, image, simulations)) in enumerate(curves.items()):
        stated = [network.replace(widths=[int(n)] * network.depth) for n in channels]
        lines = np.array([dmft.solve_alignment(one, dmft.GlobalErrorVector(), image=image).angles for one in stated])
        for layer, one in enumerate(axes):
            one.plot(channels, lines[:, layer], color=COLOURS[index])
            name = f"angle_{layer + 1}"
            found = [(s.mean(name, n), s.standard_error(name, n)) for n, s in simulations.items()]
            symbols(one, list(simulations), *zip(*found, strict=True), index=index, label=title)
    for one, title in zip(axes, ("first", "last"), strict=True):
        one.set_xscale("log")
        one.set_ylim(0.0, 60.0)
        plain(one.xaxis, next(iter(curves.values()))[2])
        named(one, f"channels ({title} hidden layer)", _ANGLE if title == "first" else "", legend=None)
    keyed(axes[0], loc="upper right")
    return figure


def in_time(courses: Mapping[str, tuple[Any, Any]]) -> Any:
    """Return error and alignment against time, theory and students."""
    figure, (left, right) = panels(2)
    for index, (title, (theory, simulation)) in enumerate(courses.items()):
        (size,) = simulation.sizes
        shown = theory.times > 0.1
        left.plot(theory.times[shown], theory.error[shown], color=COLOURS[index], label=title)
        at, mean = simulation.coordinates["time"], simulation.mean("error", size)
        symbols(left, at, mean, simulation.standard_error("error", size), index=index)
        if np.all(np.isnan(theory.feedback)):
            continue
        right.plot(theory.times[shown], theory.alignment[shown], color=COLOURS[index])
        mean = simulation.mean("alignment", size)
        symbols(right, at, mean, simulation.standard_error("alignment", size), index=index)
    left.set_yscale("log")
    left.set_ylim(bottom=1e-7)
    for axes in (left, right):
        axes.set_xscale("log")
    named(left, r"steps per dimension $\alpha$", "generalisation error", legend="lower left", lines="lines: theory")
    named(right, r"steps per dimension $\alpha$", "cosine of read-out and feedback")
    return figure


def learning_curves(trained: Mapping[str, list[Training]]) -> Any:
    """Return losses, and angles of the first and the last hidden layer, against epochs."""
    figure, (left, right) = panels(2, 7.6, 3.0)
    for index, (title, runs) in enumerate(trained.items()):
        epochs, look = runs[0].epochs, {"color": COLOURS[index % 3], "ls": "-" if index < 3 else "--"}
        left.plot(epochs, np.mean([run.losses for run in runs], axis=0), label=title, **look)
        angles = np.mean([run.angles for run in runs], axis=0)
        if title.startswith("BP"):
            continue
        right.plot(epochs, angles[:, 0], label=f"{title}, first", **look)
        right.plot(epochs, angles[:, -1], label=f"{title}, last", lw=0.7, **look)
    left.set_yscale("log")
    right.set_ylim(0.0, 160.0)
    right.set_yticks([0, 30, 60, 90])
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
    named(left, "epochs", "loss on the training set", fontsize=6)
    named(right, "epochs", _ANGLE, legend="upper right", fontsize=5, ncols=2)
    return figure


def of_rules(dense: Mapping[str, list[Training]], maps: Mapping[str, list[Training]]) -> Any:
    """Return errors on the test set, and final angles of the first and the last hidden layer."""
    figure, (left, right) = panels(2, 8.0, 3.2)
    for axes, trained in ((left, dense), (right, maps)):
        beside = axes.twinx()
        for place, runs in enumerate(trained.values()):
            values = np.array([100.0 * (1.0 - run.accuracy) for run in runs])
            error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else None
            symbols(axes, place - 0.12, values.mean(), error, index=0)
            last = np.mean([run.angles[-1] for run in runs], axis=0)
            beside.plot([place + 0.1, place + 0.2], last[[0, -1]], ls="", marker="_", color=COLOURS[1])
        axes.set_yscale("log")
        plain(axes.yaxis, (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80))
        axes.set_xticks(range(len(trained)), [name.replace(", ", ",\n") for name in trained], fontsize=6)
        beside.set_ylim(0.0, 110.0)
        beside.spines["right"].set_visible(True)
        beside.set_ylabel("final angles, first and last layer", color=COLOURS[1])
        named(axes, "", "errors on the test set (%)", legend=None)
    return figure
