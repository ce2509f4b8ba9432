"""Networks of threshold neurons that hold patterns as attractors: one convex program for each row of the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dmft.arrays import FloatArray
from dmft.cost import check_cost
from dmft.models.checks import finite, non_negative, one_of, positive
from dmft.models.perceptron import Perceptron
from validation.ensemble import check_memory, checked_count, root_seed
from validation.errors import SimulationError
from validation.perceptrons.patterns import Drawn, count_of, signs_of
from validation.perceptrons.programs import largest_input_margin, largest_output_margin
from validation.shown import Shown

# Part of the errors of an unrelated state that a pattern may have and still count as recalled.
_WRONG = 0.05
_ROUNDING = 1e-9
_SECONDS_A_PROGRAM = 2e-9  # over N P min(N, P), from below


@dataclass(frozen=True, eq=False)
class Recall:
    """How a network ends that is started at, or near, each of its patterns.

    Attributes
    ----------
    errors : fraction of neurons that differ from the pattern, shape (P,), averaged over the last half of the sweeps.
    chance : that fraction for a state of the same activities f that knows nothing of the pattern, <2 f (1 - f)>.
    """

    errors: FloatArray
    chance: float

    @property
    def recalled(self) -> float:
        """Fraction of the patterns that are held: with less than 5 % of the errors of chance.

        Of a sparse pattern few neurons differ from any state, from silence too: errors count against that.
        """
        return float(np.mean(self.errors < _WRONG * self.chance))

    @property
    def error(self) -> float:
        """Mean fraction of wrong neurons."""
        return float(np.mean(self.errors))


@dataclass(frozen=True, eq=False, repr=False)
class MemoryNetwork(Shown):
    """A network of N threshold neurons, s_i = 1 where w_i.s > threshold_i.

    Attributes
    ----------
    weights : shape (N, N), [i, j] acts from j to i; no neuron acts on itself. Excitatory neurons come first.
    thresholds : shape (N,), 1 but for rows whose best weights make the threshold smaller than norm_bound allows.
    patterns : shape (P, N), 0 or 1.
    margins : largest margin of each row, to the noise it was made for; not positive, or nan, where a row fails.
    excitatory : number of excitatory neurons.
    activity : mean activities, (E, I).
    """

    weights: FloatArray = field(repr=False)
    thresholds: FloatArray = field(repr=False)
    patterns: FloatArray = field(repr=False)
    margins: FloatArray = field(repr=False)
    excitatory: int
    activity: tuple[float, float]

    @property
    def stored(self) -> float:
        """Fraction of the rows that keep all patterns."""
        return float(np.mean(np.nan_to_num(self.margins, nan=-1.0) > 0.0))

    def said(self) -> str:
        """Return how many neurons hold how many patterns."""
        patterns, neurons = self.patterns.shape
        return f"MemoryNetwork: {patterns} patterns in {neurons} neurons, {self.excitatory} of them excitatory"

    def recall(
        self,
        *,
        output_noise: float = 0.0,
        input_noise: float = 0.0,
        distortion: float = 0.0,
        sweeps: int = 40,
        seed: Any,
    ) -> Recall:
        """Start at every pattern, and update neurons one by one in random order.

        Parameters
        ----------
        output_noise : sd of the noise of each field at each update, in units of the threshold.
        input_noise : sd of the noise of each input at each update.
        distortion : probability that a neuron starts, instead of in the pattern, at random with its mean activity.
        sweeps : updates of each neuron.
        seed : integer >= 0, or a `numpy.random.SeedSequence`.

        Raises
        ------
        ValueError, TypeError : for arguments out of range.
        """
        s_out, s_in = non_negative("output_noise", output_noise), non_negative("input_noise", input_noise)
        distorted = finite("distortion", distortion)
        if not 0.0 <= distorted <= 1.0:
            raise ValueError(f"distortion must be a probability in [0, 1], got {distorted}")
        sweeps = checked_count("sweeps", sweeps)
        rng = root_seed(seed).generators(1)[0]
        count, n = self.patterns.shape
        mean = np.where(np.arange(n) < self.excitatory, *self.activity)
        state = self.patterns.T.copy()
        if distorted > 0.0:
            redrawn = (rng.random((n, count)) < mean[:, None]).astype(float)
            state = np.where(rng.random((n, count)) < distorted, redrawn, state)
        norms = np.linalg.norm(self.weights, axis=1)
        wrong, seen = np.zeros(count), 0
        for sweep in range(sweeps):
            for i in rng.permutation(n):
                field_ = self.weights[i] @ state - self.thresholds[i]
                sd = math.hypot(s_out, s_in * norms[i])
                if sd > 0.0:
                    field_ += sd * rng.standard_normal(count)
                state[i] = field_ > 0.0
            if 2 * sweep >= sweeps - 1:
                wrong += np.mean(state != self.patterns.T, axis=0)
                seen += 1
        return Recall(wrong / seen, float(np.mean(2.0 * mean * (1.0 - mean))))


def memory_network(
    excitatory_perceptron: Perceptron,
    inhibitory_perceptron: Perceptron,
    size: int,
    load: float,
    *,
    robust_to: Literal["output", "input"] = "output",
    seed: Any,
) -> MemoryNetwork:
    """Return a network whose neurons keep P = load N random patterns with the largest margins.

    The row of each neuron is the solution of the convex program of a perceptron whose inputs are the other neurons and
    whose labels are its own activity [Rubin, Abbott & Sompolinsky, PNAS 114, E9366 (2017)].

    Parameters
    ----------
    excitatory_perceptron, inhibitory_perceptron : what an excitatory and an inhibitory neuron sees: binary inputs of
        the same activities, and `positive` its own activity.
    size, load : N and P/N.
    robust_to : the noise to which margins are largest.
    seed : integer >= 0, or a `numpy.random.SeedSequence`.

    Raises
    ------
    ValueError, TypeError : for perceptrons that do not belong together, arguments out of range, and patterns too few
        for neurons to be active in some and not in others.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    SimulationError : if a solver fails.

    Cost
    ----
    N programs: 2 s at N = 120, load 0.25.
    """
    activity = _checked_pair(excitatory_perceptron, inhibitory_perceptron)
    n, load = checked_count("size", size, least=4), positive("load", load)
    one_of("robust_to", robust_to, ("output", "input"))
    rng = root_seed(seed).generators(1)[0]
    signs, count = signs_of(excitatory_perceptron, n), count_of(load, n)
    for name, mean in zip(("excitatory", "inhibitory"), activity, strict=True):
        if not 0 < round(mean * count) < count:
            raise ValueError(
                f"every neuron must be active in some patterns and not in others: of P = {count} patterns {name} ones "
                f"of activity {mean:g} are in {round(mean * count)}; take a larger load or size"
            )
    check_memory(8 * n * (3 * count + 2 * n) + 5 * 8 * n * (count + n), n, 1, "a smaller size, or a smaller load")
    check_cost(
        f"{n} programs of {count} patterns of N = {n}",
        seconds=n * _SECONDS_A_PROGRAM * n * count * min(n, count),
        remedy="take a smaller size, or a smaller load",
    )
    of_row = np.where(signs > 0.0, *activity)
    patterns = np.array([rng.permutation(count) < round(mean * count) for mean in of_row], dtype=float).T
    weights, thresholds, margins = np.zeros((n, n)), np.ones(n), np.full(n, math.nan)
    for i in range(n):
        others = np.delete(np.arange(n), i)
        labels = 2.0 * patterns[:, i] - 1.0
        drawn = Drawn(patterns[:, others], labels, signs[others])
        bound = excitatory_perceptron.norm_bound if signs[i] > 0.0 else inhibitory_perceptron.norm_bound
        if robust_to == "output":
            margins[i], row = largest_output_margin(drawn, bound)
        else:
            margins[i], row, theta = largest_input_margin(drawn)
            if math.isnan(margins[i]):
                raise SimulationError(f"neuron {i} cannot keep its {count} patterns; take a smaller load")
            scale = max(theta, float(np.linalg.norm(row)) / bound)
            row, thresholds[i] = row / scale, theta / scale
        weights[i, others] = row
    return MemoryNetwork(weights, thresholds, patterns, margins, int(np.sum(signs > 0.0)), activity)


def _checked_pair(excitatory: Any, inhibitory: Any) -> tuple[float, float]:
    """Return the activities (E, I) that two perceptrons see, or refuse two that do not belong together."""
    for name, one in (("excitatory_perceptron", excitatory), ("inhibitory_perceptron", inhibitory)):
        if not isinstance(one, Perceptron):
            raise TypeError(f"{name} must be a dmft.Perceptron, got {one!r}")
        if one.inputs != "binary" or one.excitatory is None:
            raise ValueError(
                f"{name} must have binary inputs of two signs: dmft.Perceptron.binary(f, (f_E, f_I)), got {one!r}"
            )
    if (excitatory.excitatory, excitatory.cv) != (inhibitory.excitatory, inhibitory.cv):
        raise ValueError(
            f"both neurons must see the same network, got {excitatory.excitatory:g} and {inhibitory.excitatory:g} "
            f"excitatory inputs with cv {excitatory.cv} and {inhibitory.cv}"
        )
    e, i = excitatory.means
    for name, one, own in (("excitatory_perceptron", excitatory, e), ("inhibitory_perceptron", inhibitory, i)):
        if abs(one.positive - own) > _ROUNDING:
            raise ValueError(f"{name} must have positive = its own activity {own:g}, got {one.positive:g}")
    return e, i
