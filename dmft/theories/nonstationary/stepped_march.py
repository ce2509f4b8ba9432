"""The row march of several populations, or of a phi by its Mehler series, stepped from outside the compiled code.

The averages of a row are taken population by population; the covariances of all then go on together. A single
population in closed form is marched by `numerics.two_time.march` as a whole: the same scheme.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.arrays import FloatArray
from dmft.numerics.two_time.noise import NoiseSteps, add_noise, noise_of_step
from dmft.theories.blocks import Blocks
from dmft.theories.nonstationary.averages import Averages
from dmft.theories.nonstationary.mean import advance_means
from dmft.theories.nonstationary.row_averages import rows_of

_ENOUGH = 1e-6  # what a row may lose of its integral over the lag, relative to <phi^2>
_ENOUGH_SLOPES = 1e-5  # of the integral of <phi' phi'>, if exponents are to follow
_FAR = 1e-4  # relative distance of the variance from its prediction, above which its coefficients are taken anew


def march_stepped(
    averages: Averages,
    blocks: Blocks,
    grid: Any,
    rows: tuple[int, int],
    noise: list[NoiseSteps],
    drive: FloatArray,
    stage_offsets: FloatArray,
    offsets: FloatArray,
    arrays: tuple[FloatArray, ...],
    tables: list[Any] | None,
) -> tuple[list[Any], str]:
    """March from row rows[0] to rows[1]; return what is known of all times so far, and what went wrong.

    Arrays have an axis of populations first. Where the nonlinearity is not finite the march ends, and the variance is
    inf from there on. Where a row loses too much, the series is lengthened, for all times of the window.
    """
    from dmft.numerics.two_time.coupled import correct_together, limit_slopes
    from dmft.numerics.two_time.march import HUGE
    from dmft.numerics.two_time.row import correct, predict, slope_limit

    m, v, c, r, old, guess, q, p, band, slopes = arrays
    start, stop = rows
    K, fields, populations = blocks.K, blocks.threshold_variance[:, None], range(len(blocks))
    steps = grid.dt / blocks.tau
    first = max(0, start - grid.width)
    known = [rows_of(pair) for pair in averages.pairs] if tables is None else tables
    of = [x.until(stop, start, first, m[a], v[a], offsets[a]) for a, x in enumerate(known)]
    for n in range(start, stop):
        try:
            lo = max(0, n + 1 - grid.width)
            row = slice(lo, n + 2)
            before = q[:, n].copy()
            now = [noise_of_step(n, of_one) for of_one in noise]
            for a in populations:
                v[a, n + 1] = predict(n, lo, steps[a], now[a][0], c[a], r[a], old[a], guess[a])
                add_noise(n, lo, 1.0, noise[a], guess[a])
                guess[a, n + 1] = v[a, n + 1]
            here = n - start
            m[:, n + 1] = advance_means(
                averages, blocks, m[:, n], v[:, n], v[:, n + 1], grid.dt, drive[:, here], stage_offsets[:, here]
            )
            for a in populations:
                given = m[a], v[a], offsets[a]
                of[a].known(n + 1, m[a, n + 1] + offsets[a, n + 1], v[a, n + 1])
                while True:
                    error, slope_error = of[a].fill(lo, n + 1, *given, guess[a], q[a], p[a])
                    error *= steps[a]
                    enough = error <= _ENOUGH and (slopes.shape[1] == 0 or slope_error <= _ENOUGH_SLOPES)
                    if enough or not of[a].lengthened(lo, n + 1, *given):
                        break
                of[a].note(error, slope_error)
                if slopes.shape[1]:
                    slopes[a, (n + 1) % slopes.shape[1], : n + 2 - lo] = p[a, row][::-1]
                add_noise(n, lo, -1.0, noise[a], guess[a])
            predicted = v[:, n + 1].copy()
            if len(blocks) == 1:
                q[0, row] = K[0, 0] * q[0, row] + fields[0]
                p[0, row] = np.minimum(K[0, 0] * p[0, row], slope_limit(steps[0]))
                one = c[0], r[0], old[0], guess[0], q[0], p[0]
                correct(n, lo, steps[0], now[0], grid.period, *one, before[0])
            else:
                q[:, row] = K @ q[:, row] + fields
                limit_slopes(lo, n + 1, steps, K, p)
                correct_together(n, lo, steps, np.array(now), grid.period, K, c, r, old, guess, q, p, before)
            for a in populations:
                add_noise(n, lo, 1.0, noise[a], c[a])
            v[:, n + 1] = c[:, n + 1]
            if not np.all(v[:, n + 1] < HUGE):
                v[:, n + 1 :] = np.inf
                break
            for a in populations:
                if abs(v[a, n + 1] - predicted[a]) > _FAR * v[a, n + 1]:
                    of[a].known(n + 1, m[a, n + 1] + offsets[a, n + 1], v[a, n + 1])
        except FloatingPointError as failure:
            v[:, n + 1 :] = np.inf
            return of, str(failure)
        if band.shape[1]:
            band[:, n + 1, n + 1 - lo :: -1] = c[:, row]
    return of, ""
