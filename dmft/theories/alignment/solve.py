"""`solve_alignment`: the angle between a learning rule and the gradient, layer by layer, at initialisation."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
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
from dmft.theories.alignment.solution import AlignmentSolution


def solve_alignment(network: LayeredNetwork, rule: Any) -> AlignmentSolution:
    """Return the angles between updates by a rule and the gradient, at the initial weights.

    Feedback by signs: each matrix B between the error and a layer multiplies the cosine by kappa = E[W B]/sqrt(E W^2 E
    B^2), of independent symmetric weights [derived for the rules of Moskovitz, Litwin-Kumar & Abbott (2018)]: E|w|/sd
    of one size of feedback, the square of it of drawn sizes. Random feedback: 90 degrees. Global error vectors in
    nonnegative networks: `dmft.theories.alignment.backward`; with weights of both signs, 90 degrees.

    Parameters
    ----------
    network : `dmft.LayeredNetwork`.
    rule : `dmft.Backprop`, `GlobalErrorVector`, `FeedbackAlignment`, `DirectFeedback` or `SignFeedback`.

    Returns
    -------
    AlignmentSolution : of the hidden layers; the read-out weights follow the gradient in all rules.

    Raises
    ------
    ValueError, TypeError : for a rule that the network has no use for: global vectors of scalar units, signs of zero
        weights; global vectors of a convolutional nonnegative network, of which no theory is known.

    Accuracy
    --------
    To order 1/N: within 1 % of networks of 256 units or more (tests/statistical/test_learning_signals.py).

    Cost
    ----
    Below 1 ms.
    """
    check_rule(network, rule)
    cosines, scale = _alignment(rule, network)
    return AlignmentSolution(
        network=network,
        convergence=Convergence(Status.CONVERGED, 0.0, 1),
        layer=np.arange(1.0, network.depth + 1.0),
        angles=np.degrees(np.arccos(np.minimum(cosines, 1.0))),
        cosines=cosines,
        scale=scale,
        rule=rule,
    )


@singledispatch
def _alignment(rule: Any, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    """Return cosines and scales, first hidden layer to last."""
    raise TypeError(f"no theory is known of the rule {rule!r}")


@_alignment.register
def _(rule: Backprop, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    return np.ones(network.depth), np.ones(network.depth)


@_alignment.register
def _(rule: GlobalErrorVector, network: LayeredNetwork) -> tuple[FloatArray, FloatArray]:
    if network.convolutional:
        raise ValueError(
            "no theory is known of global vectors in convolutional networks; validation.train measures their angles"
        )
    if not network.nonnegative:  # b is as often negative; E b^2 of open units as of all random feedback
        return np.zeros(network.depth), np.array([math.sqrt(n / network.gain) for n in network.widths])
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
