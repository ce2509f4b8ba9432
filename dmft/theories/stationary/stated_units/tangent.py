"""Small perturbations of sampled units: the tangent process, and how fast it grows.

Beside its states s a unit has perturbations u, du/dt = F_s u + F_eta delta - rate u, and sends grad o . u; delta is
Gaussian, independent of the fields (its sign is free), of covariance g_k^2 <(grad o_k . u)(t) (grad o_k . u)(t')>. That
is another unit of 2 d states and 2 K fields, and a linear map of covariances: where its largest eigenvalue is 1, the
rate is the largest Lyapunov exponent.
"""

from __future__ import annotations

import ast

import numpy as np
from scipy.fft import rfft

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.models.expressions.canonical import canonical
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Marcher
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.sampler import SECONDS, UnitMap

_BLOCK = 64
_RATE = "rateofgrowth"
_ENOUGH = 2e-3  # change of the logarithm of the growth in a sweep at which the shape of perturbations has settled
_MOST = 25  # sweeps


class Perturbations:
    """Perturbations of one set of paths, whose random numbers are held fixed.

    Parameters
    ----------
    units, grid : of the state.
    state : correlations of its outputs at the kept lags, one after the other.
    n_paths, sequence : of the paths.
    """

    def __init__(
        self,
        units: StatedUnits,
        grid: PeriodicGrid,
        state: FloatArray,
        n_paths: int,
        sequence: np.random.SeedSequence,
    ) -> None:
        self._units, self._grid = units, grid
        equations = units.equations
        first, second = sequence.spawn(2)
        spectra = UnitMap(units, grid, len(equations.fields) + 2, first).spectra(state)
        n_fields = len(equations.fields)
        rng = np.random.default_rng(second)
        self._columns = Columns(grid, 2 * n_fields, n_paths, rng, wide=units.noisy)
        self._heard = self._columns.amplitude(spectra)
        self.kappa = np.array([np.exp(-np.square(grid.lags / 2.0))] * units.n_outputs)
        self._parts = tangent_parts(units)

    def growth(self, rate: float) -> float:
        """Return the largest eigenvalue at a rate, by sweeps that begin with the shape that the last rate had."""
        old = np.inf
        for _ in range(_MOST):
            new = self._sweep(rate)
            if not np.isfinite(new) or abs(np.log(new / old)) < _ENOUGH:
                return new
            old = new
        return old

    def _sweep(self, rate: float) -> float:
        """Map the covariances of what is sent once, leave them of size 1, and return by how much they have grown."""
        units, grid, columns = self._units, self._grid, self._columns
        spend(3.0 * SECONDS * columns.n_paths * grid.n_steps)
        spectra = np.zeros((len(units.gains), self._heard.shape[1]))
        for k, which in enumerate(units.carried):
            spectra[k, : grid.n_omega] = units.gains[k] ** 2 * grid.spectrum(self.kappa[which])
        amplitude = np.concatenate([self._heard, columns.amplitude(spectra)])
        states, fields, flow, outputs = self._parts
        march = Marcher(states, fields, flow, outputs, {**units.equations.parameters, _RATE: rate})
        power = np.zeros((units.n_outputs, grid.n_omega))
        for start in range(0, columns.n_paths, _BLOCK):
            eta = columns.fields(amplitude, slice(start, min(start + _BLOCK, columns.n_paths)))
            found = march(eta, np.zeros((len(states), eta.shape[2])), grid.step, grid.n_steps // 4)
            sent = found[1:]
            if units.nonlinearity is not None:
                sent = units.nonlinearity.derivative(found[:1]) * sent
            power += np.sum(np.abs(rfft(np.swapaxes(sent, 1, 2), axis=-1)) ** 2, axis=1)
        scale = grid.step / (grid.n_steps * columns.n_paths)
        new = np.array([grid.tapered(grid.correlation(part * scale)) for part in power])
        weights = np.bincount(units.carried, units.gains**2, units.n_outputs)
        before, after = (float(weights @ part[:, 0]) for part in (self.kappa, new))
        self.kappa = new / after
        return after / before


def tangent_parts(
    units: StatedUnits,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[ast.expr, ...], tuple[ast.expr, ...]]:
    """Return states, fields, flow and what is sent of a unit with its perturbations.

    Where the output is phi of the first state, what is sent is the perturbation of that, before the slope of phi.
    """
    equations = units.equations
    taken = {*equations.variables, *equations.parameters}
    suffix = "tangent"
    while any(name + suffix in taken for name in taken):
        suffix += "t"
    tangents = [ast.Name(name + suffix) for name in equations.states]
    deltas = [ast.Name(name + suffix) for name in equations.fields]
    flow = []
    for k, tangent in enumerate(tangents):
        whole = _sum(
            [*zip(equations.by_state[k], tangents, strict=True), *zip(equations.by_field[k], deltas, strict=True)]
        )
        flow.append(canonical(ast.BinOp(whole, ast.Sub(), ast.BinOp(ast.Name(_RATE), ast.Mult(), tangent))))
    sent: list[ast.expr] = [tangents[0]]
    if units.nonlinearity is None:
        rows = [equations.output_slopes[units.carried.index(k)] for k in range(units.n_outputs)]
        sent = [canonical(_sum([*zip(row, tangents, strict=True)])) for row in rows]
    states = (*equations.states, *(name.id for name in tangents))
    fields = (*equations.fields, *(name.id for name in deltas))
    return states, fields, (*equations.flow, *flow), tuple(sent)


def _sum(products: list[tuple[ast.expr, ast.Name]]) -> ast.expr:
    whole: ast.expr = ast.Constant(0)
    for slope, name in products:
        whole = ast.BinOp(whole, ast.Add(), ast.BinOp(slope, ast.Mult(), name))
    return whole
