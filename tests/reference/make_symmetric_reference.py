"""C^x and C^phi of a partially symmetric network by plain sampling: the reference of the sampled theory's errors.

Nothing of the package is used: no control variate, no fitted response, no acceleration. Paths on a circle, noise whose
sample spectrum is exact, the response by Novikov's theorem at each frequency, cut to times >= 0; undamped iteration
from above and from below until both agree. Run as `python make_symmetric_reference.py 3.3 -0.6 4096 400 1`
(g, symmetry, paths, iterations, seed).
"""

import sys

import numpy as np
from scipy.fft import irfft, rfft

WINDOW, STEP = 204.8, 0.4


def iterate(g, symmetry, n_paths, n_iterations, seed, factor):
    n = round(WINDOW / STEP)
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n // 2 + 1, n_paths)) + 1j * rng.standard_normal((n // 2 + 1, n_paths))
    columns[[0, -1]] = columns[[0, -1]].real
    columns /= np.sqrt(np.mean(np.abs(columns) ** 2, axis=1, keepdims=True))
    omega = 2 * np.pi * np.arange(n // 2 + 1) / WINDOW
    leak = 1 / (1 + 1j * omega)
    lags = STEP * np.minimum(np.arange(n), n - np.arange(n))
    taper = np.clip((51.2 - lags) / 12.8, 0, 1)
    corr = factor * 0.3 * np.exp(-((lags / 4) ** 2))
    response = 0.7 * leak  # S(w), of phi to eta
    x = np.zeros((n // 2 + 1, n_paths), complex)
    phi = np.zeros_like(x)
    past = np.zeros(n)
    past[1 : n // 4] = 1
    past[0] = 0.5
    trace = []
    for _ in range(n_iterations):
        spectrum = np.maximum(STEP * rfft(corr * taper).real, 1e-12)
        amplitude = np.sqrt(g**2 * spectrum * n / STEP)
        memory = leak * symmetry * g**2 * response
        ahead = 1 / (1 - 0.5 * memory)
        for _ in range(5):
            x += ahead[:, None] * (leak[:, None] * amplitude[:, None] * columns + memory[:, None] * phi - x)
            phi = rfft(np.tanh(irfft(x, n, axis=0)), axis=0)
        corr = irfft(np.mean(np.abs(phi) ** 2, axis=1) * STEP / n, n) / STEP
        # what the noise hears best decides: beyond <phi'> F, known from x itself, only where eta has power
        slope = 1 - np.mean(irfft(phi, n, axis=0) ** 2)
        rest = np.mean(phi * columns.conj(), axis=1) - slope * leak * amplitude
        of_time = irfft(rest * amplitude / (amplitude**2 + 1e-4 * np.max(amplitude**2)), n)
        # H = S/F starts with a jump at time 0, S does not: S is cut
        response = slope * leak + rfft(of_time * np.where(past > 0, 1, 0) * taper)
        corr_x = irfft(np.mean(np.abs(x) ** 2, axis=1) * STEP / n, n) / STEP
        trace.append((corr_x[0], corr_x[10], corr[0], corr[10]))
    return np.array(trace)


def main():
    g, symmetry = float(sys.argv[1]), float(sys.argv[2])
    n_paths, n_iterations, seed = (int(text) for text in sys.argv[3:6])
    for factor in (0.5, 2.0):
        trace = iterate(g, symmetry, n_paths, n_iterations, seed, factor)
        print(f"start {factor}: C^x(0), C^x(4), C^phi(0), C^phi(4)")
        for index in range(n_iterations // 10 - 1, n_iterations, n_iterations // 10):
            print(index + 1, *(f"{value:.5f}" for value in trace[index]), flush=True)


if __name__ == "__main__":
    main()
