"""Stable fixed points beside chaos: one network in two states, and how many fixed points small networks have."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import dmft
from dmft.plotting import COLOURS
from validation.cases.drawing import PLASTICITY, named, panels, symbols, zero
from validation.cases.section import STEP, Budget, Picture, drawn, of_networks
from validation.simulators.plastic_fixed_points import count_fixed_points, find_fixed_point

GAIN, STRENGTH, TIME_CONSTANT = 3.0, 3.0, 2.5
_KICK, _KICKED_AT = 0.3, 100.0


def picture(budget: Budget) -> Picture:
    """Return the figure: speed of one network from two starts, and the complexity against enumeration."""
    size = budget.choose(600, 1000)
    figure, (left, right) = panels(2)
    _two_states(left, size, budget)
    _complexity(right, budget)
    return Picture(
        "plastic-fixed-points",
        figure,
        f"Left: one network, N = {size}, g = {GAIN:g}, k = {STRENGTH:g}, p = {TIME_CONSTANT:g}, with the same J in two "
        "states. From a random state it is chaotic, at the speed that the theory gives (dashed: theory, with its "
        "sampling error as a band). Put at a fixed point of J, with the synapses that belong to it, it stays; kicked "
        f"at t = {_KICKED_AT:g} tau (noise of {_KICK:g} on every x) it returns. Right: the complexity, (1/N) log of "
        "the mean number of stable fixed points (line), and those of drawn networks counted one by one (dots); "
        "a factor of order one in their number shows as 1/N. They exist above k_c, where the line crosses zero.",
    )


def _two_states(axes: Any, size: int, budget: Budget) -> None:
    network = dmft.PlasticNetwork(g=GAIN, k=STRENGTH, p=TIME_CONSTANT)
    seed = np.random.SeedSequence(budget.seed)
    chaotic, resting = (drawn(network, size, seed, dtype=np.float64) for _ in range(2))
    resting.imprint(find_fixed_point(np.array(chaotic.couplings), network, seed=budget.seed)[:, None])
    noise = np.random.default_rng(budget.seed).standard_normal((size, 1))
    steps = 2000
    for index, (simulator, label) in enumerate(((chaotic, "random start"), (resting, "start at a fixed point"))):
        speed = np.empty(steps)
        for step in range(steps):
            if simulator is resting and step == round(_KICKED_AT / STEP):
                simulator.place(simulator.x + _KICK * noise)
            simulator.step()
            speed[step] = np.sqrt(np.mean(simulator.velocity**2))
        axes.semilogy(STEP * np.arange(1, steps + 1), speed, color=COLOURS[index], lw=1.0, label=label)
    solution = dmft.solve_plastic(
        network, samples=64, noise_seeds=budget.choose(2, 6), window=409.6, rtol=1e-3, on_failure="ignore"
    )
    rows = solution.process.corr_x_samples
    speeds = np.sqrt(2.0 * (rows[:, 0] - rows[:, 1])) / solution.process.step
    mean, error = float(speeds.mean()), float(speeds.std(ddof=1) / np.sqrt(len(speeds)))
    axes.axhline(mean, color="black", ls="--", lw=1.0)
    axes.axhspan(mean - error, mean + error, color="0.85", lw=0.0)
    axes.set_ylim(1e-7, 30.0)
    axes.set_xlim(0.0, STEP * steps)
    named(axes, r"time ($\tau$)", r"rms of $dx/dt$ ($1/\tau$)", legend="upper right")


def _complexity(axes: Any, budget: Budget) -> None:
    strengths = np.linspace(1.0, 3.5, budget.choose(6, 16))
    network = dmft.PlasticNetwork(g=GAIN, k=1.0, p=TIME_CONSTANT)
    complexity = np.array([dmft.fixed_points(network.replace(k=float(k))).complexity for k in strengths])
    finite = np.isfinite(complexity)
    zero(axes)
    axes.plot(strengths[finite], complexity[finite], color="black", label="theory")
    counts = budget.choose({8: 100, 12: 40}, {8: 400, 12: 200, 15: 40})
    for index, (size, n_networks) in enumerate(counts.items()):
        for k in budget.choose((1.5, 2.0, 2.5, 3.0), (1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)):
            numbers = of_networks(budget, partial(_number, k, size), size, n_networks, chunk=20)
            mean = numbers.mean()
            if mean == 0:
                continue
            error = numbers.std(ddof=1) / np.sqrt(n_networks) / mean / size
            label = f"networks, N = {size}" if k == 2.0 else None
            symbols(axes, k, np.log(mean) / size, error, index=index, label=label)
    named(axes, PLASTICITY, r"complexity $\Sigma$", legend="upper left")


def _number(k: float, size: int, child: np.random.SeedSequence) -> int:
    couplings = np.random.default_rng(child).standard_normal((size, size)) * (GAIN / np.sqrt(size))
    return count_fixed_points(couplings, dmft.PlasticNetwork(g=GAIN, k=k, p=TIME_CONSTANT))
