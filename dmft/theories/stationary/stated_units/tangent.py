"""Small perturbations of sampled units: the tangent process, and how fast it grows.

Beside its states s a unit has perturbations u, du/dt = F_s u + F_eta delta - rate u, and sends grad o . u; delta is
Gaussian, independent of the fields (its sign is free), of covariance g_k^2 <(grad o_k . u)(t) (grad o_k . u)(t')>. That
is another unit of 2 d states and 2 K fields, and a linear map of covariances: where its largest eigenvalue is 1, the
rate is the largest Lyapunov exponent.
"""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
from scipy.fft import rfft

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.models.expressions.canonical import canonical
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Fields, Marcher
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.heard import fields_of
from dmft.theories.stationary.stated_units.paths import SECONDS
from dmft.theories.stationary.stated_units.state import parts_of

_RATE = "rateofgrowth"
_ENOUGH = 5e-4  # change of the logarithm of the growth in a sweep at which the shape of perturbations has settled
_MOST = 40  # sweeps
_SHORTER = 0.5  # part of the kept lags from which the taper of the shorter window leads to zero


class Perturbations:
    """Perturbations of one set of paths, whose random numbers are held fixed.

    Parameters
    ----------
    units, grid : of the state.
    state : what is kept of its outputs (`dmft.theories.stationary.stated_units.state`).
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
        parts = parts_of(state, units, grid)
        units = units.with_response(parts.memory)
        self._units, self._grid = units, grid
        self._lags = grid  # with the taper of perturbations, which may be another than that of the state
        self._sites = [
            _Perturbed(site, fields, grid, n_paths, child, frozen=not units.centred)
            for site, fields, child in fields_of(units, grid, state, sequence)
        ]
        self.kappa = np.array([np.exp(-np.square(grid.lags / 2.0))] * len(units.outputs))

    def growth(self, rate: float) -> float:
        """Return the largest eigenvalue at a rate, by sweeps that begin with the shape that the last rate had."""
        old = self._sweep(rate)
        for _ in range(_MOST):
            new = self._sweep(rate)
            if not np.isfinite(new) or abs(np.log(new / old)) < _ENOUGH:
                return new
            old = new
        return old

    def growth_of_shorter(self, rate: float) -> float:
        """Return the largest eigenvalue of perturbations that are led to zero earlier, and stay so.

        At half height the taper ends at 3/4 of the lags in place of 7/8. What fills a window grows less by 1/window^2:
        an endless one is at most 1/((7/6)^2 - 1) = 2.8 times as far as the shorter one.
        """
        self._lags = replace(self._grid, kept=_SHORTER)
        return self.growth(rate)

    def _sweep(self, rate: float) -> float:
        """Map the covariances of what is sent once, leave them of size 1, and return by how much they have grown."""
        units, grid = self._units, self._lags
        spectra = np.array([grid.spectrum(part) for part in self.kappa])
        powers = [perturbed.power(units.mixing[p] @ spectra, rate) for p, perturbed in enumerate(self._sites)]
        new = np.array([grid.tapered(grid.correlation(part)) for part in np.concatenate(powers)])
        weights = units.mixing.sum(axis=(0, 1))
        before, after = (float(weights @ part[:, 0]) for part in (self.kappa, new))
        self.kappa = new / after
        return after / before


class _Perturbed:
    """Paths of one population with their perturbations, in fields of the state."""

    def __init__(
        self,
        site: Site,
        state: Fields,
        grid: PeriodicGrid,
        n_paths: int,
        sequence: np.random.SeedSequence,
        *,
        frozen: bool,
    ) -> None:
        self._site, self._grid, self._state = site, grid, state
        n_fields = len(site.fields) + len(site.equations.fields)
        rng = np.random.default_rng(sequence)
        bins = state.columns.bins
        self._columns = Columns(grid, n_fields, n_paths, rng, wide=site.noisy, frozen=frozen, bins=bins)
        self._parts = tangent_parts(site)

    def power(self, spectra: FloatArray, rate: float) -> FloatArray:
        """Return the spectra of what perturbations send that hear such spectra, shape (K', n_omega)."""
        site, grid, columns, state = self._site, self._grid, self._columns, self._state
        spend(3.0 * SECONDS * columns.n_paths * grid.n_steps)
        padded = np.zeros((len(spectra), state.amplitude.shape[1]))
        padded[:, : grid.n_omega] = spectra
        none, still = np.zeros(len(spectra)), np.zeros((len(spectra), len(columns.bins)))
        turns = [np.broadcast_to(part, (len(state.mean), len(columns.bins))) for part in (state.waves, state.turning)]
        fields = Fields(
            columns,
            np.concatenate([state.amplitude, columns.amplitude(padded)]),
            np.concatenate([state.mean, none]),
            np.concatenate([state.deviation, none]),
            waves=np.concatenate([turns[0], still]),
            turning=np.concatenate([turns[1], still]),
        )
        states, names, flow, sent = self._parts
        march = Marcher(states, names, flow, sent, {**site.equations.parameters, _RATE: rate})
        power = np.zeros((site.n_outputs, grid.n_omega))
        for block in columns.blocks:
            start = np.zeros((len(states), block.stop - block.start))
            found = march(fields.block(block), start, grid.step, grid.n_steps // 4)
            if site.nonlinearity is not None:
                found = site.nonlinearity.derivative(found[:1]) * found[1:]
            power += np.sum(np.abs(rfft(np.swapaxes(found, 1, 2), axis=-1)) ** 2, axis=1)
        return power * (grid.step / (grid.n_steps * columns.n_paths))


def tangent_parts(
    site: Site,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[ast.expr, ...], tuple[ast.expr, ...]]:
    """Return states, fields, flow and what is recorded of a unit with its perturbations.

    That is what they send; where the output is phi of the first state, that state and its perturbation.
    """
    equations = site.equations
    taken = {*equations.variables, *equations.parameters, *site.fields}
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
        flow.append(site.heard(canonical(ast.BinOp(whole, ast.Sub(), ast.BinOp(ast.Name(_RATE), ast.Mult(), tangent)))))
    sent: list[ast.expr] = [site.recorded[0], tangents[0]]
    if site.nonlinearity is None:
        rows = [equations.output_slopes[site.carried.index(k)] for k in range(site.n_outputs)]
        sent = [site.heard(canonical(_sum([*zip(row, tangents, strict=True)]))) for row in rows]
    states = (*equations.states, *(name.id for name in tangents))
    fields = (*site.fields, *(name.id for name in deltas))
    return states, fields, (*site.flow, *flow), tuple(sent)


def _sum(products: list[tuple[ast.expr, ast.Name]]) -> ast.expr:
    whole: ast.expr = ast.Constant(0)
    for slope, name in products:
        whole = ast.BinOp(whole, ast.Add(), ast.BinOp(slope, ast.Mult(), name))
    return whole
