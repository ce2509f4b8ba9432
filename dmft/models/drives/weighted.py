"""A signal that each unit hears at a strength of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.checks import finite, integer, one_of
from dmft.models.drives.drive import Drive
from dmft.models.quantities import within


@dataclass(frozen=True)
class Weighted(Drive):
    """A signal along fixed random weights, amplitude w_i s(t), w_i independent of each other and of the couplings.

    Given its weight, a unit hears a function of time, which units of other weights hear at another size: theory takes
    a population as several, one for each node of a quadrature over w (`dmft.by_weight`).

    Parameters
    ----------
    signal : s, a drive that all units share: `Sinusoid`, `OfTime`, `Constant`.
    weights : law of w: "uniform" in (-1, 1), or "normal" of variance 1.
    amplitude : factor on all weights.

    Raises
    ------
    ValueError, TypeError : for a signal that is private, another law, or an amplitude that is not finite.
    """

    signal: Any
    weights: Literal["uniform", "normal"] = "uniform"
    amplitude: float = field(default=1.0, metadata=within(finite, "factor on the weights"))

    def check(self) -> None:
        """Refuse a signal that units do not share, and another law."""
        if not isinstance(self.signal, Drive) or len(self.signal.terms) != 1 or not self.signal.common:
            raise TypeError(
                f"signal must be one drive that all units share, such as Sinusoid or OfTime; got {self.signal!r}"
            )
        one_of("weights", self.weights, ("uniform", "normal"))

    @property
    def sized(self) -> bool:
        """Each unit hears it at a size of its own."""
        return True

    @property
    def period(self) -> float | None:
        """That of the signal."""
        period: float | None = self.signal.period
        return period

    @property
    def silent(self) -> bool:
        """Whether the amplitude or the signal is 0."""
        return self.amplitude == 0.0 or bool(self.signal.silent)

    def scaled(self, factor: float) -> Weighted:
        """Return a drive of amplitude factor times as large."""
        return replace(self, amplitude=factor * self.amplitude)

    def drawn(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw amplitude w_i for n units."""
        w = rng.uniform(-1.0, 1.0, n) if self.weights == "uniform" else rng.standard_normal(n)
        return self.amplitude * w

    def conditioned(self, nodes: int) -> list[tuple[float, Drive]]:
        """Return what units of a weight hear, and which part of the units they are, at the nodes of Gauss's rule."""
        n = integer("nodes", nodes, least=1)
        if self.weights == "uniform":
            w, part = np.polynomial.legendre.leggauss(n)
        else:
            w, part = np.polynomial.hermite_e.hermegauss(n)
        part = part / part.sum()
        return [(float(p), self.signal.scaled(self.amplitude * float(x))) for x, p in zip(w, part, strict=True)]
