"""What can be measured of a neuron and its patterns; an addition is one class and its name in `MEASURES`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from validation.perceptrons.patterns import count_of, draw
from validation.perceptrons.programs import (
    largest_input_margin,
    largest_output_margin,
    least_squares,
    most_patterns,
    separable,
)
from validation.static_plan import Measure

_QUIET = 1e-5  # weight, relative to the root mean square, that an interior-point method leaves of a zero


class Separable(Measure):
    """Whether the patterns can be told apart: 1 or 0."""

    word = "separable"
    variables = {"separable": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve one linear program."""
        return {"separable": float(separable(draw(plan.network, size, count_of(plan.load, size), generator)))}


class Capacity(Measure):
    """How many of a sequence of patterns can be told apart, from the first on, over N."""

    word = "capacity"
    needs_load = False
    variables = {"capacity": ((), "1")}  # noqa: RUF012

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve about ten linear programs."""
        count = 4 * size
        state = generator.bit_generator.state
        while True:
            generator.bit_generator.state = state
            most = most_patterns(draw(plan.network, size, count, generator))
            if most < count or count > 1000 * size:
                return {"capacity": most / size}
            count *= 4


class _Margin(Measure):
    """A margin, and the weights that have it."""

    def _described(self, plan: Any, drawn: Any, w: Any) -> dict[str, float]:
        name = self.word.removesuffix("_margin")
        norm = float(np.linalg.norm(w))
        if not 0.0 < norm < math.inf:  # no weights store the patterns, or none are needed
            return {f"{name}_{what}": math.nan for what in ("imbalance", "silent_E", "silent_I")}
        drives = float(np.mean(drawn.x @ np.abs(w)))
        small = np.abs(w) <= _QUIET * norm / math.sqrt(len(w))
        excited, inhibited = drawn.signs > 0.0, drawn.signs < 0.0
        return {
            f"{name}_imbalance": float(np.mean(drawn.x @ w)) / drives if drives != 0.0 else math.nan,
            f"{name}_silent_E": float(np.mean(small[excited])) if np.any(excited) else math.nan,
            f"{name}_silent_I": float(np.mean(small[inhibited])) if np.any(inhibited) else math.nan,
        }

    @property
    def variables(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """Name of a result -> (dimensions, unit)."""
        name = self.word.removesuffix("_margin")
        unit = "input" if name == "input" else "threshold"
        numbers: dict[str, tuple[tuple[str, ...], str]] = {self.word: ((), unit)}
        numbers[f"{name}_norm"] = (), "threshold/input"
        return numbers | {f"{name}_{what}": ((), "1") for what in ("imbalance", "silent_E", "silent_I")}


class InputMargin(_Margin):
    """The largest kappa_in; nan where the patterns cannot be told apart, inf where all of them are to be silent."""

    word = "input_margin"

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve one quadratic program."""
        drawn = draw(plan.network, size, count_of(plan.load, size), generator)
        margin, w, theta = largest_input_margin(drawn)
        norm = float(np.linalg.norm(w))
        sd = math.hypot(*plan.network.sd)
        of_norm = norm / theta if theta > _QUIET * norm * sd else math.inf
        return {
            "input_margin": margin,
            "input_norm": math.nan if math.isnan(margin) else of_norm,
            **self._described(plan, drawn, w),
        }


class OutputMargin(_Margin):
    """The largest kappa_out; negative where the patterns cannot be told apart."""

    word = "output_margin"

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Solve one cone program."""
        drawn = draw(plan.network, size, count_of(plan.load, size), generator)
        margin, w = largest_output_margin(drawn, plan.network.norm_bound)
        return {
            "output_margin": margin,
            "output_norm": float(np.linalg.norm(w)),
            **self._described(plan, drawn, w),
        }


class Regression(Measure):
    """Least squares of targets of standard deviation 1 that are independent of the inputs."""

    word = "regression"
    variables = {  # noqa: RUF012
        "regression_residual": ((), "1"),
        "regression_norm": ((), "target/input"),
        "regression_active": ((), "1"),
    }

    def of(self, plan: Any, size: int, generator: np.random.Generator) -> dict[str, float]:
        """Fit once."""
        drawn = draw(plan.network, size, count_of(plan.load, size) + 1, generator)  # one more, for the offset
        target = generator.standard_normal(len(drawn.y))
        w, residuals = least_squares(drawn, target, plan.limits, plan.ridge)
        root = math.sqrt(size)
        low, high = plan.limits if plan.limits is not None else (0.0 if np.any(drawn.signs) else -math.inf, math.inf)
        v = root * (np.abs(w) if np.any(drawn.signs) else w)
        close = 1e-9 * float(np.max(np.abs(v), initial=0.0))
        total = float(np.sum((target - target.mean()) ** 2))
        return {
            "regression_residual": float(residuals @ residuals) / total,
            "regression_norm": float(np.linalg.norm(w)),
            "regression_active": float(np.mean((v > low + close) & (v < high - close))),
        }


_KINDS: tuple[type[Measure], ...] = (Separable, Capacity, InputMargin, OutputMargin, Regression)
MEASURES = {kind.word: kind for kind in _KINDS}
