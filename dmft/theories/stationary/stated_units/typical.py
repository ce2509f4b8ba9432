"""What sampled units do to small changes at typical moments: ds' = A ds + b d eta, d o = c ds along their paths.

A = dF/ds, b = dF/d eta, c = grad o, at moments of the paths in the fields of a state that are far from one another; of
units at rest, there.
"""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.budget import spend
from dmft.numerics.sampling import PeriodicGrid
from dmft.numerics.turned import Turned
from dmft.numerics.unit_paths import Columns, Fields, Marcher
from dmft.theories.stated_site import Site
from dmft.theories.stated_units import StatedUnits
from dmft.theories.stationary.stated_units.heard import fields_of
from dmft.theories.stationary.stated_units.paths import SECONDS
from dmft.theories.stationary.stated_units.rest import read_slopes

_MOMENTS = 16  # of a path


def typical(
    units: StatedUnits, grid: PeriodicGrid, state: FloatArray, n_paths: int, sequence: np.random.SeedSequence
) -> tuple[Turned, ...]:
    """Return what small changes meet, population by population, of one set of paths in the fields of a state."""
    return tuple(
        _of_site(site, fields, grid, n_paths, child, not units.centred)
        for site, fields, child in fields_of(units, grid, state, sequence)
    )


def _of_site(
    site: Site, heard: Fields, grid: PeriodicGrid, n_paths: int, sequence: np.random.SeedSequence, frozen: bool
) -> Turned:
    equations, n = site.equations, grid.n_steps
    spend(SECONDS * n_paths * n * site.n_outputs)
    rng = np.random.default_rng(sequence)
    bins = heard.columns.bins
    columns = Columns(grid, len(site.fields), n_paths, rng, wide=site.noisy, frozen=frozen, bins=bins)
    fields = heard.on(columns)
    names: tuple[ast.expr, ...] = tuple(ast.Name(name) for name in (*equations.states, *equations.fields))
    recorded = tuple(site.heard(name) for name in names)
    march = Marcher(equations.states, site.fields, site.flow, recorded, equations.parameters)
    # all paths hear a sinusoid in one phase: with it moments differ from path to path, through all of its turns
    apart = np.arange(n_paths) / n_paths if bins else np.zeros(n_paths)
    moments = ((np.arange(_MOMENTS)[:, None] + apart) * n / _MOMENTS).astype(int)
    found = []
    for block in columns.blocks:
        start = np.zeros((len(equations.states), block.stop - block.start))
        along = march(fields.block(block), start, grid.step, n // 4)
        found.append(np.take_along_axis(along, moments[None, :, block], axis=1))
    at = np.concatenate(found, axis=2).reshape(len(names), -1).astype(float)
    return linearised(site, dict(zip(equations.variables, at, strict=True)))


def linearised(site: Site, values: dict[str, Any]) -> Turned:
    """Return A, b and c of a unit at states and fields by name, each an array of n numbers."""
    equations = site.equations
    n, d = len(values[equations.states[0]]), len(equations.states)
    read = np.broadcast_to(read_slopes(site, values), (site.n_outputs, d, n))
    matrices = (equations.matrix(equations.by_state, values), equations.matrix(equations.by_field, values), read)
    flow, entry, reading = (np.ascontiguousarray(np.moveaxis(part, -1, 0)) for part in matrices)
    return Turned(flow, entry, reading)


def growth_of(units: StatedUnits, turned: tuple[Turned, ...], z: Any) -> FloatArray:
    """Return the largest eigenvalue of sum_b g_k,ab^2 f_b <|c_k (z - A)^{-1} b_l|^2>_b at points, shape (n_z,).

    Small changes of the fields f_k,i = sum_j J^k_ij c_k,j . ds_j obey f_k = J^k sum_l h_kl f_l with h_kl,j = c_k,j (z -
    A_j)^{-1} b_l,j. Their mean squares go around the network by this matrix of P K by P K, and z is an eigenvalue
    within the bulk where they come back as large as they went [one field: Ahmadian, Fumarola & Miller, PRE 91, 012820
    (2015)].
    """
    at = np.ravel(np.asarray(z, dtype=complex))
    n_fields, p = units.variances.shape[:2]
    whole = np.zeros((len(at), n_fields, p, n_fields, p))
    for b, (site, part) in enumerate(zip(units.sites, turned, strict=True)):
        squares = part.mean_squares(at)[:, list(site.carried)]
        whole[:, :, :, :, b] = np.einsum("ka,zkl->zkal", units.variances[:, :, b], squares)
    if n_fields * p == 1:
        return whole[:, 0, 0, 0, 0]
    matrices = np.minimum(whole.reshape(len(at), n_fields * p, -1), math.sqrt(np.finfo(float).max))
    return np.asarray(np.max(np.abs(np.linalg.eigvals(matrices)), axis=-1))
