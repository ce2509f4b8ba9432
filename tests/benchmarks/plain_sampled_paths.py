"""Any unit the plain way: whole histories of paths, again and again, as public codes for species do it.

The method of dmft_withoutGamma.py beside Roy, Biroli, Bunin & Cammarota, J. Phys. A 52, 484001 (2019): from a guess of
the two-time covariance C(t, t') of what units send, and of its mean, noise by the eigenvectors of C, fresh in every
iteration; paths by Euler's method (species: of the logarithm); new C and mean, merged softly with the old ones. No
error bars: iterations go on until C changes no more than by the noise, and what is read off is a mean over the last
ones, of the last quarter of the time.
"""

import numpy as np


def rates(x, field, dt):
    """One Euler step of x' = -x + field."""
    return x + dt * (field - x)


def species(x, field, dt):
    """One step of x' = x (1 - x + field), of the logarithm."""
    return x * np.exp(dt * (1.0 - x + field))


def solve(step, sent, start, g, mean, rng, *, duration, dt, paths, iterations, merged=0.3, read=0.3):
    """Return mean and mean square of what units send at late times, averaged over the last part of the iterations.

    Parameters
    ----------
    step, sent : of a path, and what it sends.
    start : states at the beginning, a function of a shape and a generator.
    g, mean : deviation and mean of the couplings.
    merged : part of the new C and mean in the next ones.
    read : part of the iterations that are averaged.
    """
    n = round(duration / dt)
    first = sent(start((paths,), rng))
    c, m = np.full((n, n), np.mean(first**2)), np.full(n, np.mean(first))
    found = []
    for iteration in range(iterations):
        values, vectors = np.linalg.eigh(c)
        noise = vectors @ (np.sqrt(np.maximum(values, 0.0))[:, None] * rng.standard_normal((n, paths)))
        x = start((paths,), rng)
        out = np.empty((n, paths))
        for t in range(n):
            out[t] = sent(x)
            x = step(x, mean * m[t] + g * noise[t], dt)
        new_c, new_m = out @ out.T / paths, out.mean(axis=1)
        late = slice(3 * n // 4, n)
        if iteration >= (1.0 - read) * iterations:
            found.append([new_m[late].mean(), np.diagonal(new_c)[late].mean()])
        c, m = (1.0 - merged) * c + merged * new_c, (1.0 - merged) * m + merged * new_m
    return np.mean(found, axis=0)
