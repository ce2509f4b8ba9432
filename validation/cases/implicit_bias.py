"""Gated linear networks: their limit beside gradient descent, digits, and what rectified networks share with them."""

from __future__ import annotations

from typing import Any

import numpy as np

import dmft
from dmft.arrays import FloatArray
from dmft.plotting import paper_style
from validation.cases.images import of_images
from validation.cases.implicit_bias_experiments import (
    Draw,
    deep,
    gathered,
    mean_and_error,
    ratio_and_error,
    rectified,
    shallow,
)
from validation.cases.implicit_bias_figures import against_contexts, against_units, along_time, of_rectifiers
from validation.cases.section import TOLERANCE, Budget, Content, Picture, Section, mapped
from validation.comparison import compare
from validation.gated.training import train_gated

_ONE, _OWN = dmft.HalfSpaces(1, 1, 4), dmft.HalfSpaces(6, 1, 4)
_NETWORKS = {
    "one gated layer": dmft.GatedLinear(_ONE, layers=1),
    "two layers, shared gate": dmft.GatedLinear(_ONE, units=4),
    "two layers, shared gate, gated read-out": dmft.GatedLinear(_ONE, units=4, readout="gated"),
}
_SEPARATE = dmft.GatedLinear(_OWN)


def run(budget: Budget) -> Content:
    """Compare limits with gradient descent on drawn inputs, and draw the four pictures."""
    train, test = drawn_task(40, 1000, budget.seed)
    limits = {title: dmft.solve_implicit_bias(network, *train) for title, network in _NETWORKS.items()}
    steps, n = budget.choose((16_000, 2), (60_000, 6))
    begun = {
        title: budget.start(
            network,
            {2 * steps if network.layers == 1 else steps: n},
            data=train,
            test=test,
            beside={"theory": limits[title].predict(test[0])},
        )
        for title, network in _NETWORKS.items()
    }
    comparisons = {title: compare(limits[title], begun[title].result(), tolerance=TOLERANCE) for title in _NETWORKS}
    networks = _NETWORKS | {
        "two layers, a gate for each unit": _SEPARATE,
        "two layers, a linear convolution": dmft.LinearConvolution(),
    }
    paths = {}
    for title, network in networks.items():
        own = train if network.biased else (train[0][:20], train[1][:20])  # a linear map alone does not fit all 40
        norm = dmft.solve_implicit_bias(network, *own).norm
        trained = train_gated(network, data=own, steps=budget.choose(3000, 100_000), seed=budget.seed)
        paths[title] = (trained.path, norm)
    lowest = min(float(np.min(path.values)) / norm for path, norm in paths.values())
    pictures = [
        Picture(
            "bias-time",
            _styled(along_time, paths),
            "Gradient descent on drawn inputs: what it takes to reach margin one in the direction of the moment, over "
            "the least norm. Weak duality keeps it above; it comes down as one over the time, but where units have "
            "gates of their own, and in a convolution, what is to be silent lingers: units there, frequencies here.",
        )
    ]
    remarks = [f"No network was below its limit at any moment: the least value over the least norm is {lowest:.5f}."]
    more, told = of_images(budget, _digits)
    return Content(comparisons, (*pictures, *more), (*remarks, *told))


