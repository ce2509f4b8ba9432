"""Initial weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.layered import LayeredNetwork
from validation.layered.convolution import ScalarMaps, VectorMaps
from validation.layered.units import ScalarUnits, VectorUnits

_KERNEL = 9  # places that a convolution sees
Fan = tuple[int, int, int]


def drawn(network: LayeredNetwork, inputs: int, outputs: int, rng: np.random.Generator) -> Any:
    """Return the layers of a network for inputs of a length, with the weights that it begins with.

    Raises
    ------
    ValueError : for inputs that are no square image of a side that can be halved once a layer, of convolutions.
    """
    fans, side = _fans(network, inputs, outputs), math.isqrt(inputs)
    if network.vector_units is None:
        weights = [scaled(network, rng, fan, network.gain) for fan in fans]
        if network.convolutional:
            return ScalarMaps(weights, network.nonlinearity, side)
        return ScalarUnits(weights, network.nonlinearity, network.rectified)
    signs = [rng.choice((-1.0, 1.0), (n, network.vector_units)) for n in network.widths]
    if network.nonnegative:
        signs = [np.vstack([t[: len(t) // 2], -t[: len(t) // 2]]) for t in signs]
        weights = _in_pairs(network, fans, rng)
    else:
        weights = [_first(network, fans[0], rng), *(scaled(network, rng, fan, network.gain) for fan in fans[1:])]
    return VectorMaps(weights, signs, side) if network.convolutional else VectorUnits(weights, signs)


def weights_and_maps(network: LayeredNetwork, inputs: int, outputs: int) -> tuple[float, float]:
    """Return how many weights a network has, and the largest number that a layer takes in of one input.

    Raises
    ------
    ValueError : as in `drawn`.
    """
    components, fans = float(network.vector_units or 1), _fans(network, inputs, outputs)
    numbers = [float(n) * places * m * (components if index == 0 else 1.0) for index, (n, places, m) in enumerate(fans)]
    if not network.convolutional:
        return math.fsum(numbers), components * max(inputs, *network.widths)
    sides = [inputs * components * _KERNEL * m / 4.0**layer for layer, (_, _, m) in enumerate(fans[:-1])]
    return math.fsum(numbers), max(sides)


def drawn_above(network: LayeredNetwork, inputs: int, outputs: int, rng: np.random.Generator) -> list[FloatArray]:
    """Return weights like the initial ones of the layers above the first, of both signs: what feedback is made of."""
    return [scaled(network, rng, fan, network.gain) for fan in _fans(network, inputs, outputs)[1:]]


def scaled(network: LayeredNetwork, rng: np.random.Generator, fan: Fan, gain: float) -> FloatArray:
    """Return weights of the network's law, of variance gain over what comes in, shape (n, places n_in)."""
    n, places, m = fan
    weights = network.law.drawn(rng, (n, places * m))
    weights *= math.sqrt(gain / (places * m))
    return weights


def _fans(network: LayeredNetwork, inputs: int, outputs: int) -> list[Fan]:
    """Return, of each layer and the read-out, how many units, and how many of how many places send to each."""
    last = outputs if network.vector_units is None else 1
    if not network.convolutional:
        sizes = (inputs, *network.widths, last)
        return [(n, 1, m) for n, m in zip(sizes[1:], sizes[:-1], strict=True)]
    read = network.image_side(inputs) // 2**network.depth
    channels = (1, *network.widths)
    maps = [(n, _KERNEL, m) for n, m in zip(channels[1:], channels[:-1], strict=True)]
    return [*maps, (last, read * read, channels[-1])]


def _first(network: LayeredNetwork, fan: Fan, rng: np.random.Generator) -> FloatArray:
    """Return weights of the first layer of vector units, free for each component."""
    n, places, m = fan
    components = network.vector_units or 1
    return scaled(network, rng, (n, places * components, m), components)


def _in_pairs(network: LayeredNetwork, fans: list[Fan], rng: np.random.Generator) -> list[FloatArray]:
    """Return nonnegative weights between pairs; those of the first layer are free, and opposite in a pair."""
    n, places, m = fans[0]
    base = _first(network, (n // 2, places, m), rng)
    weights = [np.vstack([base, -base])]
    for n, places, m in fans[1:]:
        rows = n // 2 or 1
        half = scaled(network, rng, (rows, places, m // 2), 2.0).reshape(rows, places, m // 2)  # variance 4/n_in
        on, off = np.maximum(half, 0.0), np.maximum(-half, 0.0)
        upper = np.concatenate([on, off], axis=2).reshape(rows, -1)
        lower = np.concatenate([off, on], axis=2).reshape(rows, -1)
        weights.append(np.vstack([upper, lower]) if n > 1 else upper)
    return weights
