"""Random plus rank-two couplings the plain way: an Euler march of the two-time equations, as public codes do it.

phi = erf(sqrt(pi) x/2), the method of davidclark1/MultiregionDMFT (scripts/numerics.py) for one region: dt = .05, 2500
steps, every pair of times by a loop. With khat the filtered overlaps, h = S khat <phi'> and D(t, s) the covariance,
    khat' = -khat + h,   (1 + d_s) D(t, s) = G(t, s),   (1 + d_t) G(t, s) = g^2 <phi phi>(t, s) + h(t) . h(s).
"""

import math

import numpy as np


def two_time_march(g, overlap, *, steps=2500, dt=0.05):
    """Return the variance at the last time, and the turns of khat per unit time over the last third."""
    overlap, gains = np.asarray(overlap, dtype=float), np.array([float(g)])  # arrays over regions, here of one
    covariance, held = np.zeros((steps, steps, 1)), np.zeros((steps, steps, 1))
    khat, drive = np.zeros((steps, len(overlap))), np.zeros((steps, len(overlap)))
    khat[0, 0], covariance[0, 0] = 1.0, g * g + 1.0
    drive[0] = overlap @ khat[0] / math.sqrt(1.0 + 0.5 * math.pi * covariance[0, 0, 0])
    for j in range(1, steps):
        khat[j] = (1.0 - dt) * khat[j - 1] + dt * drive[j - 1]
        covariance[:j, j] = (1.0 - dt) * covariance[:j, j - 1] + dt * held[:j, j - 1]
        covariance[j, j] = covariance[j - 1, j - 1]
        variance = covariance[np.arange(j + 1), np.arange(j + 1)]
        both = np.sqrt((variance + 2.0 / math.pi) * (variance[j] + 2.0 / math.pi))
        source = (2.0 / math.pi) * np.arcsin(np.clip(covariance[: j + 1, j] / both, -1.0, 1.0))
        drive[j] = overlap @ khat[j] / math.sqrt(1.0 + 0.5 * math.pi * variance[j, 0])
        turned = (drive[: j + 1] @ drive[j])[:, None]
        for i in range(1, j + 1):
            held[i, j] = (1.0 - dt) * held[i - 1, j] + dt * gains**2 * source[i - 1] + dt * turned[i - 1]
        covariance[j, j] = (1.0 - dt) * covariance[j - 1, j] + dt * held[j - 1, j]
    angle = np.unwrap(np.arctan2(khat[:, 1], khat[:, 0]))[2 * steps // 3 :]
    turns = abs(angle[-1] - angle[0]) / (2.0 * math.pi * dt * (len(angle) - 1))
    return float(covariance[-1, -1, 0]), turns
