"""Whether points can be separated at all: the proof where they cannot."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import nnls

from dmft.arrays import FloatArray
from dmft.numerics.margins.groups import Groups

_RANK = 1e-14  # of the largest eigenvalue, below which a direction is rounding


def no_separation(groups: Groups, prices: FloatArray) -> FloatArray:
    """Return the mean of the signed points that lies nearest to the origin, as weights v >= 0 that sum to one.

    By Gordan's theorem either some predictor has a positive margin at every point, or some such mean is the origin:
    then v is the proof that there is none. A predictor of norm M has a least margin of at most
    M max_g sqrt(v.K_g v)/b_g, whatever v is.

    Non-negative least squares of (A^T v, sum v) against (0, 1), A^T from the eigenvectors of sum_g K_g/b_g^2.

    Cost
    ----
    0.05 s for 200 points, some seconds for 1000.
    """
    values, vectors = eigh(groups.weighted(1.0 / prices**2))
    kept = values > _RANK * max(float(values[-1]), 1e-300)
    features = (vectors[:, kept] * np.sqrt(values[kept])).T
    longest = float(np.sqrt(np.max(np.sum(features**2, axis=0), initial=0.0))) or 1.0
    n = groups.size
    rows = np.vstack([features / longest, np.ones(n)])
    target = np.append(np.zeros(len(features)), 1.0)
    found, _ = nnls(rows, target, maxiter=50 * n)
    total = found.sum()
    return np.asarray(found / total if total > 0.0 else np.full(n, 1.0 / n))
