"""The well of -d^2 + 1 - g^2 <phi' phi'>, whose lowest even level is the Lyapunov exponent of a state that moves."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import AccuracyWarning
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.centred.fast_drive import RippledCorrelation, effective_slope
from dmft.theories.stationary.centred.verification import lost

_LEVEL_ERROR = 1e-12  # error of the ground level that the finite window may make
_ZERO_MODE = 1e-7
_ROUNDING = 2e-12  # of levels: 4e-13 by the kernels of one processor, 1.5e-12 by those of another
_LONGEST = 1e9  # window
_MOST_ELEMENTS = 4000


class Well:
    """The potential 1 - g^2 <phi' phi'>(lag) of a solution, and meshes that resolve it."""

    def __init__(self, solution: StationarySolution) -> None:
        self._solution = solution
        self._gain = solution.reduction.g
        correlation, wave = solution.process.correlation, solution.reduction.wave
        self._ripple = correlation if isinstance(correlation, RippledCorrelation) else None
        #: Half a period of the drive, where the mesh must know it; else 0.
        self.half_period = 0.5 / wave.frequency if wave is not None and self._ripple is None else 0.0

    def potential(self, lags: Any) -> FloatArray:
        """Return the potential; what oscillates fast in it is replaced by its effect."""
        t = np.asarray(lags, dtype=float)
        if self._ripple is None:
            slope = self._solution.corr_slope_at(t)
        else:
            site = self._solution.process.averages
            slope = effective_slope(self._ripple, site, self._gain, t.ravel()).reshape(t.shape)
        return np.asarray(1.0 - self._gain**2 * slope, dtype=float)

    def mesh(self, longer: float) -> HalfLine:
        """Return a mesh that reaches `longer` times as far as correlations take to decay."""
        solution = self._solution
        end = min(longer * 36.0 / solution.decay_rate, _LONGEST)
        # The potential is as steep as it is deep: its scale near 0 is 1/(1 + g^2 <phi'^2>).
        fine = min(0.05, 0.2 / (1.0 + self._gain**2 * solution.mean_square_slope))
        if self.half_period == 0.0:
            return HalfLine(graded_edges(fine, 4.0 * longer / solution.decay_rate, end))
        half, element = self.half_period, self.element
        cells = max(1, math.ceil(end / half * (1.0 - 1e-9)))
        cells = min(cells, max(1, int(_MOST_ELEMENTS * element / half)))
        first = graded_edges(min(fine, element), element, half)
        later = half + element * np.arange(1, round((cells - 1) * half / element) + 1)
        return HalfLine(np.concatenate([first, later]))

    @property
    def element(self) -> float:
        """Length of elements that resolve <phi' phi'> while x sweeps through the steep part of phi."""
        correlation = self._solution.process.correlation
        known = getattr(correlation, "mesh", None)
        if known is None or len(known.edges) < 2:
            return self.half_period
        last = known.edges[known.edges >= known.length - self.half_period * (1.0 + 1e-9)]
        finest = float(np.min(np.diff(last))) if len(last) > 1 else self.half_period
        return self.half_period / math.ceil(self.half_period / finest * (1.0 - 1e-9))

    def error(self, level: float) -> float:
        """Return a bound on the error of the ground level: halved elements, a longer window, and the averages."""
        gain2 = self._gain**2
        mesh = self.mesh(1.0)
        finer, _ = mesh.split().lowest(self.potential(mesh.split().nodes))
        _, slope = lost(self._solution.process.averages)
        averages = gain2 * self._solution.mean_square_slope * slope
        convergence = self._solution.convergence
        state = convergence.error if math.isfinite(convergence.error) else convergence.residual
        rounding = _ROUNDING * max(1.0, abs(level))
        ripple = 0.0
        if self._ripple is not None:  # what is of higher order in 1/w
            ripple = (gain2 * self._solution.mean_square_slope) ** 2 * max(1.0, abs(level)) / self._ripple.omega**4
        depth = abs(1.0 - level)
        return 2.0 * abs(finer - level) + averages + state * depth + rounding + ripple


def ground_level(solution: StationarySolution, well: Well) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """Return the lowest even level, on elements and a window that resolve it, and the levels on the way."""
    history: list[tuple[float, ...]] = []
    longer, reached = 1.0, 0.0
    for _ in range(5):
        mesh = well.mesh(longer)
        if mesh.length <= reached:
            break
        reached = mesh.length
        potential = well.potential(mesh.nodes)
        level, _ = mesh.lowest(potential)
        history.append((level,))
        edge = _continuum(well, mesh, float(potential[-1]))
        depth = edge - level
        rate = math.sqrt(max(depth, 0.0))
        if depth < 1e-13 * max(1.0, abs(level)):
            # Nothing is bound (a constant potential, or a periodic one whose transient repels): the edge is the answer.
            return min(level, edge), tuple(history)
        # The end of the window shifts the level by about 4 depth exp(-2 rate T).
        enough = 0.5 * math.log(max(4.0 * depth / (_LEVEL_ERROR * max(1.0, abs(level))), 1.0))
        if rate * mesh.length >= enough:
            break
        longer *= min(max(1.2 * enough / (rate * mesh.length), 1.3), 8.0)
    if solution.state == "chaotic":
        zero, _ = mesh.lowest(potential, odd=True)
        history.append((level, zero))
        if abs(zero) > _ZERO_MODE * max(1.0, abs(float(potential[0]))):
            warnings.warn(
                f"the zero mode of the chaotic state lies at {zero:.1e} instead of 0; the exponent is about that wrong",
                AccuracyWarning,
                stacklevel=4,
            )
    return level, tuple(history)


def _continuum(well: Well, mesh: HalfLine, last: float) -> float:
    """Return the lower edge of the continuum: the limit of the potential, or its band if it stays periodic."""
    half = well.half_period
    if half == 0.0:
        return last
    first = int(np.searchsorted(mesh.edges, mesh.length - half * (1.0 + 1e-9)))
    cell = HalfLine(mesh.edges[first:] - mesh.edges[first])
    return cell.lowest(well.potential(mesh.edges[first] + cell.nodes))[0]
