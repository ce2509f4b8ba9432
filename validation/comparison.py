"""`compare`: a theory against simulations, with an error for the sample, a bound for the bias, and a verdict.

A verdict says no more than was seen. "disagree": the deviation lies more than five of its own errors outside the bound
on the bias. "agree": two one-sided tests at 95 % put it, bias included, within the tolerance. "undecided": neither; the
row says how far off the theory may be. Each row has both numbers: the deviation with its error, and what it is within.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from dmft.errors import spelling
from dmft.models.brief import brief, shortened
from dmft.models.checks import positive
from validation.comparison_table import aligned, markdown
from validation.quantities import theory_numbers
from validation.row import Row, row_of
from validation.shown import Shown, filled
from validation.simulation import Simulation
from validation.verdict import Verdict

_COLUMNS = "deviation to seen: % of its largest size; bias: by finite N; seen from: would have disagreed"
_ELSEWHERE = (
    "if networks are in another stable state, dmft.branches(network) lists it, and init= of the solver takes it"
)


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """A theory beside simulations: printing gives a table, `plot` a figure, `verdict` the worst of the rows.

    Attributes
    ----------
    rows : one for each quantity.
    tolerance : deviation, relative to the scale, that "agree" excludes.
    false_alarm : bound on the probability that a right theory is found to disagree in any of the rows.
    simulation, theory : what was compared.
    own_errors : whether "disagree" means five errors outside the bias, or `false_alarm` was asked for.
    """

    rows: tuple[Row, ...]
    tolerance: float
    false_alarm: float
    simulation: Simulation = field(repr=False)
    theory: Any = field(repr=False)
    own_errors: bool = True

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
    def within(self) -> float:
        """Every row of the theory is right within this part of its scale (95 % for each row, on either side)."""
        return max(row.within for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows of each verdict."""
        return {word: sum(row.verdict == word for row in self.rows) for word in ("agree", "disagree", "undecided")}

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
        return markdown(self.rows)

    def __str__(self) -> str:
        title = filled(f"{self.said()}, {self.simulation.plan.extent} each")
        verdict = filled(f"verdict: {self.verdict} ({self._criterion()})")
        elsewhere = f"\n{filled(_ELSEWHERE)}" if self.verdict == "disagree" else ""
        return f"{title}\n\n{aligned(self.rows)}\n\n{verdict}{elsewhere}\n{filled(_COLUMNS)}"

    def said(self) -> str:
        """Return the verdict, and on which networks it rests."""
        runs = ", ".join(f"{n} x N={size}" for size, n in self.simulation.n_realizations.items())
        return f"Comparison: {self.verdict}; {runs} of {brief(self.simulation.network)}"

    def _criterion(self) -> str:
        return (
            f"'agree': within {100 * self.tolerance:g} % of the scale, 95 % on either side, bias included; 'disagree': "
            f"beyond {self._rule()}{self._by_chance()}"
        )

    def _by_chance(self) -> str:
        known = any(math.isfinite(row.threshold) for row in self.rows)
        return f", by chance in {self.false_alarm:.0e} of tables or fewer" if known else ""

    def _rule(self) -> str:
        return "the bias by five errors or more" if self.own_errors else "bias and chance"


@spelling
def compare(
    solution: Any,
    simulation: Simulation,
    *,
    tolerance: float = 0.05,
    false_alarm: float | None = None,
    order: int | None = None,
) -> Comparison:
    """Compare a theory with simulations of the same network.

    For each quantity that both know: the large-N estimate with its error, the deviation from the theory, what it is
    within, and a verdict. Sizes and order in 1/N of the estimate are those of the narrowest interval that the errors
    and the bounds on the bias give (`validation.extrapolate` takes the same); the values have no say in it.

    Parameters
    ----------
    solution : a solution of dmft, or a mapping from names like "corr_x[0]", "corr_phi[5]", "lyapunov_exponent" to
        numbers, to `dmft.Value`, or to pairs (number, standard error).
    simulation : what `simulate` returned for the same network, or `recorded` for runs of one's own.
    tolerance : part of its scale within which a quantity must lie to "agree", decided before looking.
    false_alarm : probability that a right theory "disagrees" in one row or more, shared among the rows (Bonferroni),
        with Student's t for the few networks there are. None: a row disagrees when it lies more than five of its own
        errors outside the bound on the bias, and `Comparison.false_alarm` says how often chance does that.
    order : order in 1/N; None for the choice above.

    Raises
    ------
    ValueError : for a theory of another network, names that were not measured, a lag off the grid.
    TypeError : for a theory that is neither a known solution nor a mapping, or an entry that is not a number.

    Warns
    -----
    AccuracyWarning : for sparse couplings at sizes where theory is not accurate (see `dmft.Sparse`).

    Accuracy
    --------
    Wrong "agree" at the edge of the tolerance at most 5 %, wrong "disagree" as rare as stated: tests/meta/. The bounds
    on the bias are those of `validation.finite_size_law`, measured (tests/regression/make_finite_size.py).
    """
    tolerance = positive("tolerance", tolerance)
    if false_alarm is not None:
        false_alarm = positive("false_alarm", false_alarm)
        if false_alarm >= 1:
            raise ValueError(f"false_alarm must be below 1, got {false_alarm}")
    if not isinstance(simulation, Simulation):
        raise TypeError(
            "simulation must be a Simulation, of validation.simulate, or of runs of your own, of validation.recorded; "
            f"got {shortened(simulation)}; of arrays x write validation.recorded(network, x, interval=...)"
        )
    for size in simulation.sizes:
        simulation.plan.caution(size)
    numbers = theory_numbers(solution, simulation)
    each = None if false_alarm is None else false_alarm / len(numbers)
    rows = tuple(row_of(name, numbers, simulation, each, tolerance, order) for name in numbers)
    stated = min(1.0, sum(row.chance for row in rows)) if false_alarm is None else false_alarm
    return Comparison(rows, tolerance, stated, simulation, solution, own_errors=false_alarm is None)
