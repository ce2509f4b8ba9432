"""What paths of one population hear beside the couplings: known before the march, at steps and half steps."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.theories.stated_site import Site

_ROUNDING = 1e-12
_MATCHED = 0.25  # independent numbers a path, up to which noise is matched


class Inputs:
    """Inputs of m paths from t = 0 to n steps later.

    Parameters
    ----------
    site : whose inputs they are.
    step, n_steps : of the march.
    n_paths : m.
    generator : of the random numbers.
    thresholds : constant input of each path, standardised, shape (m,).

    Attributes
    ----------
    w : what white noise makes, at half steps, shape (2 n + 1, m); None without.
    """

    def __init__(
        self,
        site: Site,
        step: float,
        n_steps: int,
        n_paths: int,
        generator: np.random.Generator,
        thresholds: FloatArray,
    ) -> None:
        self._times = 0.5 * step * np.arange(2 * n_steps + 1, dtype=float)
        common = [drive for drive in site.moving if drive.common]
        self._common = sum((np.asarray(drive.at(self._times)) for drive in common), np.zeros(len(self._times)))
        self._still = site.bias + np.sqrt(site.threshold_variance) * thresholds
        waves: list[Any] = [drive for drive in site.moving if drive.phased]
        self._waves = [
            (drive, 2.0 * np.pi * generator.permutation((np.arange(n_paths) + generator.random()) / n_paths))
            for drive in waves
        ]
        self._noise = _drawn(site.drives, self._times, n_paths, generator) if site.drives else None
        self.w = _drawn((), self._times, n_paths, generator, site) if site.white else None

    def at(self, half: int) -> FloatArray:
        """Return what the first field holds of them after some half steps, shape (m,)."""
        heard = self._still + self._common[half]
        for drive, phases in self._waves:
            heard = heard + drive.amplitude * np.sin(drive.omega * self._times[half] + phases)
        return heard if self._noise is None else np.asarray(heard + self._noise[half])


def _drawn(
    drives: tuple[Any, ...], times: FloatArray, n_paths: int, generator: np.random.Generator, white: Site | None = None
) -> FloatArray:
    """Return paths of the sum of private inputs, or of the process that white noise makes, shape (n, m); of mean 0."""
    factor = _factor(drives, white, float(times[1] - times[0]), len(times))
    drawn = generator.standard_normal((len(times), n_paths))
    drawn -= drawn.mean(axis=1, keepdims=True)
    if len(times) <= _MATCHED * n_paths:  # of exactly the covariance that it should have, over these paths
        drawn = np.linalg.solve(np.linalg.cholesky(drawn @ drawn.T / n_paths), drawn)
    return np.asarray(factor @ drawn)


@lru_cache(maxsize=4)
def _factor(drives: tuple[Any, ...], white: Site | None, step: float, n: int) -> FloatArray:
    from scipy.linalg import toeplitz

    lags = step * np.arange(n, dtype=float)
    if white is not None:
        covariance = white.white_covariance(lags)
    else:
        covariance = np.asarray(sum((np.asarray(drive.covariance(lags)) for drive in drives), np.zeros(n)))
    covariance[0] *= 1.0 + _ROUNDING
    return np.asarray(np.linalg.cholesky(toeplitz(covariance)))
