"""What a theory of several populations needs to know of a statement, as arrays over populations."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import FloatArray
from dmft.models.drives import Drive
from dmft.models.network import Network
from dmft.theories.axis import Populated
from dmft.theories.composed import check_complete, check_leaky, common_period, composed, total


@dataclass(frozen=True, eq=False)
class Blocks(Populated):
    """Populations as their theory sees them; P of them, rows are targets.

    tau_a x_i' = -x_i + h_a + theta_i + sum_j J_ij phi_b(x_j) + xi_i, i in a, j in b.

    Attributes
    ----------
    statement : the statement as it was given.
    network : the statement composed of parts.
    names : of the populations, "" for a single unnamed one.
    nonlinearities : phi_a, P of them.
    fractions : f_a, shape (P,).
    tau : time constants, shape (P,).
    bias : h_a, what is constant of the drives included, shape (P,).
    threshold_variance : s_a, variance over units of a constant input, shape (P,).
    gains : G_ab = g_ab^2, N times the variance of a coupling, shape (P, P).
    means : M_ab, N times the mean of a coupling, shape (P, P).
    drives : for each population its drives that are neither constant nor of no strength.
    discrete : whether time goes in steps.
    """

    statement: Any
    network: Network
    names: tuple[str, ...]
    nonlinearities: tuple[Any, ...]
    fractions: FloatArray
    tau: FloatArray
    bias: FloatArray
    threshold_variance: FloatArray
    gains: FloatArray
    means: FloatArray
    drives: tuple[tuple[Drive, ...], ...]
    discrete: bool

    def __len__(self) -> int:
        return len(self.names)

    def driven(self, strength: float) -> Blocks:
        """Return the populations under drives that are `strength` times as large; their statement stays."""
        return dataclasses.replace(
            self, drives=tuple(tuple(drive.scaled(strength) for drive in drives) for drives in self.drives)
        )

    @cached_property
    def K(self) -> FloatArray:
        """Variance of the input by sources, K_ab = G_ab f_b, shape (P, P)."""
        return self.gains * self.fractions

    @cached_property
    def A(self) -> FloatArray:
        """Mean of the input by sources, A_ab = M_ab f_b, shape (P, P)."""
        return self.means * self.fractions

    @cached_property
    def white(self) -> FloatArray:
        """Intensity sigma2_a of the private white noise, <xi xi'> = sigma2_a delta(t - t'), shape (P,)."""
        return np.array([sum(drive.white for drive in drives) for drives in self.drives], dtype=float)

    @property
    def noisy(self) -> bool:
        """Whether any population hears private noise."""
        return any(not (d.common or d.phased) for drives in self.drives for d in drives)

    @property
    def moved(self) -> bool:
        """Whether any population hears a drive that changes in time and is the same for all."""
        return any(d.common for drives in self.drives for d in drives)

    @property
    def phased(self) -> bool:
        """Whether any population hears a sinusoid of random phase."""
        return any(d.phased for drives in self.drives for d in drives)

    @cached_property
    def period(self) -> float | None:
        """Period of what depends on time; 0 if nothing does, None if it does not come back (`common_period`).

        Where nothing is heard, a drive of no strength may still state one.
        """
        return common_period(self._moving)

    @property
    def fastest(self) -> float:
        """Least period of a drive; 0 if nothing depends on time."""
        return min((drive.period or 0.0 for drive in self._moving if drive.common or drive.phased), default=0.0)

    @property
    def _moving(self) -> list[Drive]:
        heard = [drive for drives in self.drives for drive in drives]
        if heard:
            return heard
        inputs = [p.drive.terms for p in self.network.named.values() if p.drive is not None]
        return [term for terms in inputs for term in terms if not _still(term)]

    @cached_property
    def waves(self) -> tuple[tuple[Any, ...], ...]:
        """The sinusoids of random phase that each population hears."""
        return tuple(tuple(drive for drive in drives if drive.phased) for drives in self.drives)

    def common_input(self, times: ArrayLike) -> FloatArray:
        """Return what all units of a population hear, constant inputs included, shape (P, *times.shape)."""
        t = np.asarray(times, dtype=float)
        of = [sum((d.at(t) for d in drives if d.common), np.zeros(t.shape)) for drives in self.drives]
        return np.array([bias + inputs for bias, inputs in zip(self.bias, of, strict=True)])

    def filtered_colour(self, lags: ArrayLike) -> FloatArray:
        """Return the covariances of units that hear only their private Gaussian input, without its white noise, shape
        (P, n_lag)."""
        lag = np.asarray(lags, dtype=float)
        coloured = [[d for d in drives if not (d.common or d.phased or d.white)] for drives in self.drives]
        of = [
            sum((d.filtered(1.0 / tau, lag) for d in drives), np.zeros(lag.shape)) / tau**2
            for drives, tau in zip(coloured, self.tau, strict=True)
        ]
        return np.array(of)

    def private_covariance(self, lags: ArrayLike) -> FloatArray:
        """Return the covariances of the private Gaussian inputs, white noise left out, shape (P, n_lag)."""
        lag = np.asarray(lags, dtype=float)
        of = [sum((d.covariance(lag) for d in drives), np.zeros(lag.shape)) for drives in self.drives]
        return np.array(of)

    def spectrum(self, omega: ArrayLike) -> FloatArray:
        """Return the spectra of the private Gaussian inputs, white noise included, shape (P, n_omega)."""
        w = np.asarray(omega, dtype=float)
        return np.array([sum((d.spectrum(w) for d in drives), np.zeros(w.shape)) for drives in self.drives])


def blocks_of(statement: Any) -> Blocks:
    """Return the populations of a statement as arrays.

    Raises
    ------
    TypeError : for what is no statement of a network.
    ValueError : for couplings that a theory of populations does not know, populations of which some go in steps of
        time and some do not, or units that are filters.
    """
    if isinstance(statement, Blocks):
        return statement
    network = composed(statement)
    for population in network.named.values():
        check_leaky(population)
    tau = np.array([p.dynamics.tau for p in network.named.values()], dtype=float)
    return blocks_with(statement, network, tau)


def blocks_of_any(statement: Any) -> Blocks:
    """Return the populations of a statement whatever its units do, with time constants nan where they have none.

    Raises
    ------
    TypeError, ValueError : as `blocks_of`, but for filters.
    """
    network = composed(statement)
    units = [population.dynamics for population in network.named.values()]
    return blocks_with(statement, network, np.array([u.tau if u.first_order else np.nan for u in units], dtype=float))


def blocks_with(statement: Any, network: Network, tau: FloatArray) -> Blocks:
    """Return the populations of a composed network as arrays, with these time constants, shape (P,).

    Raises
    ------
    ValueError : as `blocks_of`, whatever the units do.
    """
    populations, couplings = tuple(network.named.values()), network.couplings
    n = len(populations)
    if couplings.plastic is not None and couplings.plastic.k != 0:
        raise ValueError("plastic couplings are solved for one population, without means and thresholds")
    if couplings.random is not None and couplings.random.symmetry:
        raise ValueError(
            f"symmetry must be 0 between populations, got {couplings.random.symmetry}: x hears its own past; leave it "
            "out, simulate the network (validation.simulate), or give one population without a name"
        )
    if len({population.dynamics.discrete for population in populations}) > 1:
        raise ValueError("either all populations are dmft.Map() or none is")
    drives = []
    for population in populations:
        terms = () if population.drive is None else population.drive.terms
        heard = tuple(term for term in terms if not (term.silent or _still(term)))
        for term in heard:
            check_complete(term)
        drives.append(heard)
    inputs = [() if p.drive is None else p.drive.terms for p in populations]
    gain = 0.0 if couplings.random is None else couplings.random.g
    mean, scale = (0.0, 1.0) if couplings.mean is None else (couplings.mean.strength, couplings.mean.scale)
    return Blocks(
        statement=statement,
        network=network,
        names=tuple(network.named),
        nonlinearities=tuple(p.nonlinearity for p in populations),
        fractions=np.array(network.fractions, dtype=float),
        tau=tau,
        bias=np.array([total([p.bias, *(term.constant for term in of)]) for p, of in zip(populations, inputs)]),
        threshold_variance=np.array([p.threshold_variance for p in populations], dtype=float),
        gains=np.broadcast_to(np.asarray(gain, dtype=float) ** 2, (n, n)).copy(),
        means=np.broadcast_to(np.asarray(mean, dtype=float) * scale, (n, n)).copy(),
        drives=tuple(drives),
        discrete=populations[0].dynamics.discrete,
    )


def _still(drive: Drive) -> bool:
    """Whether a drive is a constant, which is part of the bias."""
    return drive.common and drive.period == 0.0
