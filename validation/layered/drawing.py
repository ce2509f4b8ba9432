"""Initial weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.layered import LayeredNetwork
from validation.layered.units import ScalarUnits, VectorUnits


def drawn(network: LayeredNetwork, inputs: int, outputs: int, rng: np.random.Generator) -> Any:
    """Return the layers of a network for inputs of a length, with the weights that it begins with."""
    if network.vector_units is None:
        sizes = (inputs, *network.widths, outputs)
        pairs = zip(sizes[1:], sizes[:-1], strict=True)
        weights = [scaled(network, rng, (n, m), network.gain / m) for n, m in pairs]
        return ScalarUnits(weights, network.nonlinearity)
    signs = [rng.choice((-1.0, 1.0), (n, network.vector_units)) for n in network.widths]
    if network.nonnegative:
        signs = [np.vstack([t[: len(t) // 2], -t[: len(t) // 2]]) for t in signs]
        return VectorUnits(_in_pairs(network, inputs, rng), signs)
    first = scaled(network, rng, (network.widths[0], network.vector_units * inputs), 1.0 / inputs)
    sizes = (*network.widths, 1)
    pairs = zip(sizes[1:], sizes[:-1], strict=True)
    return VectorUnits([first, *(scaled(network, rng, (n, m), network.gain / m) for n, m in pairs)], signs)


def scaled(network: LayeredNetwork, rng: np.random.Generator, shape: tuple[int, ...], variance: float) -> FloatArray:
    """Return weights of the network's law and a variance."""
    return math.sqrt(variance) * network.law.drawn(rng, shape)


def _in_pairs(network: LayeredNetwork, inputs: int, rng: np.random.Generator) -> list[FloatArray]:
    """Return nonnegative weights between pairs; those of the first layer are free, and opposite in a pair."""
    widths, components = network.widths, network.vector_units or 1
    base = scaled(network, rng, (widths[0] // 2, components * inputs), 1.0 / inputs)
    weights = [np.vstack([base, -base])]
    for n, m in zip((*widths[1:], 0), widths, strict=True):
        half = scaled(network, rng, (n // 2 or 1, m // 2), 4.0 / m)
        on, off = np.maximum(half, 0.0), np.maximum(-half, 0.0)
        upper = np.hstack([on, off])
        weights.append(np.vstack([upper, np.hstack([off, on])]) if n else upper)
    return weights
