"""The equations of any unit that can be stated by some."""

from __future__ import annotations

from dmft.models.dynamics import UnitDynamics
from dmft.models.units.equations import Equations
from dmft.models.units.stated import Dynamics


def equations_of(dynamics: UnitDynamics) -> Equations:
    """Return the equations that a unit states, or those of a leaky one.

    Raises
    ------
    ValueError : for a unit of another kind.
    """
    if dynamics.stated is not None:
        return dynamics.stated
    if dynamics.first_order and not dynamics.discrete:
        return Dynamics("(-x + h)/tau", parameters={"tau": dynamics.tau}).stated
    raise ValueError(f"{dynamics!r} states no equations; dmft.Dynamics(...) does")
