"""Spectrum of the Jacobian of several populations: the bulk, what is in it, and the eigenvalues outside of it.

The matrix (-delta_ij + J_ij phi_b'(x_j))/tau_a, i in a, j in b. Its bulk knows of x only the law of phi' in each
population, though J and x depend on one another; eigenvalues outside of the bulk come with the means of J, and with
what J has in common with phi'(x) (`dmft.theories.static_states`).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.arrays import ComplexArray, FloatArray
from dmft.cost import check_cost
from dmft.errors import answering
from dmft.models.checks import finite, integer, positive
from dmft.numerics.block_bulk import Bulk, bulk_of
from dmft.numerics.block_resolvent import Group
from dmft.numerics.gaussian.legendre import on_panels
from dmft.numerics.rightmost import at_edge
from dmft.observables.jacobian import as_dataset, spectrum_of
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.shown import Shown
from dmft.theories.static_states.equations import StaticEquations
from dmft.theories.static_states.solve import StaticState, mean_rates
from dmft.theories.stationary import StationarySolution
from dmft.theories.stationary.populations.process import PopulationProcess

if TYPE_CHECKING:
    import xarray

_ANGLES = 720  # on a circle, at which the edge of the support is looked for
_PANEL, _NODES, _OTHER_NODES = math.pi / 12.0, 12, 9
_CENTRED = 1e-9  # of a mean over the deviation, below which it is 0 by symmetry
_CONTOUR = 241  # points of a grid on a side


@dataclass(frozen=True, eq=False, repr=False)
class PopulationsSpectrum(Shown):
    """Eigenvalues of the Jacobian of several populations, in units of 1/tau.

    Attributes
    ----------
    names : of the populations.
    gains, fractions, tau : g_ab^2, f_a and tau_a.
    laws : for each population nodes and weights of the law of |phi'(x)|.
    outliers : eigenvalues outside of the bulk, of a state that does not move with what J has in common with phi'(x);
        None where that is not known (a state that moves around a mean).
    naive_outliers : what they would be if J and phi'(x) had nothing in common: the roots of
        det(1 + lambda tau - A <phi'>) that lie outside of the bulk.
    """

    names: tuple[str, ...]
    gains: FloatArray = field(repr=False)
    fractions: FloatArray
    tau: FloatArray
    laws: tuple[tuple[FloatArray, FloatArray], ...] = field(repr=False)
    outliers: ComplexArray | None = None
    naive_outliers: ComplexArray = field(default_factory=lambda: np.zeros(0, dtype=complex))

    def to_xarray(self) -> xarray.Dataset:
        """Return the laws of phi'(x), radius, abscissa and the eigenvalues outside of the bulk as a dataset."""
        slopes, weights = (np.concatenate([law[k] for law in self.laws]) for k in (0, 1))
        of = np.repeat(np.arange(len(self.laws)), [len(nodes) for nodes, _ in self.laws])
        law = {"slopes": ("node", slopes), "weights": ("node", weights), "population_of_node": ("node", of)}
        own = {"gains": (("population", "source"), self.gains), "fractions": ("population", self.fractions)}
        dataset = as_dataset(self, law | own | {"tau": ("population", self.tau)})
        return dataset.assign_coords(population=list(self.names), source=list(self.names))

    @property
    def abscissa(self) -> float:
        """Return the largest real part of the bulk; where that is reached is real."""
        return self.bulk.abscissa

    @property
    def radius(self) -> float:
        """Return sqrt(rho(K <phi'^2>)), 1 where the bulk touches the imaginary axis; for equal tau, tau times the
        radius of the disc that the bulk fills."""
        return self.bulk.radius

    def contains(self, z: ArrayLike) -> Any:
        """Whether points lie in the bulk: rho(K_ab <phi_b'^2>/|1 + z tau_b|^2) > 1."""
        points = np.asarray(z, dtype=complex)
        inside = self.bulk.contains(points.ravel())
        return bool(inside[0]) if points.ndim == 0 else inside.reshape(points.shape)

    def density(self, z: ArrayLike) -> Any:
        """Return the density of eigenvalues per unit area at points; single ones at -1/tau_a are not in it."""
        points = np.asarray(z, dtype=complex)
        flat = points.ravel()
        total = np.zeros(flat.size)
        for group in self.bulk.groups:
            w = 1.0 + np.multiply.outer(flat, group.tau)
            s = group.distances(flat)
            y, by_distance = group.inner(flat)
            at = np.flatnonzero(np.any(y != 0, axis=1))
            w, s, y = w[at], s[at], y[at]
            # dg/dconj(z): conj(w_b) and each |w_c|^2 in the averages depend on conj(z), by tau_b and tau_c w_c
            _, _, _, mean = group.averages(s, y)
            bottom = 1.0 / (s[..., None] + y[..., None] * group.squares)
            by_s, by_y = -np.sum(group.weights * bottom**2, -1), -np.sum(group.weights * group.squares * bottom**2, -1)
            moved = y * np.einsum("zbc,zc->zb", by_distance[at], group.tau * w)
            change = group.tau * mean + w.conj() * (by_s * group.tau * w + by_y * moved)
            total[at] += np.real(change @ (group.fractions * group.tau)) / math.pi
        total = np.maximum(total, 0.0)
        return float(total[0]) if points.ndim == 0 else total.reshape(points.shape)

    def resolvent(self, z: ArrayLike) -> Any:
        """Return the mean g(z) of 1/(z - eigenvalue) over the bulk; inside of it no analytic function."""
        points = np.asarray(z, dtype=complex)
        flat = points.ravel()
        with np.errstate(divide="ignore", invalid="ignore"):
            total = (1.0 / (1.0 + np.multiply.outer(flat, self.tau))) @ (self.fractions * self.tau + 0j)
            for group in self.bulk.groups:
                y, _ = group.inner(flat)
                at = np.flatnonzero(np.any(y != 0, axis=1))
                w, s = 1.0 + np.multiply.outer(flat[at], group.tau), group.distances(flat[at])
                mean = group.averages(s, y[at])[3]
                known = group.weights.sum(axis=1)
                total[at] += (w.conj() * mean - known / w) @ (group.fractions * group.tau)
        return complex(total[0]) if points.ndim == 0 else total.reshape(points.shape)

    def fraction(self, centre: complex, radius: float) -> float:
        """Return the fraction of eigenvalues in a disc, (1/2 pi i) of the integral of the resolvent around it."""
        radius = positive("radius", radius)
        middle = complex(finite("the real part of centre", complex(centre).real), complex(centre).imag)
        return self._around(middle, radius, _NODES)

    def fraction_error(self, centre: complex, radius: float) -> float:
        """Return how far the fraction is from that by another rule."""
        middle = complex(centre)
        return abs(self._around(middle, radius, _NODES) - self._around(middle, radius, _OTHER_NODES))

    def cdf(self, r: ArrayLike) -> Any:
        """Return the fraction of eigenvalues within the distance r of -1/tau, for equal time constants.

        Raises
        ------
        ValueError : for unequal ones: ask for the `fraction` in a disc.
        """
        tau = float(self.tau[0])
        if np.any(self.tau != tau):
            raise ValueError(f"the bulk is no disc at unequal time constants {self.tau.tolist()}: ask for fraction()")
        radii = np.asarray(r, dtype=float)
        if np.any(radii < 0):
            raise ValueError(f"r must not be negative, got {radii.min()}")
        flat = np.maximum(radii.ravel(), 1e-60 / tau)
        inside = np.real(self.resolvent(-1.0 / tau + flat + 0j) * flat)
        silent = 1.0 - sum(float(g.fractions @ g.weights.sum(axis=1)) for g in self.bulk.groups)
        inside = np.where(radii.ravel() > 0, inside, silent)
        return float(inside[0]) if radii.ndim == 0 else inside.reshape(radii.shape)

    def contour(self, resolution: int = _CONTOUR) -> list[ComplexArray]:
        """Return the edge of the bulk as closed curves, on a grid of `resolution` points a side, each at the edge."""
        from contourpy import contour_generator

        integer("resolution", resolution, least=8)
        check_cost("a contour", memory=200.0 * resolution**2, remedy="take a smaller resolution")
        curves: list[ComplexArray] = []
        for group in self.bulk.groups:
            right = group.edge
            reach = max(abs(right + 1.0 / tau) for tau in group.tau) + 1e-12
            left = -1.0 / float(group.tau.min()) - reach
            top = max(reach, 0.5 * (right - left))
            x = np.linspace(left - 0.05 * top, right + 0.05 * top, resolution)
            y = np.linspace(-1.05 * top, 1.05 * top, resolution)
            z = x + 1j * y[:, None]
            height = -np.log(np.maximum(group.growth(z.ravel()), 1e-300)).reshape(z.shape)
            for line in contour_generator(x, y, height).lines(0.0):
                points = np.asarray(line)
                curves.append(at_edge(group.growth, np.asarray(points[:, 0] + 1j * points[:, 1], dtype=complex)))
        return curves

    def sample(self, n: int, seed: int | np.random.SeedSequence) -> ComplexArray:
        """Return the n eigenvalues of one matrix of these laws, J of mean 0 and independent of phi': the bulk.

        Cost O(n^3).
        """
        integer("n", n, least=2)
        check_cost(
            f"the eigenvalues of {n} units", seconds=2e-9 * float(n) ** 3, memory=40.0 * n * n, remedy="take fewer"
        )
        rng = np.random.default_rng(seed)
        ends = np.rint(n * np.cumsum(self.fractions)).astype(int)
        of = np.searchsorted(ends, np.arange(n), side="right").clip(max=len(self.tau) - 1)
        slopes = np.empty(n)
        for a, (nodes, weights) in enumerate(self.laws):
            here = of == a
            slopes[here] = rng.choice(nodes, size=int(here.sum()), p=weights / weights.sum())
        couplings = rng.standard_normal((n, n)) * np.sqrt(self.gains[np.ix_(of, of)] / n)
        matrix = (couplings * slopes - np.eye(n)) / self.tau[of][:, None]
        return np.asarray(np.linalg.eigvals(matrix), dtype=complex)

    @cached_property
    def bulk(self) -> Bulk:
        """Where the bulk lies."""
        return bulk_of(self.gains, self.fractions, self.tau, self.laws)

    def _around(self, centre: complex, radius: float, nodes: int) -> float:
        cuts = np.linspace(0.0, 2.0 * math.pi, round(2.0 * math.pi / _PANEL) + 1)
        edges = [cuts, *(_crossings(group, centre, radius) for group in self.bulk.groups)]
        theta, weights = (x.ravel() for x in on_panels(*_intervals(np.concatenate(edges)), nodes))
        turn = np.exp(1j * theta)
        return float(np.real(weights @ (self.resolvent(centre + radius * turn) * radius * turn)) / (2.0 * math.pi))


def _crossings(group: Group, centre: complex, radius: float) -> FloatArray:
    """Return the angles at which a circle meets the edge of the bulk."""
    theta = np.linspace(0.0, 2.0 * math.pi, _ANGLES + 1)
    height = group.growth(centre + radius * np.exp(1j * theta)) - 1.0
    at = np.flatnonzero(height[:-1] * height[1:] < 0.0)
    low, high, sign = theta[at], theta[at + 1], np.sign(height[at])
    for _ in range(50 if len(at) else 0):
        middle = 0.5 * (low + high)
        same = np.sign(group.growth(centre + radius * np.exp(1j * middle)) - 1.0) == sign
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 0.5 * (low + high)


def _intervals(edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    unique = np.unique(edges)
    return unique[:-1], unique[1:]


@spectrum_of.register
@answering
def _(process: PopulationProcess, solution: StationarySolution) -> PopulationsSpectrum:
    if solution.state == "none":
        raise ValueError(f"the solution has no state to linearise: {solution.convergence.message}")
    blocks, m, c0 = blocks_of(solution.network), process.means, process.covariance[0]
    return spectrum_at(blocks, m, c0, still=bool(np.all(process.covariance == c0)))


def spectrum_at(blocks: Blocks, m: FloatArray, c0: FloatArray, *, still: bool) -> PopulationsSpectrum:
    """Return the spectrum at means and variances of x, shape (P,); `still` where nothing moves."""
    equations = StaticEquations(blocks)
    spectrum = PopulationsSpectrum(
        blocks.names, blocks.gains, blocks.fractions, blocks.tau, equations.averages.slopes(m, c0)
    )
    naive = spectrum.bulk.outside(mean_rates(blocks, equations.moments(np.concatenate([m, c0])[None]).slope[0]))
    outliers = None
    if still:
        outliers = StaticState(equations, m, c0, 0, 0.0).outliers
    elif equations.odd and not np.any(np.abs(m) > _CENTRED * np.sqrt(c0)):
        outliers = naive  # <phi phi'> and <phi''> are 0: the means go their own way
    return dataclasses.replace(spectrum, outliers=outliers, naive_outliers=naive)
