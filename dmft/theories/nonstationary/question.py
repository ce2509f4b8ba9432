"""What a method for transients is asked: the network, and the settings that mean the same to every method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.nonstationary.input import gaussian_blocks


@dataclass(frozen=True, eq=False)
class Question:
    """A statement and how long to follow it; the rest as of `solve_nonstationary`."""

    network: Any
    duration: float
    init: Any
    rtol: float
    progress: bool

    @cached_property
    def blocks(self) -> Blocks:
        """The populations as arrays. Raises ValueError for what a theory of populations does not know."""
        return blocks_of(self.network)

    @cached_property
    def gaussian(self) -> Blocks:
        """The populations as arrays. Raises ValueError where x, given the phase of a sinusoid, is not Gaussian."""
        return gaussian_blocks(self.network)
