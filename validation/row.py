"""One quantity of a comparison: theory, the limit of large N, and the verdict on their deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from validation.finite_size import LargeN, large_n
from validation.notation import deviation_with_error, percent, split_name
from validation.simulation import Simulation
from validation.verdict import Judgement, Verdict, joint_dof, judged

# Sizes that do not follow the order of the fit, with this p-value or less, decide nothing.
_SUSPICIOUS = 1e-3


@dataclass(frozen=True)
class Row:
    """One quantity.

    Attributes
    ----------
    quantity : its name, like "corr_phi[5]" (the lag in units of tau).
    theory, theory_error : the number of the theory, and its standard error; 0 for a theory that is not sampled.
    estimate : the large-N estimate.
    bias_bound : bound on what finite size, time step and rounding may do to the estimate, and on the error of the
        theory that is not sampling; absolute.
    scale : size of the quantity: of the theory; for a function of lag or time, the largest size it has.
    judgement : the verdict of the deviation alone, with its numbers.
    verdict : "agree", "disagree" or "undecided"; "agree" only of sizes that follow the order of the fit.
    """

    quantity: str
    theory: float
    theory_error: float
    estimate: LargeN
    bias_bound: float
    scale: float
    judgement: Judgement
    verdict: Verdict

    @property
    def deviation(self) -> float:
        """Estimate minus theory, relative to the scale."""
        return (self.estimate.value - self.theory) / self.scale

    @property
    def error(self) -> float:
        """Standard error of the deviation: of the estimate and of the theory together."""
        return math.hypot(self.estimate.standard_error, self.theory_error)

    @property
    def z(self) -> float:
        """(estimate - theory)/error; nan where the error is not known."""
        deviation = self.estimate.value - self.theory
        if not math.isfinite(self.threshold):
            return math.nan
        return deviation / self.error if self.error > 0 else math.copysign(math.inf, deviation) if deviation else 0.0

    @property
    def threshold(self) -> float:
        """Deviation beyond which the verdict is "disagree", absolute."""
        return self.judgement.threshold

    @property
    def within(self) -> float:
        """The theory is right within this, relative to the scale, with a confidence of 95 % on either side."""
        return self.judgement.within / self.scale

    @property
    def power(self) -> float:
        """Smallest deviation that would be found to disagree with a probability of 95 %, relative to the scale."""
        return self.judgement.seen_from / self.scale

    @property
    def chance(self) -> float:
        """Probability that a right theory disagrees here."""
        return self.judgement.chance

    @property
    def statement(self) -> str:
        """What was seen, in a sentence."""
        seen = f"deviation {deviation_with_error(self.deviation, self.error / self.scale)}"
        if not math.isfinite(self.within):
            return f"{seen}; its error is not known"
        return f"{seen}, consistent within {percent(self.within)}"


def row_of(
    quantity: str,
    numbers: dict[str, float],
    simulation: Simulation,
    alarm: float | None,
    tolerance: float,
    order: int | None,
) -> Row:
    """Return a quantity's row: of what the theory says, at a tolerance relative to the scale, by a fit of an order.

    Parameters
    ----------
    quantity, numbers : name of one, and all that the theory says: name -> number.
    alarm : probability of a wrong "disagree" in this row; None for five errors outside the bound on the bias.
    tolerance, order : as of `validation.compare`.
    """
    number = numbers[quantity]
    theory = float(number)
    theory_error, theory_bound = (_known(getattr(number, name, 0.0)) for name in ("standard_error", "numerical_error"))
    name, _ = split_name(quantity)
    # The frozen part of a variance may be none: it is small or large beside the whole.
    of = name.replace("static_variance", "variance")
    scale = max(abs(float(n)) for q, n in numbers.items() if split_name(q)[0] in (name, of)) or 1.0
    estimate, bias = large_n(simulation, quantity, order=order)
    bias += theory_bound
    dof = joint_dof(estimate.standard_error, estimate.dof, theory_error)
    error = math.hypot(estimate.standard_error, theory_error)
    found = judged(estimate.value - theory, error, dof, bias, tolerance * scale, alarm=alarm)
    doubtful = found.verdict == "agree" and estimate.p_value < _SUSPICIOUS
    return Row(quantity, theory, theory_error, estimate, bias, scale, found, "undecided" if doubtful else found.verdict)


def _known(error: float) -> float:
    return float(error) if math.isfinite(error) else 0.0
