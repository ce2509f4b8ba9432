"""Digits, small against large: limits beside gradient descent, one draw of images and gates at a time.

As in the experiments of Lippl, Abbott & Chung (2022), with the 8 x 8 digits of scikit-learn in place of MNIST, unless a
file of MNIST is given. Each function takes what one process needs and returns plain numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

import dmft
from dmft.arrays import FloatArray
from validation.gated.digits import digits
from validation.gated.trained import TrainedGated
from validation.gated.training import train_gated

# Norms of the theory, by what they know: all that gradient descent minimises, and the architecture alone.
NORMS = {"limit": "parameters", "zeta": "zeta", "architecture": "function"}


@dataclass(frozen=True)
class Draw:
    """One draw of images, gates and first weights.

    Attributes
    ----------
    seed : of all three.
    steps : of gradient descent.
    n_train, n_test : numbers of images.
    mnist : file of MNIST, or None.
    size : what is varied: half-spaces, or units.
    """

    seed: int
    steps: int
    n_train: int = 200
    n_test: int = 800
    mnist: Path | None = None
    size: int = 0

    def sets(self) -> Any:
        """Return training and test set."""
        return digits(self.n_train, self.n_test, self.seed, mnist=self.mnist)

    def over(self, sizes: Any, n_draws: int) -> list[Draw]:
        """Return draws of several sizes, the same images for each."""
        return [replace(self, size=size, seed=self.seed + i) for size in sizes for i in range(n_draws)]


def shallow(draw: Draw) -> dict[str, float]:
    """Return accuracies of one gated linear layer with `size` half-spaces: of its limit, and of gradient descent."""
    train, test = draw.sets()
    network = dmft.GatedLinear(dmft.HalfSpaces(1, draw.size, draw.seed), layers=1)
    limit = dmft.solve_implicit_bias(network, *train)
    trained = train_gated(network, data=train, steps=draw.steps, seed=draw.seed)
    found = {"limit": _right(limit.predict(test[0]), test[1])} if limit.state == "optimum" else {"limit": np.nan}
    return found | {
        "descent": _right(trained.predict(test[0]), test[1]),
        "contexts": float(len(limit.map_unit)) if limit.state == "optimum" else np.nan,
    }


def deep(draw: Draw) -> dict[str, float]:
    """Return accuracies of two layers of `size` units, of each norm and of gradient descent, and who agrees with it."""
    train, test = draw.sets()
    network = dmft.GatedLinear(dmft.HalfSpaces(draw.size, 1, draw.seed))
    trained = train_gated(network, data=train, steps=draw.steps, seed=draw.seed)
    said = trained.predict(test[0])
    found = {"descent": _right(said, test[1])}
    for name, norm in NORMS.items():
        solved = dmft.solve_implicit_bias(network, *train, norm=norm)
        predicted = solved.predict(test[0])
        found[name], found[f"{name}_agrees"] = _right(predicted, test[1]), _right(predicted, np.sign(said))
        if name == "limit":
            found["ratio"] = trained.value / solved.norm
    return found


def rectified(draw: Draw) -> dict[str, float]:
    """Return who agrees with a trained rectified network of `size` units, and the accuracies.

    Limits with the gates that it has learned and with random ones, a support vector machine on its hidden layer, and
    a linear classifier of the images, by gradient descent: few sets of images have one that fits. "fits" is 1 where the
    network fits its training set: before, it has nothing of a limit.
    """
    train, test = draw.sets()
    network = dmft.RectifiedNetwork(draw.size)
    trained = cast(TrainedGated, train_gated(network, data=train, steps=draw.steps, seed=draw.seed))
    said = np.sign(trained.predict(test[0]))
    linear = dmft.GatedLinear(dmft.HalfSpaces(1, 0), layers=1)
    hidden = _with_bias(trained.hidden(train[0])), _with_bias(trained.hidden(test[0]))
    random = dmft.GatedLinear(dmft.RectifierGates.drawn(draw.size, train[0].shape[1], draw.seed))
    solved = {
        "hidden": dmft.solve_implicit_bias(linear, hidden[0], train[1]).predict(hidden[1]),
        "learned": dmft.solve_implicit_bias(trained.frozen(), *train).predict(test[0]),
        "random": dmft.solve_implicit_bias(random, *train).predict(test[0]),
        "linear": train_gated(linear, data=train, steps=draw.steps, seed=draw.seed).predict(test[0]),
    }
    found = {"descent": _right(said, test[1]), "fits": float(trained.margin > 0.0)}
    for name, predicted in solved.items():
        found[name], found[f"{name}_agrees"] = _right(predicted, test[1]), _right(predicted, said)
    return found


def gathered(draws: list[Draw], found: list[dict[str, float]]) -> dict[int, dict[str, FloatArray]]:
    """Return size -> name -> numbers of its draws, in their order."""
    sizes: dict[int, dict[str, list[float]]] = {}
    for draw, numbers in zip(draws, found, strict=True):
        for name, number in numbers.items():
            sizes.setdefault(draw.size, {}).setdefault(name, []).append(number)
    return {size: {name: np.array(values) for name, values in of.items()} for size, of in sizes.items()}


def mean_and_error(values: FloatArray) -> tuple[float, float]:
    """Return the mean of draws, and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))


def ratio_and_error(above: FloatArray, below: FloatArray) -> tuple[float, float]:
    """Return the ratio of two means over the same draws, with its standard error to first order."""
    ratio = float(np.mean(above) / np.mean(below))
    return ratio, float(np.std(above - ratio * below, ddof=1) / abs(np.mean(below)) / np.sqrt(len(above)))


def _right(predicted: FloatArray, labels: FloatArray) -> float:
    return float(np.mean(predicted * labels > 0.0)) if np.all(np.isfinite(predicted)) else np.nan


def _with_bias(units: FloatArray) -> FloatArray:
    return np.column_stack([units, np.ones(len(units))])
