"""Where gradient descent begins, by the kind of the network."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.convolution import LinearConvolution
from validation.gated.convolution import ConvolutionDescent
from validation.gated.descent import ChainDescent, Descent


@singledispatch
def begun(
    network: Any,
    x: FloatArray,
    y: FloatArray,
    contexts: Any,
    *,
    rate: float,
    scale: float,
    rng: np.random.Generator,
) -> Descent:
    """Return a network with its first weights, of standard deviation `scale`."""
    return ChainDescent(network, x, y, contexts, rate=rate, scale=scale, rng=rng)


begun.register(LinearConvolution, ConvolutionDescent)
