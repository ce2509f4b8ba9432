"""Where the search for a moving state of several populations begins."""

from __future__ import annotations

import dataclasses

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.blocks import Blocks
from dmft.theories.stationary.populations.settle import Start
from dmft.theories.stationary.populations.site import Sites
from dmft.theories.stationary.populations.static import Static, relaxed

_PLAIN = 3  # plain iterations before a relaxation
_STEEPEST = 1e9


def hot_state(blocks: Blocks, sites: Sites, raised: float = 1.0) -> Static:
    """Return the frozen state that activity comes to from variances raised by so much: the amplitude to begin with."""
    drive = blocks.white / (2.0 * blocks.tau)
    if blocks.noisy:
        drive = drive + blocks.private_covariance(np.zeros(1))[:, 0]
    frozen = dataclasses.replace(blocks, threshold_variance=blocks.threshold_variance + drive)
    c0 = frozen.threshold_variance + raised
    for _ in range(_PLAIN):  # at strong gains the relaxation would take long to come to that size
        pair = sites.two_times(c0[None], blocks.bias, c0, np.zeros((1, len(c0))), derivatives=False)
        c0 = blocks.K @ pair.q[0] + frozen.threshold_variance
    return relaxed(frozen, sites, blocks.bias.copy(), c0)


def steepness(hot: Static) -> float:
    """Return d log <phi phi>/d log c at lag 0, the largest of the populations."""
    square = np.maximum(hot.pair.q[0], 1e-300)
    steep = np.where(hot.c0 > 0, hot.pair.p[0] * hot.c0 / square, 0.0)
    return float(min(np.max(steep), _STEEPEST))


def decaying(blocks: Blocks, c0: FloatArray) -> Start:
    """Return covariances of these variances that decay by half the rate of an input."""

    def start(lags: FloatArray) -> FloatArray:
        return np.asarray(c0 * np.exp(-lags[:, None] / (2.0 * blocks.tau)))

    return start
