"""Responses of the outputs of stated units to their fields, by Novikov's theorem on paths in the fields of a state.

    S_kl(w) = <o_k eta_l*>/<eta_l eta_l*>,
causal: what sampling leaves before time 0 is cut. At time 0 a response jumps, by <grad o_k . dF/d eta_l>; of a spectrum
that ends at some frequency the cut would take ringing for a part of it, and 2-3 % off S. The jump is known from the
same paths: jump/(rate + i w) is taken off before the cut and added after it.
"""

from __future__ import annotations

import ast

import numpy as np
from scipy.fft import rfft

from dmft.arrays import ComplexArray, FloatArray
from dmft.budget import spend
from dmft.models.expressions.canonical import canonical
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.unit_paths import Columns, Fields, Marcher
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.paths import SECONDS
from dmft.theories.stationary.stated_units.sampler import UnitMap
from dmft.theories.stationary.stated_units.state import parts_of


def sampled_responses(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, n_paths: int, sequence: np.random.SeedSequence
) -> ComplexArray:
    """Return the responses of the outputs of all populations to their fields, shape (O, K, n_omega), on one set.

    Parameters
    ----------
    units, grid : of the state.
    state : what is kept of its outputs (`dmft.theories.stationary.stated_units.state`).
    n_paths, sequence : of the paths.
    """
    parts = parts_of(state, units, grid)
    units = units.with_response(parts.memory)
    children = sequence.spawn(len(units.sites) + 1)
    few = UnitMap(units, grid, 4 * len(units.sites[0].fields) + 4, children[0])  # amplitudes do not ask for paths
    heard = few.heard(parts)
    found = [
        _of_site(site, fields, grid, n_paths, child, not units.centred)
        for site, fields, child in zip(units.sites, heard, children[1:], strict=True)
    ]
    return np.concatenate(found)


def _of_site(
    site: Site, heard: Fields, grid: PeriodicGrid, n_paths: int, sequence: np.random.SeedSequence, frozen: bool
) -> ComplexArray:
    equations, n, rng = site.equations, grid.n_steps, np.random.default_rng(sequence)
    spend(2.0 * SECONDS * n_paths * n * site.n_outputs)
    bins = heard.columns.bins
    columns = Columns(grid, len(site.fields), n_paths, rng, wide=site.noisy, frozen=frozen, bins=bins)
    fields = heard.on(columns)
    n_fields, n_outputs = len(equations.fields), site.n_outputs
    recorded = (*site.recorded, *_jumps(site))
    march = Marcher(equations.states, site.fields, site.flow, recorded, equations.parameters)
    crossed = np.zeros((n_outputs, n_fields, grid.n_omega), dtype=complex)
    jumps = np.zeros((n_outputs, n_fields))
    for block in columns.blocks:
        start = np.zeros((len(equations.states), block.stop - block.start))
        found = march(fields.block(block), start, grid.step, n // 4)
        first, sent, slopes = found[0], found[1 : 1 + n_outputs], found[len(site.recorded) :]
        if site.nonlinearity is not None:
            sent = np.asarray(site.nonlinearity(first))[None]
            slopes = slopes * site.nonlinearity.derivative(first)
        jumps += slopes.reshape(n_outputs, n_fields, -1).sum(axis=-1, dtype=float) / (n * n_paths)
        rows = columns.rows[:n_fields, block, : grid.n_omega]
        coefficients = rfft(np.ascontiguousarray(np.swapaxes(sent, 1, 2)), axis=-1)
        crossed += np.einsum("kiw,liw->klw", coefficients, rows.conj()) / n_paths
    a = fields.amplitude[:n_fields, : grid.n_omega]
    sizes = np.array([np.max(np.abs(fields.causal(part)), axis=-1) for part in crossed])
    rate = np.abs(jumps) / np.maximum(sizes, 1e-300)  # one pole that is as large: what it leaves ends within the band
    leap = jumps[..., None] / (np.maximum(rate, 1e-9)[..., None] + 1j * grid.omega)
    return np.array([fields.causal(part - of * a) + of for part, of in zip(crossed, leap, strict=True)])


def _jumps(site: Site) -> tuple[ast.expr, ...]:
    """Return grad o_k . dF/d eta_l as trees, K' K of them; where the output is phi of the first state, without phi'."""
    equations = site.equations
    if site.nonlinearity is not None:
        return tuple(site.heard(tree) for tree in equations.by_field[0])
    trees = []
    for k in range(site.n_outputs):
        slopes = equations.output_slopes[site.carried.index(k)]
        for field in range(len(equations.fields)):
            whole: ast.expr = ast.Constant(0)
            for slope, row in zip(slopes, equations.by_field, strict=True):
                whole = ast.BinOp(whole, ast.Add(), ast.BinOp(slope, ast.Mult(), row[field]))
            trees.append(site.heard(canonical(whole)))
    return tuple(trees)
