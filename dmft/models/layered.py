"""Layered networks with their initial weights: the statement of which learning signals are asked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

from dmft.models.checks import is_single, whole
from dmft.models.learning_rules import DirectFeedback, FeedbackAlignment, GlobalErrorVector, SignFeedback, checked_rule
from dmft.models.nonlinearity import Nonlinearity, ReLU, checked
from dmft.models.statement import Statement
from dmft.models.weight_laws import Law, Weights, checked_weights, law_of

_WIDEST, _DEEPEST, _HALVINGS = 10**7, 1000, 12


@dataclass(frozen=True)
class LayeredNetwork(Statement):
    """A chain of hidden layers, h_l = phi(W_l h_(l-1) + bias), read out by W_out h_L; softmax and cross-entropy.

    Weights are independent, of variance 2/n_in with rectified units, else 1/n_in; biases begin at zero.

    With `vector_units` = K each unit carries a vector of K components, one for each output:
    a_i = sum_j w_ij h_j + bias_i, h_i = a_i Theta(t_i.a_i), t_i random signs; its weights are numbers, but for the
    first layer's, which are free for each component (variance 1/n_in). The output is one vector unit.

    With `nonnegative` the weights after the first layer are >= 0 and stay so: units are in pairs of opposite t whose
    weights, [relu(V), relu(-V); relu(-V), relu(V)] with V of variance 4/n_in, make h^- = -h^+ (ON/OFF initialisation)
    [Clark, Abbott & Chung (2021)].

    Parameters
    ----------
    widths : hidden units of each layer, first to last; of nonnegative networks even. Of convolutional ones, channels.
    nonlinearity : of scalar units; of vector units it is their gate, and stays ReLU.
    weights : law of the initial weights: "gaussian", "uniform", "sign" (all of one size), or sizes with their
        probabilities, [[1, 3], [0.8, 0.2]], scaled to the variance above, with random signs.
    vector_units : K, from 2; None for scalar units.
    nonnegative : whether it is a vectorised nonnegative network.
    convolutional : each hidden layer is a convolution, 3 x 3, zeros beyond the border, with gates' t shared by a
        channel, then means over 2 x 2 pixels; the read-out is dense.

    Raises
    ------
    ValueError, TypeError : for no layers, widths that are not whole and positive, odd ones of paired units; another
        nonlinearity of vector units; nonnegative weights of scalar units.
    """

    widths: tuple[int, ...] = field(metadata={"unit": "1", "meaning": "units of a hidden layer", "vector": True})
    nonlinearity: Nonlinearity = field(default=ReLU(), kw_only=True)
    weights: Weights = field(default="gaussian", kw_only=True)
    vector_units: int | None = field(default=None, kw_only=True, metadata={"unit": "1", "meaning": "components"})
    nonnegative: bool = field(default=False, kw_only=True)
    convolutional: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        given = self.widths
        if isinstance(given, str) or (not isinstance(given, Iterable) and not is_single("widths", given)):
            raise TypeError(f"widths must be the numbers of units of the hidden layers, got {given!r}")
        listed = tuple(given) if isinstance(given, Iterable) else (given,)
        if not 1 <= len(listed) <= _DEEPEST:
            raise ValueError(f"widths must name from 1 to {_DEEPEST} hidden layers, got {len(listed)}")
        widths = tuple(whole(f"widths[{i}]", n, least=1, most=_WIDEST) for i, n in enumerate(listed))
        object.__setattr__(self, "widths", widths)
        object.__setattr__(self, "nonlinearity", checked(self.nonlinearity))
        object.__setattr__(self, "weights", checked_weights(self.weights))
        for name in ("nonnegative", "convolutional"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if self.convolutional and len(widths) > _HALVINGS:
            raise ValueError(
                f"widths of convolutional networks must be at most {_HALVINGS}, as each layer halves the image's side; "
                f"got {len(widths)}"
            )
        if self.vector_units is not None:
            object.__setattr__(self, "vector_units", whole("vector_units", self.vector_units, least=2, most=_WIDEST))
            if not self.rectified:
                raise ValueError(f"vector units have gates: leave nonlinearity out, got {self.nonlinearity!r}")
        elif self.nonnegative:
            raise ValueError(
                "scalar units with nonnegative weights could not fall silent: nonnegative=True needs vector_units=K, K "
                "the number of outputs"
            )
        if self.nonnegative and any(n % 2 for n in widths):
            raise ValueError(f"widths must be even: units of nonnegative networks are in pairs; got {widths}")

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.widths)

    @property
    def rectified(self) -> bool:
        """Whether half of the units are silent: rectified or gated ones."""
        return isinstance(self.nonlinearity, ReLU)

    @property
    def gain(self) -> float:
        """Variance of the initial weights times the number of what comes in: 2 of rectified units, else 1."""
        return 2.0 if self.rectified else 1.0

    @property
    def law(self) -> Law:
        """Law of the initial weights, of variance one."""
        return law_of(self.weights)

    def image_side(self, inputs: int) -> int:
        """Return the side of the images that convolutions see.

        Raises
        ------
        ValueError : for inputs that are no square image of a side that can be halved once a layer.
        """
        side, halved = math.isqrt(inputs), 2**self.depth
        if side * side != inputs or side % halved or not side:
            raise ValueError(
                f"inputs of {self.depth} convolutions must be square images of a side that is a multiple of {halved}, "
                f"got {inputs} numbers each"
            )
        return side


def checked_layers(network: Any) -> LayeredNetwork:
    """Return a layered network, or refuse what is none.

    Raises
    ------
    TypeError
    """
    if not isinstance(network, LayeredNetwork):
        raise TypeError(f"network must be a dmft.LayeredNetwork, got {network!r}")
    return network


def check_rule(network: LayeredNetwork, rule: Any) -> None:
    """Refuse a rule that the network has no use for.

    Raises
    ------
    ValueError, TypeError : saying why.
    """
    reason = refusal(checked_rule(rule), checked_layers(network))
    if reason is not None:
        raise ValueError(f"{type(rule).__name__} {reason}")


@singledispatch
def refusal(rule: Any, network: LayeredNetwork) -> str | None:
    """Return why a network cannot learn by a rule; None if it can."""
    return None


@refusal.register
def _(rule: GlobalErrorVector, network: LayeredNetwork) -> str | None:
    if network.vector_units is None:
        return "needs units that carry vectors: give the network vector_units=K, K the number of outputs"
    return None


@refusal.register
def _(rule: SignFeedback, network: LayeredNetwork) -> str | None:
    if network.nonnegative:
        return "has no signs to follow where weights are nonnegative, half of them zero; take GlobalErrorVector()"
    if network.law.zeros > 0.0:
        return f"has no sign of a weight that is zero, as {100 * network.law.zeros:.3g} % are; take sizes above zero"
    return None


@refusal.register
def _(rule: FeedbackAlignment, network: LayeredNetwork) -> str | None:
    return "is of weights of both signs; of nonnegative ones take GlobalErrorVector()" if network.nonnegative else None


@refusal.register
def _(rule: DirectFeedback, network: LayeredNetwork) -> str | None:
    if rule.weights is None:
        return None
    rows, units = len(rule.weights), sum(network.widths)
    columns = len(rule.weights[0]) if isinstance(rule.weights[0], tuple) else 1
    if network.convolutional:
        return "of a convolutional network is drawn: leave weights out"
    if rows != units or (network.vector_units is not None and columns != 1):
        wanted = f"({units}, n_outputs)" if network.vector_units is None else f"({units}, 1)"
        return f"must have weights of shape {wanted}, a row for each hidden unit; got ({rows}, {columns})"
    return None
