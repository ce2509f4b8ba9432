"""What may be said of a deviation that has an error and a bias: the statistics of a verdict, without networks.

Two questions, asked apart. *Is there a deviation?* "disagree": it lies further outside the bound on the bias than
chance takes it. *Is it small?* "agree": two one-sided tests at 95 % [Schuirmann, J. Pharmacokinet. Biopharm. 15, 657
(1987)], the interval of the deviation, widened by the bound on the bias, lies within a tolerance that was fixed
beforehand. What is neither is "undecided". Few data make "undecided", never "agree".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["agree", "disagree", "undecided"]

# A deviation this many of its own errors outside the bound on the bias is one.
OWN_ERRORS = 5.0
# With few networks their error is itself uncertain: chance must not exceed the five errors oftener than this.
_MOST_OFTEN = 1e-3
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Judgement:
    """A verdict with its numbers, all in the units of the deviation.

    Attributes
    ----------
    verdict : "agree", "disagree" or "undecided".
    threshold : deviation beyond which the verdict is "disagree": bias, and errors.
    within : the deviation is smaller than this, with a confidence of 95 % on either side, the bias included.
    seen_from : smallest true deviation that would have been found to disagree with a probability of 95 %.
    chance : probability that a right theory disagrees, were the bias zero.
    """

    verdict: Verdict
    threshold: float
    within: float
    seen_from: float
    chance: float


def judged(
    deviation: float, error: float, dof: float, bias: float, tolerance: float, *, alarm: float | None = None
) -> Judgement:
    """Judge a deviation.

    Parameters
    ----------
    deviation : estimate minus theory.
    error, dof : its standard error and the degrees of freedom of that; an error that is not known is nan.
    bias : bound on what is not chance.
    tolerance : what "agree" vouches for.
    alarm : probability that chance alone makes "disagree"; None for five errors (more of them below nine degrees of
        freedom, where chance would exceed five more often than once in a thousand).

    Accuracy
    --------
    Rates of wrong verdicts, at the edge of the tolerance and without a deviation: tests/meta/test_verdict.py.
    """
    if dof < 1 or not (math.isfinite(error) and math.isfinite(deviation)):
        return Judgement("undecided", math.inf, math.inf, math.inf, 0.0)
    if alarm is None:
        sigmas = max(OWN_ERRORS, quantile(_MOST_OFTEN / 2.0, dof))
        alarm = 2.0 * _beyond(sigmas, dof)
    else:
        sigmas = quantile(alarm / 2.0, dof)
    threshold = bias + sigmas * error
    half_width = quantile(1.0 - CONFIDENCE, dof) * error
    within = abs(deviation) + half_width + bias
    seen_from = threshold + bias + half_width
    small: Verdict = "agree" if within <= tolerance else "undecided"
    verdict: Verdict = "disagree" if abs(deviation) > threshold else small
    return Judgement(verdict, threshold, within, seen_from, alarm)


def quantile(chance: float, dof: float) -> float:
    """Return what Student's t with so many degrees of freedom exceeds with a probability of `chance`."""
    from scipy.special import ndtri, stdtrit

    return float(-ndtri(chance) if math.isinf(dof) else -stdtrit(dof, chance))


def _beyond(value: float, dof: float) -> float:
    from scipy.special import ndtr, stdtr

    return float(ndtr(-value) if math.isinf(dof) else stdtr(dof, -value))


def joint_dof(error: float, dof: float, exact: float) -> float:
    """Return the degrees of freedom of hypot(error, exact), of which only the first was estimated from few data.

    Welch-Satterthwaite; the second error is taken as known.
    """
    if error == 0.0:
        return math.inf if exact > 0.0 else dof
    return dof * (1.0 + (exact / error) ** 2) ** 2
