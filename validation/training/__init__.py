"""What is trained by a rule, and what the rule comes to."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from dmft.models.checks import named
from dmft.models.convolution import LinearConvolution
from dmft.models.gated_linear import GatedLinear, RectifiedNetwork
from dmft.models.layered import LayeredNetwork
from dmft.models.perceptron import Perceptron
from validation.gated.training import train_gated
from validation.layered.training import train_layered
from validation.perceptrons.learning import train_perceptron
from validation.training.recurrent import train_recurrent
from validation.training.trainers import BalancedTargets, Force, FullForce

__all__ = ["train"]


@singledispatch
def train(statement: Any, rule: Any = None, **settings: Any) -> Any:
    """Train what a statement states, by its rule.

    Parameters
    ----------
    statement : `dmft.Perceptron`: the online rule on noisy errors, `validation.perceptrons.learning.train_perceptron`;
        `dmft.GatedLinear`, `dmft.RectifiedNetwork`, `dmft.LinearConvolution`: gradient descent,
        `validation.gated.training.train_gated`;
        `dmft.LayeredNetwork`: by the rule given, `validation.layered.training.train_layered`;
        `validation.FullForce` or `validation.Force` (recursive least squares), `validation.BalancedTargets` (rows
        within bounds): `validation.training.recurrent.train_recurrent`.
    rule : a learning rule, of a layered network.
    settings : seed, and those of the rule: size and load, size, or data.

    Raises
    ------
    TypeError : for a statement that no rule is known of.
    """
    known = named(kind for kind in train.registry if kind is not object)
    given = f"the class {statement.__name__} itself" if isinstance(statement, type) else f"a {type(statement).__name__}"
    raise TypeError(f"no rule is known that trains {given}; known are those of a {known}")


train.register(Perceptron, train_perceptron)
train.register(GatedLinear, train_gated)
train.register(RectifiedNetwork, train_gated)
train.register(LinearConvolution, train_gated)
train.register(LayeredNetwork, train_layered)
train.register(FullForce, train_recurrent)
train.register(Force, train_recurrent)
train.register(BalancedTargets, train_recurrent)
