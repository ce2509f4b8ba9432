"""The question of a stationary theory, and how an outcome of any route becomes a solution."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.nonlinearity import is_odd
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.spectral_elements import HalfLine
from dmft.theories.reduction import Reduction
from dmft.theories.stationary.centred.lag_averages import LagAverages, RestingAverages, gaussian_site
from dmft.theories.stationary.centred.process import CentredProcess
from dmft.theories.stationary.centred.smoothed_phases import phase_site
from dmft.theories.stationary.solution import StationarySolution

REACH = 36.0  # T kappa: what decays like exp(-kappa lag) is 2e-16 at the end of the window
_BEYOND = 40.0  # and gone here; where nothing decays, at no lag
_N_LAGS = 401


@dataclass(frozen=True)
class Problem:
    """The question and the settings that every outcome carries."""

    network: Reduction
    grid: FloatArray | None
    settings: Mapping[str, Any]

    @property
    def intensity(self) -> float:
        """Intensity of the white noise."""
        return self.network.intensity

    def single_sites(self, rough: bool = False) -> Callable[[float], LagAverages]:
        """Return the function variance -> single site; it remembers which sizes of tables sufficed.

        With `rough` sites that are costly are made by small tables, for the first steps of a search.
        """
        nonlinearity, wave = self.network.nonlinearity, self.network.wave
        if wave is None:
            return lambda variance: gaussian_site(nonlinearity, variance)
        last: list[Any] = []

        def site_at(variance: float) -> LagAverages:
            if not last or last[0].variance != variance:
                last[:] = [last[0].at(variance) if last else phase_site(nonlinearity, wave, variance, rough=rough)]
            site: LagAverages = last[0]
            return site

        return site_at

    def solution(
        self,
        correlation: Callable[[ArrayLike], FloatArray],
        site: LagAverages,
        convergence: Convergence,
        *,
        state: str,
        decay_rate: float,
        others: int | None = None,
    ) -> StationarySolution:
        """Return the solution with its arrays on the grid of the problem."""
        lags = self.grid
        if lags is None:
            lags = np.linspace(0.0, max(20.0, 24.0 / decay_rate), _N_LAGS)
        process = CentredProcess(correlation, site)
        return StationarySolution(
            network=self.network.statement,
            convergence=convergence,
            settings=self.settings,
            lags=lags,
            corr_x=process.corr_x(None, lags),
            corr_phi=process.corr_phi(None, lags),
            corr_slope=process.corr_slope(None, lags),
            mean_phi=site.mean,
            mean_slope=site.mean_slope,
            mean_square_slope=site.mean_square_slope,
            variance=site.variance,
            static_variance=self._frozen(correlation, decay_rate),
            decay_rate=decay_rate,
            state=state,
            others=others,
            process=process,
        )

    def _frozen(self, correlation: Callable[[ArrayLike], FloatArray], decay_rate: float) -> float:
        """Return C(inf): 0 for odd phi in motion; nan under a sinusoid, where C oscillates for ever."""
        if self.network.waves:
            return math.nan
        if math.isfinite(decay_rate) and is_odd(self.network.nonlinearity):
            return 0.0
        return float(correlation(_BEYOND / decay_rate))

    def failed(self, status: Status, detail: str) -> StationarySolution:
        """Return a solution that holds nothing but the reason."""
        nothing = RestingAverages(math.nan, math.nan, math.nan, math.nan)
        outcome = Convergence(status, math.nan, 0, (), detail)
        held = self.solution(ConstantCorrelation(math.nan), nothing, outcome, state="none", decay_rate=math.inf)
        return replace(held, mean_x=math.nan)


@dataclass(frozen=True)
class ConstantCorrelation:
    """A correlation function that does not depend on the lag."""

    value: float

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return C at these lags."""
        return np.full(np.shape(lags), self.value)


@dataclass(frozen=True, eq=False)
class MeshCorrelation:
    """A correlation function known on a mesh; beyond its end it has reached its limit, of half period `fold`."""

    mesh: HalfLine
    values: FloatArray
    fold: float = 0.0

    def __call__(self, lags: ArrayLike) -> FloatArray:
        """Return C at these lags."""
        t = np.abs(np.asarray(lags, dtype=float))
        end = self.mesh.length
        if self.fold > 0:  # periodic limit, even about the end of the window
            beyond = np.mod(t - end, 2.0 * self.fold)
            t = np.where(t > end, end - np.minimum(beyond, 2.0 * self.fold - beyond), t)
        return self.mesh.interpolate(self.values, t)


def moving_phase(network: Reduction, mesh: HalfLine, slope: FloatArray) -> str:
    """Return the state's name: chaotic where -d^2 + 1 - g^2 <phi' phi'> has a negative eigenvalue."""
    stable = mesh.is_positive(1.0 - network.g**2 * slope)
    return "driven, stable" if stable else "driven, chaotic"
