"""The energy of the covariances of a stationary state: the same at every lag, where there is one."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import answering
from dmft.numerics.lobatto import lobatto
from dmft.numerics.value import Value
from dmft.observables.lyapunov import described
from dmft.theories.blocks import Blocks, blocks_of
from dmft.theories.stationary.populations.process import PopulationProcess
from dmft.theories.stationary.populations.site import Sites

_SAME = 1e-12  # relative difference at which two numbers are the same


@singledispatch
def energy_of(process: Any, solution: Any) -> Value:
    """Return the energy of a solution, by the kind of its single-site process."""
    raise TypeError(
        f"no energy is known of {described(process)}; of one population solve with method=dmft.Populations()"
    )


def energy(solution: Any) -> Value:
    """Return the energy of the covariances of several populations, which no lag changes: a check of a solution.

    With equal tau and B = D K^-1 symmetric, D diagonal, the equations for c_a(lag) are those of a particle,
        E = tau^2 c'.B c'/2 - c.B c/2 + sum_a D_a int_0^{c_a} <phi_a phi_a> + c.B s,
    D_1 = 1 [Sompolinsky, Crisanti & Sommers 1988, of one population]. Solvers here do not use it.

    Parameters
    ----------
    solution : a `StationarySolution` by `dmft.Populations()`.

    Returns
    -------
    Value : E at the end of the window; `numerical_error` is its largest deviation at any lag from there, and `history`
        (E at lag 0, at the end).

    Raises
    ------
    ValueError : where there is no energy, with the reason: time constants that differ, couplings that no D makes
        symmetric, a singular K, coloured noise, no solution.
    TypeError : for another kind of solution.

    Notes
    -----
    Accuracy: constant to 1e-12 of its largest part (`tests/invariants/test_populations_energy.py`).
    Cost: 0.1 s; 0.3 s a population whose averages have no closed form.
    """
    return energy_of(getattr(solution, "process", solution), solution)


@energy_of.register
@answering
def _(process: PopulationProcess, solution: Any) -> Value:
    blocks = blocks_of(solution.network)
    if not np.all(np.isfinite(process.covariance)):
        raise ValueError(f"the solution has no state: {solution.convergence.message}")
    weights, inverse = _metric(blocks)
    mesh, c = process.mesh, process.covariance
    turned = lobatto(mesh.degree)[2] / (0.5 * np.diff(mesh.edges))[:, None, None]
    slope = (turned @ c[mesh.index]).reshape(-1, len(blocks))
    place = mesh.index.ravel()
    sites, work = Sites(blocks.nonlinearities), np.zeros(c.shape)
    for a in range(len(blocks)):
        if c[0, a] > 0:
            work[:, a] = sites.averages(a, float(process.means[a]), float(c[0, a])).potential(c[:, a])
    still = work @ weights - 0.5 * np.einsum("na,ab,nb->n", c, inverse, c) + c @ inverse @ blocks.threshold_variance
    moving = 0.5 * float(blocks.tau[0]) ** 2 * np.einsum("na,ab,nb->n", slope, inverse, slope)
    total = moving + still[place]
    end = float(total[-1])
    return Value(end, 0.0, "first integral", (float(total[0]), end), float(np.max(np.abs(total - end))))


def _metric(blocks: Blocks) -> tuple[FloatArray, FloatArray]:
    """Return D and D K^-1, or refuse with the reason."""
    K = blocks.K
    if np.ptp(blocks.tau) > _SAME * np.max(blocks.tau):
        raise ValueError("there is no energy where time constants differ between populations")
    if any(drive.rates for of in blocks.drives for drive in of):
        raise ValueError("there is no energy under coloured noise: the input depends on the lag")
    if np.linalg.matrix_rank(K) < len(blocks):
        raise ValueError(
            "there is no energy where the variances K_ab = g_ab^2 f_b are singular; merge populations that hear and "
            "are heard alike, and leave those without units out"
        )
    weights = np.zeros(len(blocks))
    for first in range(len(blocks)):
        if weights[first]:
            continue
        weights[first], todo = 1.0, [first]
        while todo:
            a = todo.pop()
            for b in np.flatnonzero((K[a] > 0) & (K[:, a] > 0) & (weights == 0.0)):
                weights[b] = weights[a] * K[a, b] / K[b, a]
                todo.append(int(b))
    balanced = weights[:, None] * K
    if np.max(np.abs(balanced - balanced.T)) > 100.0 * _SAME * np.max(balanced):
        raise ValueError(
            "there is no energy: no weights D make D_a g_ab^2 f_b symmetric (two populations that hear each other have "
            "one, more of them only if every loop has the same product both ways)"
        )
    inverse = weights[:, None] * np.linalg.inv(K)
    return weights, np.asarray(0.5 * (inverse + inverse.T), dtype=float)
