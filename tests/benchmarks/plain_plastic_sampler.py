"""The plain sampler of a plastic network: what one writes in numpy without any of the package's devices.

Explicit steps, the memory summed over all past steps, noise of fixed random numbers without moment matching, no control
variate, damped iteration. It serves as an independent method for reference values and as the baseline of speed.

Run as a script it prints C^phi(0) with its standard error over seeds: ``python plain_plastic_sampler.py 2 1 2.5 1024
6``.
"""

import sys
import time

import numpy as np


def sweep(z, corr, *, g, k, p, step):
    """Return the new C^phi at all lags up to half the window, from C^phi there; z: (n_omega, n_paths) complex."""
    n = 2 * (len(z) - 1)
    n_paths = z.shape[1]
    circular = np.concatenate([corr, corr[-2:0:-1]])
    spectrum = np.maximum(step * np.fft.rfft(circular).real, 0.0)
    eta = g * np.fft.irfft(np.sqrt(spectrum * n / step)[:, None] * z, n, axis=0)
    length = round(9 * p / step)
    lags = step * np.arange(1, length + 1)
    weight = (k * step / p) * np.exp(-lags / p) * corr[1 : length + 1]
    burn = round(max(40, 10 * p) / step)
    phi = np.zeros((n + burn, n_paths))
    x = np.zeros(n_paths)
    decay = np.exp(-step)
    # int K phi by the trapezoidal rule: half the weight at lag 0
    now = 0.5 * k * step / p * corr[0]
    force_old = np.zeros(n_paths)
    for row in range(n + burn):
        low = max(0, row - length)
        memory = weight[: row - low][::-1] @ phi[low:row] if row else 0.0
        guess = np.tanh(x)
        force = eta[(row - burn) % n] + memory + now * guess
        # exponential trapezoid, the present phi predicted by the previous x
        x = decay * x + (1 - decay) * 0.5 * (force_old + force)
        force_old = force
        phi[row] = np.tanh(x)
    hat = np.fft.rfft(phi[burn:], axis=0)
    return np.fft.irfft(np.mean(np.abs(hat) ** 2, axis=1) / n, n)[: n // 2 + 1]


def solve(seed, *, g, k, p, n_paths, window=204.8, step=0.1, damping=0.5, iterations=60):
    """Return C^phi at lags up to a quarter of the window after a fixed number of damped sweeps."""
    n = round(window / step)
    rng = np.random.default_rng(seed)
    z = (rng.standard_normal((n // 2 + 1, n_paths)) + 1j * rng.standard_normal((n // 2 + 1, n_paths))) / np.sqrt(2)
    z[0] = z[0].real * np.sqrt(2)
    z[-1] = z[-1].real * np.sqrt(2)
    lags = step * np.arange(n // 2 + 1)
    edge = window / 4
    taper = np.where(
        lags < 0.75 * edge, 1.0, np.where(lags < edge, 0.5 + 0.5 * np.cos(np.pi * (lags / edge - 0.75) * 4), 0)
    )
    corr = 0.6 * np.exp(-lags / 8.0) * taper
    for _ in range(iterations):
        corr = corr + damping * (sweep(z, corr, g=g, k=k, p=p, step=step) * taper - corr)
    return corr[: n // 4]


if __name__ == "__main__":
    g, k, p = (float(a) for a in sys.argv[1:4])
    n_paths, n_seeds = int(sys.argv[4]), int(sys.argv[5])
    start = time.process_time()
    step = float(sys.argv[6]) if len(sys.argv) > 6 else 0.1
    values = [solve(seed, g=g, k=k, p=p, n_paths=n_paths, step=step)[0] for seed in range(n_seeds)]
    spent = (time.process_time() - start) / n_seeds
    print(
        f"C^phi(0) = {np.mean(values):.5f} +- {np.std(values, ddof=1) / n_seeds**0.5:.1e}; one seed scatters by ",
        end="",
    )
    print(f"{np.std(values, ddof=1):.1e} and takes {spent:.1f} s of CPU; {np.round(values, 5)}")
