"""The Gaussian averages of all populations."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.gaussian.mehler_pairs import LENGTHS, MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs, PairAverages, pair_averages


class Averages:
    """Averages of each population over its own x.

    Attributes
    ----------
    pairs : those of two times, P of them; each lengthens its series by itself.
    """

    def __init__(self, nonlinearities: tuple[Any, ...]) -> None:
        self._nonlinearities = nonlinearities
        self.pairs: list[PairAverages] = [pair_averages(phi) for phi in nonlinearities]
        #: Populations of equal phi, whose averages over one time are taken in one go.
        self._groups: list[list[int]] = []
        for a, phi in enumerate(nonlinearities):
            group = next((g for g in self._groups if nonlinearities[g[0]] == phi), None)
            if group is None:
                self._groups.append([a])
            else:
                group.append(a)

    def shorter(self) -> Averages:
        """Return averages by shorter series, of which the errors of these are known."""
        other = Averages(self._nonlinearities)
        other.pairs = [_shorter(pair) for pair in self.pairs]
        return other

    @property
    def series(self) -> bool:
        """Whether any are by series."""
        return any(isinstance(pair, MehlerPairs) for pair in self.pairs)

    @property
    def kind(self) -> int | None:
        """What the compiled march calls the phi of a single population, if it knows it."""
        alone = self.pairs[0] if len(self.pairs) == 1 else None
        return alone.kind if isinstance(alone, ClosedPairs) else None

    @property
    def n_terms(self) -> int:
        """Terms of the longest series, 0 without any."""
        return max((pair.n_terms for pair in self.pairs if isinstance(pair, MehlerPairs)), default=0)

    @property
    def error(self) -> float:
        """Largest error of <phi phi> so far, relative to the mean squares."""
        return max(float(pair.error) for pair in self.pairs)

    @property
    def slope_error(self) -> float:
        """Largest error of <phi' phi'> so far, relative to the mean squares."""
        return max(float(pair.slope_error) for pair in self.pairs)

    def first(self, mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi> and <phi'>, shape (P, ...) as of the means and variances together."""
        m, v = np.broadcast_arrays(mean, variance)
        if len(self._groups) == 1:
            return self.pairs[0].first(m, v)
        phi, slope = np.empty(m.shape), np.empty(m.shape)
        for group in self._groups:
            phi[group], slope[group] = self.pairs[group[0]].first(m[group], v[group])
        return phi, slope

    def square(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """Return <phi^2>, averaged over phases, from means of shape (P, n_phase) and variances (P,)."""
        return np.array(
            [float(np.mean(f.pair(m, v, m, v, v)[0])) for f, m, v in zip(self.pairs, mean, variance, strict=True)]
        )


def _shorter(pair: PairAverages) -> PairAverages:
    if not isinstance(pair, MehlerPairs):
        return pair
    less = [n for n in LENGTHS if n < pair.n_terms] or [LENGTHS[0]]
    return MehlerPairs(pair.nonlinearity, longest=less[-1])
