"""A species of Lotka-Volterra equations as a unit: its state is an abundance."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmft.models.checks import non_negative
from dmft.models.units.named import NamedUnit
from dmft.models.units.stated import Dynamics


@dataclass(frozen=True)
class LotkaVolterra(NamedUnit):
    """A species that competes for resources, x' = x (1 - x + h) + immigration; it sends its abundance x >= 0.

    Species i hears h_i = sum_j J_ij x_j. With couplings ``Couplings(Random(sigma, gamma), Mean(-mu))`` these are the
    generalised Lotka-Volterra equations of species whose interactions have the mean mu/N, the deviation sigma/sqrt(N)
    and the correlation gamma of alpha_ij = -J_ij with alpha_ji; `dmft.LotkaVolterraNetwork` is a short name of them.

    Source: Bunin, PRE 95, 042414 (2017); Galla, EPL 123, 48004 (2018).

    Parameters
    ----------
    immigration : rate at which individuals arrive, >= 0. Without it species die out; what would come back cannot.

    Raises
    ------
    ValueError, TypeError : if it is out of its range.
    """

    immigration: float = field(default=0.0, metadata={"unit": "1/time", "meaning": "rate of immigration"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "immigration", non_negative("immigration", self.immigration))

    @property
    def immigrates(self) -> float:
        """The rate."""
        return self.immigration

    @property
    def sampled(self) -> bool:
        """Whether its equations are not linear: they are not."""
        return True

    @property
    def speaks(self) -> bool:
        """Whether it states what it sends: its abundance."""
        return True

    @property
    def fields(self) -> tuple[str, ...]:
        """None: it hears all couplings."""
        return ()

    def check_alone(self) -> None:
        """Refuse nothing: what is linear and unstable is another unit."""

    def dynamics(self) -> Dynamics:
        """Return the equations."""
        return Dynamics("x*(1 - x + h) + immigration", output="x", immigration=self.immigration)
