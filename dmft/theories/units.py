"""What a theory of linear units needs to know of a statement: populations of filters, rows are targets.

x_i = H_a * (sum_j J_ij phi_b(x_j) + xi_i), i in a, j in b, H_a a stable and causal filter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.models.transfer import Transfer
from dmft.numerics.filtered_lags import LagGrid, covariance_of, exponential_filtered
from dmft.theories.blocks import Blocks, blocks_of_any
from dmft.theories.composed import composed

_ALIKE = 1e-12  # relative deviation of a covariance from an exponential


@dataclass(frozen=True, eq=False)
class Units:
    """Populations of linear units.

    Attributes
    ----------
    blocks : the populations as arrays; time constants are nan where a unit has none.
    transfers : H_a, P of them.
    """

    blocks: Blocks
    transfers: tuple[Transfer, ...]

    def __len__(self) -> int:
        return len(self.transfers)

    @property
    def K(self) -> FloatArray:
        """Variance of the input by sources, g_ab^2 f_b, shape (P, P)."""
        return self.blocks.K

    def size(self, s: Any) -> FloatArray:
        """Return |H_a(s)|^2, shape (P, *s.shape)."""
        return np.array([transfer.size(s) for transfer in self.transfers])

    def at(self, s: Any) -> ComplexArray:
        """Return H_a(s), shape (P, *s.shape)."""
        return np.array([transfer.at(s) for transfer in self.transfers])

    @cached_property
    def steady(self) -> FloatArray:
        """H_a(0), what a unit makes of a constant input, shape (P,)."""
        return np.array([float(transfer.at(0.0).real) for transfer in self.transfers])

    @property
    def abscissa(self) -> float:
        """The largest real part of all poles."""
        return max(transfer.abscissa for transfer in self.transfers)

    @cached_property
    def slopes(self) -> FloatArray:
        """phi_b'(0), shape (P,)."""
        return np.array([float(np.asarray(phi.derivative(np.zeros(1)))[0]) for phi in self.blocks.nonlinearities])

    @cached_property
    def wave(self) -> tuple[FloatArray, float] | None:
        """Amplitudes of what isolated units make of sinusoids of random phase, shape (P,), and their angular frequency;
        None without.

        Raises
        ------
        ValueError : for sinusoids of several frequencies, or more than one in a population.
        """
        waves = self.blocks.waves
        omegas = {drive.omega for drives in waves for drive in drives}
        if not omegas:
            return None
        if len(omegas) > 1 or max(map(len, waves)) > 1:
            raise ValueError(
                "under filters sinusoids of random phases are solved one in each population, all of one frequency; got "
                + ", ".join(repr(drive) for drives in waves for drive in drives)
            )
        omega = omegas.pop()
        sizes = np.sqrt(self.size(np.array([1j * omega])))[:, 0]
        return np.array([size * sum(d.amplitude for d in of) for size, of in zip(sizes, waves, strict=True)]), omega

    @property
    def turn(self) -> float:
        """Period of the sinusoids of random phase; 0 without."""
        return 0.0 if self.wave is None else 2.0 * math.pi / self.wave[1]

    @cached_property
    def own_noise(self) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Of each population its coloured private inputs as (variance, rate).

        Raises
        ------
        ValueError : for one whose covariance is no exponential.
        """
        found = []
        for drives in self.blocks.drives:
            coloured = [drive for drive in drives if not (drive.common or drive.phased or drive.white)]
            for drive in coloured:
                _check_exponential(drive)
            found.append(tuple((float(drive.covariance(0.0)), drive.rates[0]) for drive in coloured))
        return tuple(found)

    def input_covariance(self, grid: LagGrid) -> FloatArray:
        """Return the covariances of units that hear only their private noise, shape (P, n + 1)."""
        out = np.zeros((len(self), grid.n + 1))
        for a, transfer in enumerate(self.transfers):
            realisation = transfer.realisation()
            if self.blocks.white[a] > 0.0:
                out[a] += self.blocks.white[a] * covariance_of(realisation, grid)
            for variance, rate in self.own_noise[a]:
                out[a] += variance * exponential_filtered(realisation, rate, grid)
        return out

    def growth(self, gains: FloatArray, rate: float, omega: Any) -> FloatArray:
        """Return rho(gains_ab |H_b(rate + i w)|^2), shape of w: above 1 a perturbation grows faster than the rate."""
        sizes = self.size(rate + 1j * np.asarray(omega, dtype=float))
        if len(self) == 1:
            return np.asarray(gains[0, 0] * sizes[0])
        matrices = gains * np.moveaxis(sizes, 0, -1)[..., None, :]
        return np.asarray(np.max(np.abs(np.linalg.eigvals(matrices)), axis=-1))

    def fastest_growth(self, gains: FloatArray, rate: float) -> tuple[float, float]:
        """Return the largest of that over all frequencies, and where: on a grid around all poles, then refined."""
        from scipy.optimize import minimize_scalar

        poles = np.concatenate([np.abs(transfer.poles) for transfer in self.transfers])
        low, high = 1e-3 * float(poles.min()), 30.0 * float(poles.max())
        centres = np.concatenate([np.abs(transfer.poles.imag) for transfer in self.transfers])
        widths = np.concatenate([np.abs(transfer.poles.real - rate) for transfer in self.transfers]) + 1e-12
        around = [np.abs(w + d * np.sinh(np.linspace(-6.0, 6.0, 121))) for w, d in zip(centres, widths, strict=True)]
        omega = np.unique(np.concatenate([np.zeros(1), np.geomspace(low, high, 400), *around]))
        values = self.growth(gains, rate, omega)
        best = int(np.argmax(values))
        left, right = omega[max(best - 1, 0)], omega[min(best + 1, len(omega) - 1)]
        found = minimize_scalar(
            lambda w: -float(self.growth(gains, rate, w)),
            bounds=(left, right),
            method="bounded",
            options={"xatol": 1e-12},
        )
        if -float(found.fun) > values[best] * (1.0 + 1e-15):
            return -float(found.fun), float(found.x)
        return float(values[best]), float(omega[best])


def _check_exponential(drive: Any) -> None:
    if len(drive.rates) == 1:
        lags = np.array([0.0, 0.3, 1.0, 2.5]) / drive.rates[0]
        known = np.asarray(drive.covariance(lags), dtype=float)
        if np.all(np.abs(known - known[0] * np.exp(-lags * drive.rates[0])) <= _ALIKE * known[0]):
            return
    raise ValueError(f"of private noise filters know what is white or has an exponential covariance; got {drive!r}")


def units_of(statement: Any) -> Units:
    """Return the linear units of a statement.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for a network with units that are no filters, or with what the theory of filters does not know.
    """
    network = composed(statement)
    transfers = tuple(population.dynamics.transfer for population in network.named.values())
    blocks = blocks_of_any(statement)
    if network.couplings.low_rank is not None:
        raise ValueError("filters are solved without low-rank couplings; take dmft.Leaky() with them")
    return Units(blocks, transfers)


def has_filters(statement: Any) -> bool:
    """Whether a unit of a network is another filter than a leaky unit; in a reduction none is."""
    compose = getattr(statement, "compose", None)
    if not callable(compose) or isinstance(statement, type):
        return False
    return any(not population.dynamics.first_order for population in composed(statement).named.values())
