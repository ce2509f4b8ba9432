"""The networks of units of every kind that the report simulates, and how many of each."""

from __future__ import annotations

from typing import Any

import dmft
from dmft.models.statement import Statement

WHITE = dmft.WhiteNoise(1.0)
ADAPTATION, RESONATOR = dmft.Adaptation(c=1, ta=5), dmft.Oscillator(w0=1, gamma=0.5)
# Gains of the chaotic states: leaky units, adapting ones, resonators; and of units that state their equations.
LEAKY_GAIN, ADAPTING_GAIN, RESONANT_GAIN, STATED_GAIN = 2.0, 2.0, 1.5, 2.0


def network_of(unit: Any, g: float, drive: Any = None, phi: Any = None) -> dmft.Network:
    """Return one population of units with independent couplings."""
    return dmft.Network(dmft.Population(phi, unit, drive=drive), dmft.Random(g))


def delayed(delay: float) -> dmft.Network:
    """Return leaky units that hear each other later."""
    return network_of(dmft.Leaky() * dmft.Delay(delay), LEAKY_GAIN)


def resonant() -> dmft.Network:
    """Return resonators whose chaos is a narrow band."""
    return network_of(RESONATOR, RESONANT_GAIN)


def self_coupled(s: float) -> dmft.Network:
    """Return units that excite themselves: above s = 1 each has two states of its own."""
    return network_of(dmft.SelfCoupled(s), STATED_GAIN)


def gated(a: float) -> dmft.Network:
    """Return units whose rate a gate of steepness a sets."""
    fields = {"u": dmft.Random(STATED_GAIN), "v": dmft.Random(0.5 * STATED_GAIN)}
    return dmft.Network(dmft.Population(dynamics=dmft.Gated(a)), dmft.Couplings(random=fields))


LEVELS = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*tanh(x))/ta"}, c=2, ta=4)

# Title -> network; size -> number of networks, quick (none where it would take too many) and full; what else is asked.
_DRIVEN: dict[str, Any] = {"burn_in": 20.0, "duration": 60.0, "initial_states": 4}
CASES: dict[str, tuple[Statement, tuple[dict[int, int], dict[int, int]], dict[str, Any]]] = {
    "adaptation, noise": (network_of(ADAPTATION, 1.0, WHITE), ({200: 10, 400: 6}, {400: 24, 800: 12}), _DRIVEN),
    "resonators, noise": (network_of(RESONATOR, 0.3, WHITE), ({200: 10, 400: 6}, {400: 24, 800: 12}), _DRIVEN),
    "delay, noise": (
        network_of(dmft.Leaky() * dmft.Delay(1.0), 0.7, WHITE),
        ({200: 8, 400: 5}, {400: 24, 800: 12}),
        _DRIVEN,
    ),
    "nonlinear adaptation, coloured noise": (
        network_of(LEVELS, 1.0, dmft.OrnsteinUhlenbeck(1.0, 2.0)),
        ({300: 12, 600: 6}, {400: 24, 800: 12}),
        _DRIVEN,
    ),
    "adaptation, chaos": (network_of(ADAPTATION, ADAPTING_GAIN), ({}, {300: 16, 600: 8}), {}),
    "resonators, chaos": (resonant(), ({}, {300: 16, 600: 8}), {}),
    "delay, chaos": (delayed(1.0), ({}, {300: 16, 600: 8}), {}),
    "bistable units, chaos": (self_coupled(1.2), ({}, {300: 16, 600: 8}), {}),
}