def _digits(budget: Budget) -> tuple[list[Picture], list[str]]:
    """Return the pictures of digits, of MNIST where its file is given, and the three claims in numbers."""
    first, images = Draw(budget.seed, budget.choose(4000, 20_000)), "8 x 8 digits"
    if budget.mnist is not None:
        first, images = Draw(budget.seed, budget.choose(8000, 40_000), 500, 2000, budget.mnist), "images of MNIST"
    n = budget.choose(3, 12)
    layers = first.over(budget.choose((0, 1, 3, 6), (0, 1, 2, 3, 4, 6, 8, 11, 15)), n)
    units = first.over(budget.choose((5, 20), (5, 10, 20, 50)), budget.choose(4, 12))
    rectifiers = first.over((50,), n)
    one = gathered(layers, mapped(budget, shallow, layers))
    two = gathered(units, mapped(budget, deep, units))
    (three,) = gathered(rectifiers, mapped(budget, rectified, rectifiers)).values()
    pictures = [
        Picture(
            "bias-contexts",
            _styled(against_contexts, one),
            f"One gated linear layer on {images}, 0 to 4 against 5 to 9, {first.n_train} for training: accuracy of the "
            "limit (of the draws that can be separated) and of gradient descent (of all, after "
            f"{first.steps} steps) against the number of random half-spaces that split its inputs.",
        ),
        Picture(
            "bias-units",
            _styled(against_units, two),
            "Two layers, each unit with a half-space of its own: accuracy, and labels shared with gradient descent, of "
            "the limit, of the least Euclidean norm, and of the norm of the architecture alone.",
        ),
        Picture(
            "bias-rectifiers",
            _styled(of_rectifiers, three),
            "Rectified networks of 50 units: labels shared with the limits of networks with frozen gates, learned and "
            "random, with a support vector machine on their hidden layer, and a linear classifier; and accuracies. "
            "Dots: single draws.",
        ),
    ]
    return pictures, _claims(one, two, three)


def _claims(one: Any, two: Any, three: dict[str, FloatArray]) -> list[str]:
    """Return the claims of the paper, each with a number and its standard error over draws that fit their images."""
    kept = {name: values[three["fits"] > 0.0] for name, values in three.items()}
    most, pooled = two[max(two)], {name: np.concatenate([of[name] for of in two.values()]) for name in two[max(two)]}
    fits = np.isfinite(pooled["ratio"])
    if np.sum(fits) < 2 or len(kept["fits"]) < 2:
        return ["Fewer than two networks fit their images: nothing can be said of their limits; more steps are needed."]
    pooled = {name: values[fits] for name, values in pooled.items()}
    agrees = mean_and_error(pooled["limit_agrees"])
    better = mean_and_error(pooled["limit_agrees"] - pooled["architecture_agrees"])
    ratio = mean_and_error(pooled["ratio"])
    both = min(len(most["limit"]), len(one[0]["descent"]))  # draws of the same images
    of_gates = mean_and_error(most["limit"][:both] - one[0]["descent"][:both])
    captured = ratio_and_error(kept["learned_agrees"] - kept["linear_agrees"], 1.0 - kept["linear_agrees"])
    learned = mean_and_error(kept["learned_agrees"] - kept["random_agrees"])
    return [
        f"The limit is predicted: it gives {_told(agrees)} of the test labels of gradient descent, which is at "
        f"{_told(ratio)} of the least norm ({len(fits)} networks, of which {int(fits.sum())} fit and count).",
        f"Architecture and bias both matter: gates raise the accuracy by {_told(of_gates)} over no gates, "
        f"and the limit shares {_told(better)} more labels with gradient descent than the architecture alone.",
        f"Of the labels that a rectified network shares with no linear classifier, the limit of its gates has "
        f"{_told(captured)}; learned gates share {_told(learned)} more labels with it than random ones "
        f"({len(three['fits'])} networks, of which {len(kept['fits'])} fit and count).",
    ]


def drawn_task(n_train: int, n_test: int, seed: int) -> Any:
    """Return Gaussian inputs with a constant one, labelled by a linear classifier in each of two half-spaces."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.standard_normal((n_train + n_test, 24)), np.ones(n_train + n_test)])
    side, classifiers = rng.standard_normal(25), rng.standard_normal((2, 25))
    y = np.sign(np.sum(x * classifiers[(x @ side > 0.0).astype(int)], axis=1))
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def _styled(draw: Any, *content: Any) -> Any:
    with paper_style():
        return draw(*content)


def _told(number: tuple[float, float]) -> str:
    value, error = number
    return f"{value:.3f} +- {error:.3f}"


section = Section(
    key="implicit-bias",
    title="Implicit bias of gradient descent",
    text=(
        "Where gradient descent ends in networks that are linear in fixed contexts: in the predictor of least norm, "
        "with a dual proof. Theory: Lippl, Abbott & Chung (2022), Lyu & Li (2020). Simulations: gradient descent from "
        "random weights by normalised steps; N is their number. The bound on the bias is three times what the second "
        "half of the steps changed, for labels the angle that it makes."
    ),
    run=run,
)
