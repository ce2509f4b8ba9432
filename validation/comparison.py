"""`compare`: a theory against simulations, with an error for the sample, a bound for the bias, and a verdict.

A verdict says no more than the numbers allow. "disagree": the deviation from the theory is beyond what chance and the
bound on the bias can make up. "agree": it is not, and a deviation of the size `tolerance` would have been seen.
"undecided": it is not, but such a deviation could have been missed, or the sizes do not follow the law assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dmft.models.checks import positive
from validation.finite_size import LargeN, extrapolate
from validation.quantities import split_name, strength, theory_numbers
from validation.simulation import Simulation
from validation.simulators import simulator_for

Verdict: TypeAlias = Literal["agree", "disagree", "undecided"]

# Power is stated for a probability of 95 % to see the deviation.
_POWER_SIGMAS = 1.645
# Rounding of averages, so that an exact zero may be compared with an exact zero.
_FLOOR = {"float32": 1e-6, "float64": 1e-13}
_SUSPICIOUS = 1e-3


@dataclass(frozen=True)
class Row:
    """One quantity.

    Attributes
    ----------
    quantity : its name, like "corr_phi[5]" (the lag in units of tau).
    theory : the number of the theory.
    theory_error : its standard error; 0 for a theory that is not sampled.
    estimate : the large-N estimate.
    z : (estimate - theory)/standard error, of both together.
    bias_bound : bound on what finite size, time step and rounding may do to the estimate, absolute.
    threshold : deviation beyond which the verdict is "disagree", absolute.
    power : smallest deviation that would be seen with a probability of 95 %, relative to `scale`.
    scale : size of the quantity: of the theory; for a function of lag or time, the largest size it has.
    verdict : "agree", "disagree" or "undecided".
    """

    quantity: str
    theory: float
    theory_error: float
    estimate: LargeN
    z: float
    bias_bound: float
    threshold: float
    power: float
    scale: float
    verdict: Verdict

    @property
    def deviation(self) -> float:
        """Estimate minus theory, relative to the scale."""
        return (self.estimate.value - self.theory) / self.scale


@dataclass(frozen=True)
class Comparison:
    """A theory beside simulations: printing gives a table, `plot` a figure, `verdict` the worst of the rows.

    Attributes
    ----------
    rows : one for each quantity.
    tolerance : deviation, relative to the scale, that "agree" must be able to see.
    false_alarm : probability that a right theory is found to disagree in any of the rows.
    simulation, theory : what was compared.
    """

    rows: tuple[Row, ...]
    tolerance: float
    false_alarm: float
    simulation: Simulation = field(repr=False)
    theory: Any = field(repr=False)

    @property
    def verdict(self) -> Verdict:
        """ "disagree" if any row does, else "undecided" if any row is, else "agree"."""
        found = {row.verdict for row in self.rows}
        return "disagree" if "disagree" in found else "undecided" if "undecided" in found else "agree"

    @property
    def power(self) -> float:
        """Smallest deviation, relative to the scale, that would be seen in every row with a probability of 95 %."""
        return max(row.power for row in self.rows)

    @property
    def largest(self) -> Row:
        """The row that deviates most, relative to its scale."""
        return max(self.rows, key=lambda row: abs(row.deviation))

    def row(self, quantity: str) -> Row:
        """Return the row of a quantity.

        Raises
        ------
        ValueError : if there is none.
        """
        for row in self.rows:
            if row.quantity == quantity:
                return row
        raise ValueError(f"quantity must be one of {', '.join(r.quantity for r in self.rows)}; got {quantity!r}")

    def to_markdown(self) -> str:
        """Return the table in Markdown."""
        head, *body = self._cells()
        lines = ["| " + " | ".join(head) + " |", "|" + "|".join([":--", *["--:"] * (len(head) - 2), ":--"]) + "|"]
        lines += ["| " + " | ".join(cells) + " |" for cells in body]
        return "\n".join(lines)

    def __str__(self) -> str:
        table = self._cells()
        widths = [max(len(cells[i]) for cells in table) for i in range(len(table[0]))]
        lines = [self._title(), ""]
        for cells in table:
            middle = [cell.rjust(width) for cell, width in zip(cells[1:-1], widths[1:-1], strict=True)]
            lines.append("  ".join([cells[0].ljust(widths[0]), *middle, cells[-1]]))
        lines.insert(3, "-" * max(map(len, lines[2:])))
        lines += ["", f"verdict: {self.verdict} ({self._criterion()})"]
        return "\n".join(lines)

    def plot(self) -> Any:
        """Return a matplotlib `Figure`: C^phi(lag), theory and networks, beside the deviation of each quantity."""
        from validation.comparison_plot import plot_comparison

        return plot_comparison(self)

    def _title(self) -> str:
        simulation = self.simulation
        runs = ", ".join(f"{n} x N={size}" for size, n in simulation.n_realizations.items())
        return f"{simulation.network!r}\nnetworks: {runs}, {simulation.plan.duration:g} tau each"

    def _criterion(self) -> str:
        return (
            f"false alarm {self.false_alarm:.0e} for all rows; 'agree' where a deviation of "
            f"{100 * self.tolerance:g} % would have been seen"
        )

    def _cells(self) -> list[list[str]]:
        table = [["quantity", "theory", "large N", "deviation", "z", "bias <", "seen from", "verdict"]]
        for row in self.rows:
            error = row.estimate.standard_error
            table.append(
                [
                    row.quantity,
                    _with_error(row.theory, row.theory_error),
                    _with_error(row.estimate.value, error),
                    f"{100 * row.deviation:+.2f} %",
                    f"{row.z:+.1f}",
                    f"{100 * row.bias_bound / row.scale:.2f} %",
                    percent(row.power),
                    row.verdict,
                ]
            )
        return table


def percent(part: float) -> str:
    """Return a part in per cent, to two digits or to whole numbers."""
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.2g} %"


def _with_error(value: float, error: float) -> str:
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g}"
    digits = min(12, max(0, 1 - math.floor(math.log10(error))))
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def compare(
    solution: Any,
    simulation: Simulation,
    *,
    tolerance: float = 0.05,
    false_alarm: float = 1e-6,
    order: int | None = None,
) -> Comparison:
    """Compare a theory with simulations of the same network.

    For each quantity that both know: the large-N estimate with its error, z, a bound on the bias, the power, a verdict.
    The order in 1/N is the one of the smallest bias bound plus four standard errors; the values have no say in it.

    Parameters
    ----------
    solution : a solution of dmft, or a mapping from names like "corr_x[0]", "corr_phi[5]", "lyapunov_exponent" to
        numbers.
    simulation : what `simulate` returned for the same network.
    tolerance : relative deviation that "agree" must be able to see, with a probability of 95 %.
    false_alarm : probability that a right theory "disagrees" in one row or more; shared among the rows (Bonferroni),
        with Student's t for the few networks there are.
    order : order in 1/N; None for the choice above.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError : for a theory of another network, names that were not measured, a lag off the grid.
    TypeError : for a theory that is neither a known solution nor a mapping.

    Accuracy
    --------
    The false alarm rate holds for synthetic networks (tests/meta/test_validation_power.py), and a theory shifted by 3 %
    is seen. The bounds on finite-size coefficients are those of `validation.quantities`.
    """
    tolerance = positive("tolerance", tolerance)
    false_alarm = positive("false_alarm", false_alarm)
    if false_alarm >= 1:
        raise ValueError(f"false_alarm must be below 1, got {false_alarm}")
    if not isinstance(simulation, Simulation):
        raise TypeError(f"simulation must be a Simulation (of validation.simulate), got {simulation!r}")
    numbers = theory_numbers(solution, simulation)
    each = false_alarm / len(numbers)
    rows = tuple(_row(name, numbers, simulation, each, tolerance, order) for name in numbers)
    return Comparison(rows, tolerance, false_alarm, simulation, solution)


def _row(
    quantity: str, numbers: dict[str, float], simulation: Simulation, alarm: float, tolerance: float, order: int | None
) -> Row:
    number = numbers[quantity]
    theory, theory_error = float(number), _known(getattr(number, "standard_error", 0.0))
    name, at = split_name(quantity)
    plan = simulation.plan
    scale = max(abs(float(n)) for q, n in numbers.items() if split_name(q)[0] == name)
    bound, reference = strength(quantity, plan.network)
    fits = []
    for p in range(min(2, len(simulation.sizes))) if order is None else [order]:
        estimate = extrapolate(simulation, name, at=at, order=p)
        size = reference or max(scale, abs(estimate.value))
        relative = estimate.bias_factor(bound) + simulator_for(plan.network).time_step_bias(
            plan.network, plan.dt, plan.integrator
        )
        bias = size * relative + _FLOOR[plan.dtype] * max(1.0, abs(theory))
        fits.append((bias + 4.0 * _known(estimate.standard_error), bias, estimate))
    _, bias, estimate = min(fits, key=lambda fit: fit[0])
    error = math.hypot(estimate.standard_error, theory_error)
    threshold = _critical(estimate.dof, error, alarm) + bias
    scale = scale or 1.0
    deviation = estimate.value - theory
    power = (threshold + bias + _POWER_SIGMAS * error) / scale
    if not math.isfinite(threshold):
        z, power = math.nan, math.inf
    else:
        z = deviation / error if error > 0 else math.copysign(math.inf, deviation) if deviation else 0.0
    verdict: Verdict
    if abs(deviation) > threshold:
        verdict = "disagree"
    elif power > tolerance or estimate.p_value < _SUSPICIOUS or not math.isfinite(threshold):
        verdict = "undecided"
    else:
        verdict = "agree"
    return Row(quantity, theory, theory_error, estimate, z, bias, threshold, power, scale, verdict)


def _known(error: float) -> float:
    return error if math.isfinite(error) else 0.0


def _critical(dof: float, error: float, alarm: float) -> float:
    """Return the deviation that chance exceeds with the probability `alarm`; infinite if the error is unknown."""
    from scipy.stats import t

    if dof < 1 or not math.isfinite(error):
        return math.inf
    return float(t.isf(alarm / 2.0, dof)) * error
