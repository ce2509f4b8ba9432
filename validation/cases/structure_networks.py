"""The networks with structure that the report simulates, and how many of each."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.models.statement import Statement

# Gains of two groups, of which the second is hyperexcitable: what it sends and hears is stronger.
CALM, EXCITED = 0.7, 1.7
SPARSE_ENSEMBLES = {
    "Gaussian, exact": (False, True),
    "Gaussian, binomial": (False, False),
    r"$\pm$, exact": (True, True),
    r"$\pm$, binomial": (True, False),
}


def two_populations(
    gains: Any, phi: Any, *, fraction: float = 0.5, tau: Any = (1.0, 1.0), noise: Any = (0.0, 0.0), **settings: Any
) -> dmft.Network:
    """Return two populations, A and B: g^2 by block, what the units do, and inputs."""
    discrete, means = settings.pop("discrete", False), settings.pop("means", None)
    parts = {}
    for index, (name, part) in enumerate((("A", fraction), ("B", 1.0 - fraction))):
        parts[name] = dmft.Population(
            phi[index],
            dmft.Map() if discrete else dmft.Leaky(tau[index]),
            fraction=part,
            drive=dmft.WhiteNoise(noise[index]) if noise[index] else None,
            **{key: values[index] for key, values in settings.items()},
        )
    mean = None if means is None else dmft.Mean(means)
    return dmft.Network(parts, dmft.Couplings(dmft.Random(np.sqrt(gains)), mean))


TANH = (dmft.Tanh(), dmft.Tanh())
CHAOTIC = two_populations([[16, 4], [9, 9]], TANH, tau=(1.0, 2.5))
NOISY = two_populations([[1.5, 0.8], [2.0, 0.5]], TANH, fraction=0.4, tau=(1.0, 2.5), noise=(1.0, 0.5))
EVERYTHING = two_populations(
    [[1.0, 1.5], [2.0, 0.6]],
    (dmft.Symbolic("(1 + tanh(x))/2"), dmft.Tanh()),
    tau=(1.0, 2.0),
    noise=(0.5, 1.0),
    means=[[1.0, -2.0], [1.5, -1.0]],
    bias=(0.3, 0.2),
    threshold_variance=(0.4, 0.0),
)
PERIOD = 4.0
DRIVEN = dmft.Network(
    {
        "E": dmft.Population(dmft.Tanh(), fraction=0.6, bias=0.3, drive=dmft.Sinusoid(2.6, 1.0 / PERIOD)),
        "I": dmft.Population(
            dmft.Erf(), dmft.Leaky(2.5), fraction=0.4, drive=dmft.Sinusoid(1.0, 1.0 / PERIOD, phase=-0.5 * np.pi)
        ),
    },
    dmft.Couplings(dmft.Random([[1.2, 0.8], [1.2, 0.5]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]])),
)
DISCRETE = two_populations([[4, 2], [6, 1]], (dmft.Tanh(), dmft.Erf()), fraction=0.4, noise=(0.3, 0.0), discrete=True)

# Title -> network; size -> number of networks, quick (none where it would take too many) and full; what else is asked.
CASES: dict[str, tuple[Statement, tuple[dict[int, int], dict[int, int]], dict[str, Any]]] = {
    "chaos, time constants 1 and 2.5": (CHAOTIC, ({500: 26, 1000: 14}, {500: 48, 1000: 24, 2000: 6}), {}),
    "noise": (NOISY, ({300: 56, 600: 44}, {500: 48, 1000: 24}), {"burn_in": 20.0, "duration": 60.0}),
    "means, thresholds and noise": (EVERYTHING, ({}, {500: 64, 1000: 32}), {"burn_in": 20.0}),
    "discrete time": (DISCRETE, ({500: 12, 1000: 8}, {1000: 24, 2000: 8}), {"duration": 200.0}),
}


def excited_group(part: float) -> dmft.Network:
    """Return a network of which a part is hyperexcitable: J_ij of gain g_a g_b."""
    return two_populations(np.outer((EXCITED, CALM), (EXCITED, CALM)) ** 2, TANH, fraction=part)


def low_rank(g: float, overlap: Any) -> dmft.Network:
    """Return random couplings with a low-rank term."""
    return dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(g), low_rank=dmft.LowRank(overlap)))


def low_rank_in_steps(g: float, overlap: Any) -> dmft.Network:
    """Return the same in discrete time."""
    return low_rank(g, overlap).replace(**{"populations.dynamics": dmft.Map()})


def low_rank_among(g: float, overlap: Any) -> dmft.Network:
    """Return the same of two populations that differ in what their units do, B half as coupled and slower."""
    gains = g**2 * np.array([[1.0, 0.5], [0.5, 0.25]])
    network = two_populations(gains, (dmft.Tanh(), dmft.Erf()), tau=(1.0, 2.0))
    return network.replace(**{"couplings.low_rank": dmft.LowRank(overlap)})


def sparse(in_degree: int, g: float, binary: bool, exact: bool) -> dmft.Network:
    """Return sparse couplings in discrete time, weights of mean 0."""
    couplings = dmft.Couplings.sparse(in_degree, 0.0, deviation=g / np.sqrt(in_degree), binary=binary, exact=exact)
    return dmft.Network(dmft.Population(dynamics=dmft.Map()), couplings)
