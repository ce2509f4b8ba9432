"""What P labelled patterns demand of a weight vector: J(k, Delta), the mean square by which they miss the margin.

With q = sum_i w_i^2 sd_i^2 the fields of patterns are (w.x - 1)/sqrt(q) = Delta + t, t standard normal, and

    J(k, Delta) = E (k - y (Delta + t))_+^2 = p G2(Delta - k) + (1 - p) G2(-Delta - k),

k the margin over sqrt(q), p the fraction of positive labels. Margin k can be kept at the load alpha if and only if
alpha J <= C, where C is what the weights offer (`dmft.theories.capacity.weights`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dmft.numerics.gaussian.excess import first_excess, log_first_excess, log_slope, second_excess
from dmft.numerics.monotone import slid


@dataclass(frozen=True)
class Patterns:
    """Labelled patterns.

    Attributes
    ----------
    positive : p, fraction of labels +1.
    """

    positive: float

    def cost(self, k: float, shift: float) -> float:
        """Return J(k, Delta)."""
        p = self.positive
        return p * second_excess(shift - k) + (1.0 - p) * second_excess(-shift - k)

    def slopes(self, k: float, shift: float) -> tuple[float, float]:
        """Return dJ/dk and dJ/dDelta."""
        plus = 2.0 * self.positive * first_excess(shift - k)
        minus = 2.0 * (1.0 - self.positive) * first_excess(-shift - k)
        return plus + minus, minus - plus

    def shift(self, k: float, start: float = 0.0) -> float:
        """Return Delta*(k), where J is least: p G1(Delta - k) = (1 - p) G1(-Delta - k).

        Parameters
        ----------
        start : near it, if something is known.
        """
        p = self.positive
        if p == 0.5:
            return 0.0
        odds = math.log(p) - math.log1p(-p)

        def balance(shift: float) -> tuple[float, float]:
            value = log_first_excess(-shift - k) - log_first_excess(shift - k) - odds
            return value, log_slope(-shift - k) + log_slope(shift - k)

        return slid(balance, start)

    def least(self, k: float, start: float = 0.0) -> tuple[float, float]:
        """Return J*(k) = J(k, Delta*), and Delta*."""
        shift = self.shift(k, start)
        return self.cost(k, shift), shift

    def margin(self, level: float) -> tuple[float, float]:
        """Return k with J*(k) = level > 0, and Delta*; k is negative for a level below J*(0).

        Newton steps of log J*, which is concave: one may pass the root, then they come to it from below.
        """
        p = self.positive
        target = math.log(max(level, 1e-300))
        k = math.sqrt(max(level, 1e-300) / (4.0 * p * (1.0 - p)))
        shift = 0.0
        for _ in range(80):
            value, shift = self.least(k, shift)
            if value <= 0.0:  # too small for a number
                break
            step = (math.log(value) - target) * value / self.slopes(k, shift)[0]
            k -= step
            if abs(step) <= 4e-16 * (1.0 + abs(k)):
                break
        return k, self.shift(k, shift)
