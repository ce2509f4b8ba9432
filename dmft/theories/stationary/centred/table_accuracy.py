"""How finely tables of harmonics are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """How finely the tables are made.

    Attributes
    ----------
    nodes, degree : of panels of m and u, and of the Chebyshev series in q.
    phases : least number of theta in half a turn.
    cut : parts of <phi phi> and of <phi' phi'> that harmonics left out may hold.
    tail : last coefficients of the two, relative to them, at which a panel of q is resolved.
    variances, reach : number of variances at which averages are taken, and relative distance of the farthest.
    terms : of the Hermite series.
    """

    nodes: int
    degree: int
    phases: int
    cut: tuple[float, float]
    tail: tuple[float, float]
    variances: int
    reach: float
    terms: int


FINE = Accuracy(16, 18, 32, (1e-13, 1e-10), (1e-12, 1e-9), 10, 0.12, 60)
#: Of other nodes, to be held against the first.
OTHER = Accuracy(19, 23, 48, (1e-14, 1e-11), (1e-12, 1e-9), 11, 0.11, 70)
#: For the first steps of a search.
ROUGH = Accuracy(16, 9, 16, (1e-7, 1e-5), (1e-4, 1e-2), 7, 0.3, 30)
