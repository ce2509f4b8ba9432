"""Chaos that Hebbian synapses keep up below g = 1, where a network without plasticity is silent."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

import dmft
from dmft.errors import AccuracyWarning, NotConvergedError
from validation.cases.drawing import EXPONENT, PLASTICITY, named, panels, symbols, zero
from validation.cases.section import STEP, Budget, Picture, drawn, of_networks
from validation.simulators.simulator import Simulator

GAIN, TIME_CONSTANT = 0.9, 1.0


def picture(budget: Budget) -> Picture:
    """Return the figure: mean square rate and exponent against k, followed downwards."""
    strengths = budget.choose((1.8, 1.6, 1.5, 1.4), (1.8, 1.7, 1.6, 1.55, 1.5, 1.45, 1.4))
    counts = budget.choose({500: 4}, {500: 8, 1000: 3})
    branch = followed(strengths, samples=budget.choose(64, 128), noise_seeds=budget.choose(2, 4))
    figure, both = panels(2)
    for column, axes in enumerate(both):
        values, errors = branch[:, column], branch[:, column + 2]
        axes.errorbar(strengths, values, errors, color="black", capsize=1.5, label="theory, chaotic branch")
        axes.axhline((0.0, GAIN - 1.0)[column], color="0.5", ls="--", lw=0.9, label="theory, quiescent")
    for index, (size, n_networks) in enumerate(counts.items()):
        duration = budget.choose(60.0, 100.0)
        runs = of_networks(budget, partial(descend, size, strengths, duration), size, n_networks)
        beside = np.tile(strengths, n_networks) + 0.012 * (index - (len(counts) - 1) / 2)
        for column, axes in enumerate(both):
            values, label = runs[:, :, column].ravel(), f"networks, N = {size}"
            symbols(axes, beside, values, index=index, ms=3.5, label=label)
    for axes, label in zip(both, (r"$C^\phi(0)$", EXPONENT), strict=True):
        named(axes, PLASTICITY, label, legend=None)
    zero(both[1])
    both[0].legend(loc="lower right", bbox_to_anchor=(1.0, 0.06))
    return Picture(
        "plastic-induced",
        figure,
        f"Below g = 1 (g = {GAIN:g}, p = {TIME_CONSTANT:g}) the silent state is stable (dashed), but Hebbian synapses "
        "keep a chaotic one alive beside it. Theory and networks are followed downwards in k from a state with "
        "imprinted synapses; every dot is one network at one k. The chaos, of positive exponent, ends at a finite "
        "amplitude, in the theory below the last point drawn; networks of finite size die out near there by chance. "
        "At the largest k the state is slow, and the exponent of the theory hangs on few of its sample paths.",
    )


def followed(strengths: tuple[float, ...], *, samples: int, noise_seeds: int) -> Any:
    """Return C^phi(0), exponent and their errors on the chaotic branch, followed downwards; shape (n_k, 4)."""
    rows = np.full((len(strengths), 4), np.nan)
    init = None
    for row, k in zip(rows, strengths, strict=True):
        solution = dmft.solve_plastic(
            dmft.PlasticNetwork(g=GAIN, k=k, p=TIME_CONSTANT),
            samples=samples,
            noise_seeds=noise_seeds,
            window=409.6 if init is None else None,
            rtol=1e-3,
            init=init,
            on_failure="ignore",
        )
        if solution.state == "quiescent":
            break
        init = solution
        row[0], row[2] = solution.corr_phi[0], solution.corr_phi_error[0]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", AccuracyWarning)  # the caption says so
                exponent = dmft.lyapunov_exponent(solution, rtol=2e-3)
        except NotConvergedError:
            continue
        row[1], row[3] = float(exponent), exponent.standard_error
    return rows


def descend(size: int, strengths: tuple[float, ...], duration: float, child: np.random.SeedSequence) -> Any:
    """Return mean square rate and largest exponent of one network at each strength in turn; shape (n_k, 2)."""
    simulator = drawn(dmft.PlasticNetwork(g=GAIN, k=strengths[0], p=TIME_CONSTANT), size, child, n_tangents=1)
    simulator.imprint(3.0 * np.sign(simulator.x))
    rows = np.empty((len(strengths), 2))
    for row, k in zip(rows, strengths, strict=True):
        simulator.plastic.strengthen(k)
        _run(simulator, 0.5 * duration)
        row[:] = _run(simulator, duration)
    return rows


def _run(simulator: Simulator, duration: float) -> tuple[float, float]:
    simulator.orthonormalise()
    squares, growth = [], 0.0
    for step in range(round(duration / STEP)):
        simulator.step()
        if step % 20 == 19:
            squares.append(float(np.mean(simulator.rates**2)))
            growth += float(simulator.orthonormalise()[0, 0])
    return float(np.mean(squares)), growth / duration
