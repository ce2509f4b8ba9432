"""The plain way to solve the stationary theory, as group after group has written it: a product trapezoidal rule for
<phi phi> at each lag, the correlation on a periodic lag grid, and damped iteration through the FFT."""

import math

import numpy as np


class PlainStationary:
    """C(lag) of a random network with tanh, lags 0 ... 20 in steps of 0.1, 451 x 451 nodes for each average."""

    def __init__(self, gain, n_lags=200, step=0.1, n_nodes=451):
        self.gain, self.n_lags, self.step = gain, n_lags, step
        z = np.linspace(-8, 8, n_nodes)
        w = np.exp(-z * z / 2)
        self.z, self.w = z, w / w.sum()

    def average(self, c0, c):
        """<tanh x tanh y> at one lag: the cost of everything."""
        shared = math.copysign(math.sqrt(abs(c)), c) * self.z
        own = math.sqrt(max(c0 - abs(c), 0.0)) * self.z
        x = np.tanh(math.sqrt(abs(c)) * self.z[:, None] + own) @ self.w
        y = np.tanh(shared[:, None] + own) @ self.w
        return float(self.w @ (x * y))

    def passes(self, average, tolerance=1e-8, damping=0.5, limit=5000):
        """Number of damped passes until the undamped residual is below the tolerance, with any `average(c0, c)`."""
        frequency = 2 * math.pi * np.fft.rfftfreq(2 * self.n_lags, self.step)
        c = (self.gain - 1) * np.exp(-0.2 * self.step * np.arange(self.n_lags + 1))
        for count in range(1, limit):
            full = np.concatenate([c, c[-2:0:-1]])
            corr_phi = average(full[0], full)
            new = np.fft.irfft(np.fft.rfft(corr_phi) * self.gain**2 / (1 + frequency**2))[: self.n_lags + 1]
            if np.max(np.abs(new - c)) < tolerance * c[0]:
                return count
            c = (1 - damping) * c + damping * new
        raise ArithmeticError("no convergence")
