"""How gradient descent goes, by the kind of the network."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from dmft.models.convolution import LinearConvolution
from validation.gated.convolution import ConvolutionDescent
from validation.gated.descent import ChainDescent, Descent


@singledispatch
def descent_of(network: Any) -> type[Descent]:
    """Return the kind of descent of a network."""
    return ChainDescent


@descent_of.register
def _(network: LinearConvolution) -> type[Descent]:
    return ConvolutionDescent
