"""The online rule for noisy patterns, and what it comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import non_negative, positive
from dmft.models.perceptron import Perceptron
from validation.ensemble import check_memory, checked_count, root_seed
from validation.perceptrons.patterns import count_of, draw
from validation.shown import Shown

_SECONDS_A_WEIGHT = 2e-9


@dataclass(frozen=True, eq=False, repr=False)
class TrainedPerceptron(Shown):
    """Weights that an online rule came to.

    Attributes
    ----------
    weights : w, shape (N,).
    signs : +1 or -1, shape (N,); 0 where signs are free.
    fields : y (w.x - 1) of every pattern, shape (P,).
    errors : fraction of noisy presentations that were wrong, epoch by epoch, shape (n_epochs,).
    """

    weights: FloatArray = field(repr=False)
    signs: FloatArray = field(repr=False)
    fields: FloatArray = field(repr=False)
    errors: FloatArray = field(repr=False)
    imbalance: float

    def said(self) -> str:
        """Return how the last epoch went."""
        return (
            f"TrainedPerceptron: {self.errors[-1]:.3g} of {len(self.fields)} patterns wrong in the last of "
            f"{len(self.errors)} epochs; {len(self.weights)} weights of norm {self.norm:.4g}"
        )

    @property
    def norm(self) -> float:
        """|w|."""
        return float(np.linalg.norm(self.weights))

    @property
    def output_margin(self) -> float:
        """min y h, in units of the threshold; at most that of `dmft.solve_robustness(to="output")` at this norm."""
        return float(np.min(self.fields))

    @property
    def input_margin(self) -> float:
        """min y h/|w|; at most that of `dmft.solve_robustness(to="input")`."""
        return self.output_margin / self.norm if self.norm > 0.0 else -math.inf

    @property
    def stored(self) -> float:
        """Fraction of the patterns that get their label without noise."""
        return float(np.mean(self.fields > 0.0))

    @property
    def silent(self) -> tuple[float, float]:
        """Fractions of weights that are zero, (E, I); nan for a kind that is not there."""
        zero = self.weights == 0.0
        e, i = (float(np.mean(zero[of])) if np.any(of) else math.nan for of in (self.signs > 0.0, self.signs < 0.0))
        return e, i


def train_perceptron(
    perceptron: Perceptron,
    *,
    size: int,
    load: float,
    input_noise: float = 0.0,
    output_noise: float = 0.0,
    rate: float | None = None,
    decay: float = 0.0,
    epochs: int = 200,
    seed: Any,
) -> TrainedPerceptron:
    """Train a neuron on noisy patterns, one at a time.

    At each presentation, in random order, h = w.(x + noise) - 1 + noise; where y h < 0, w <- w + rate y x, and weights
    of the wrong sign become 0. Then w <- (1 - decay) w [the noisy perceptron learning of Rubin, Abbott & Sompolinsky,
    PNAS 114, E9366 (2017)].

    Parameters
    ----------
    perceptron : `dmft.Perceptron`.
    size, load : N and P/N.
    input_noise, output_noise : sd of the noise of each input, and of the field.
    rate : step; default 1/(10 N <x^2>), a tenth of what turns a pattern around.
    decay : part of the weights that is lost at each presentation, in [0, 1).
    epochs : presentations of every pattern.
    seed : integer >= 0, or a `numpy.random.SeedSequence`.

    Raises
    ------
    ValueError, TypeError : for arguments out of range.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.

    Cost
    ----
    10 us a presentation at N = 200.
    """
    n, load = checked_count("size", size, least=2), positive("load", load)
    s_in, s_out = non_negative("input_noise", input_noise), non_negative("output_noise", output_noise)
    epochs, lost = checked_count("epochs", epochs), non_negative("decay", decay)
    if lost >= 1.0:
        raise ValueError(f"decay must be in [0, 1): the part of the weights lost at a presentation; got {lost}")
    count = count_of(load, n)
    check_memory(8 * (4 * n * count + epochs), n, 1, "a smaller size, a smaller load, or fewer epochs")
    check_cost(
        f"{epochs} epochs of {count} patterns of N = {n}",
        seconds=float(epochs) * count * (5e-6 + _SECONDS_A_WEIGHT * n),
        remedy="take fewer epochs, or a smaller size",
    )
    rng = root_seed(seed).generators(1)[0]
    drawn = draw(perceptron, n, count, rng)
    square = float(np.mean(drawn.x**2))
    step = positive("rate", rate) if rate is not None else 0.1 / (n * square)
    free = drawn.signs == 0.0
    w = np.where(free, 1.0, drawn.signs) * np.abs(rng.standard_normal(n)) / (n * math.sqrt(square))
    errors = np.zeros(epochs)
    for epoch in range(epochs):
        noise = rng.standard_normal(count)
        for number, mu in enumerate(rng.permutation(count)):
            x, y = drawn.x[mu], drawn.y[mu]
            h = float(w @ x) - 1.0 + math.hypot(s_out, s_in * float(np.linalg.norm(w))) * noise[number]
            if y * h < 0.0:
                errors[epoch] += 1.0 / count
                w = w + step * y * x
                w = np.where(free | (w * drawn.signs > 0.0), w, 0.0)
            if lost:
                w = (1.0 - lost) * w
    drives = float(np.mean(drawn.x @ np.abs(w)))
    imbalance = float(np.mean(drawn.x @ w)) / drives if drives > 0.0 else math.nan
    return TrainedPerceptron(w, drawn.signs, drawn.y * (drawn.x @ w - 1.0), errors, imbalance)
