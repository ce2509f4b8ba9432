"""`solve_alignment`: the angle between a learning rule and the gradient, layer by layer, at initialisation."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import numbers
from dmft.models.layered import LayeredNetwork, check_rule
from dmft.models.learning_rules import (
    Backprop,
    DirectFeedback,
    FeedbackAlignment,
    GlobalErrorVector,
    SignFeedback,
)
from dmft.numerics.convergence import Convergence, Status
from dmft.theories.alignment.backward import backward_moments
from dmft.theories.alignment.maps import map_alignment
from dmft.theories.alignment.solution import AlignmentSolution


def solve_alignment(network: LayeredNetwork, rule: Any, *, image: Any = None) -> AlignmentSolution:
    """Return the angles between updates by a rule and the gradient, at the initial weights.

    Feedback by signs: each matrix B between the error and a layer multiplies the cosine by kappa = E[W B]/sqrt(E W^2 E
    B^2), of independent symmetric weights [derived for the rules of Moskovitz, Litwin-Kumar & Abbott (2018)]: E|w|/sd
    of one size of feedback, the square of it of drawn sizes. Random feedback: 90 degrees. Global error vectors in
    nonnegative networks: `dmft.theories.alignment.backward`; with weights of both signs, 90 degrees.

    Convolutions share their weights and gates' t between places. To feedback by signs that is nothing: each crossing
    is linear, and maps products of signals of any two places alike for W and B. Angles of global vectors depend on how
    the image goes together from place to place (`dmft.theories.alignment.maps`).

    Parameters
    ----------
    network : `dmft.LayeredNetwork`.
    rule : `dmft.Backprop`, `GlobalErrorVector`, `FeedbackAlignment`, `DirectFeedback` or `SignFeedback`.
    image : of global vectors in convolutional nonnegative networks: the input, numbers of shape (side^2,) or
        (side, side). Angles of everything else depend on none.

    Returns
    -------
    AlignmentSolution : of the hidden layers; the read-out weights follow the gradient in all rules.

    Raises
    ------
    ValueError, TypeError : for a rule that the network has no use for: global vectors of scalar units, signs of zero
        weights; an image that is missing, not asked for, zero, or that the convolutions cannot halve.
    TooCostlyError : a ValueError, for an image whose covariances do not fit in memory.

    Accuracy
    --------
    To order 1/N: within 1 % of networks of 256 units or more (tests/statistical/test_learning_signals.py); maps of 64
    channels within 2 % (tests/statistical/test_convolutional_angles.py).

    Cost
    ----
    Below 1 ms; of an image of 8 x 8 pixels 3 ms, of 28 x 28 1 s.
    """
    check_rule(network, rule)
    seen = _checked_image(network, image, _sees_image(rule, network))
    cosines, scale = _alignment(rule, network) if seen is None else map_alignment(network, seen)
    return AlignmentSolution(
        network=network,
        convergence=Convergence(Status.CONVERGED, 0.0, 1),
        settings={} if seen is None else {"image": tuple(numbers("image", image).ravel().tolist())},
        layer=np.arange(1.0, network.depth + 1.0),
        angles=np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))),
        cosines=cosines,
        scale=scale,
        rule=rule,
    )


def _checked_image(network: LayeredNetwork, image: Any, asked: bool) -> FloatArray | None:
    """Return an image in units of its largest pixel, or None where none is asked for."""
    if not asked:
        if image is not None:
            raise ValueError(
                "image is asked for of GlobalErrorVector() in convolutional nonnegative networks only: leave it out"
            )
        return None
    if image is None:
        raise ValueError(
            "image must be given: in convolutional networks the angles of global vectors depend on the input; take "
            "image=inputs[0]"
        )
    pixels = numbers("image", image).ravel()
    network.image_side(len(pixels))
    if not np.all(np.isfinite(pixels)) or not np.any(pixels):
        raise ValueError("image must be finite, and not all zero: nothing comes of no input")
    check_cost(f"covariances of {len(pixels)} pixels", memory=8.0 * 12.0 * len(pixels) ** 2, remedy="take fewer pixels")
    return np.asarray(pixels / np.max(np.abs(pixels)))


@singledispatch
def _sees_image(rule: Any, network: LayeredNetwork) -> bool:
    """Return whether angles depend on the input."""
    return False


@_sees_image.register
def _(rule: GlobalErrorVector, network: LayeredNetwork) -> bool:
    return network.convolutional and network.nonnegative


@singledispatch
def _alignment(rule: Any, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    """Return cosines and scales, first hidden layer to last."""
    raise TypeError(f"no theory is known of the rule {rule!r}")


@_alignment.register
def _(rule: Backprop, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    return np.ones(network.depth), np.ones(network.depth)


@_alignment.register
def _(rule: GlobalErrorVector, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    if not network.nonnegative:  # b is as often negative; E b^2 of open units as of all random feedback
        scale = [math.nan if network.convolutional else math.sqrt(n / network.gain) for n in network.widths]
        return np.zeros(network.depth), np.array(scale)
    moments = backward_moments(network)
    cosines = 1.0 / np.sqrt(moments.square)
    return np.asarray(cosines), np.asarray(cosines / moments.mean)


@_alignment.register
def _(rule: FeedbackAlignment, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    return np.zeros(network.depth), np.ones(network.depth)


@_alignment.register
def _(rule: DirectFeedback, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    # Without half of the units the gradient's norm would depend on the slopes, and these on the inputs.
    known = network.rectified and rule.weights is None and not (network.convolutional or network.nonnegative)
    return np.zeros(network.depth), np.full(network.depth, 1.0 if known else np.nan)


@_alignment.register
def _(rule: SignFeedback, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    size = network.law.mean_size
    kappa = size if rule.kind == "uniform" else 1.0 if rule.sizes == "initial" else size**2
    return np.array([kappa**crossed for crossed in range(network.depth, 0, -1)]), np.ones(network.depth)
