"""A balanced network of steep sigmoids under white noise, against the energy of its correlation in closed form.

1/(1 + exp(a x + b)) is the probability that x and a logistic number of variance (pi/a)^2/3 lie together below -b/a:
for a large a, <phi phi> is the probability that two normal numbers do, Owen's T. The energy
    C'^2/2 - (C^2 - C_oo^2)/2 + g^2 int_{C_oo}^C <phi phi> dc
is 0 at lag 0, where C' is -intensity/2. A series in Hermite polynomials is poor in the first lags, which noise makes
matter: it once gave the variance wrong by 3e-6, and told 3e-10.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, owens_t

import dmft

G, K, STRENGTH, NOISE, SLOPE, SHIFT = 2.066, 2.179, 3.0, 6.052, 980.2, 0.005722


def variance_by_energy(near):
    def scaled(variance, mean):
        total = variance + (math.pi / SLOPE) ** 2 / 3.0
        return total, (-SHIFT / SLOPE - mean) / math.sqrt(total)

    def corr_phi(c, variance, mean):
        total, h = scaled(variance, mean)
        r = np.minimum(c / total, 1.0)
        return ndtr(h) - 2.0 * owens_t(h, np.sqrt((1.0 - r) / (1.0 + r)))

    def mean_at(variance):
        root = math.sqrt(K)
        return brentq(lambda m: m - root * STRENGTH + root * ndtr(scaled(variance, m)[1]), -50.0, 50.0, xtol=1e-14)

    def energy(variance):
        mean = mean_at(variance)
        floor = brentq(lambda c: c - G**2 * corr_phi(c, variance, mean), 0.0, 0.98 * variance, xtol=1e-14)
        x, w = np.polynomial.legendre.leggauss(40)
        edges = np.concatenate([[0.0], np.geomspace(1e-5, math.sqrt(variance - floor), 30)])
        half = 0.5 * np.diff(edges)[:, None]
        u = edges[:-1, None] + half * (1.0 + x)  # c = variance - u^2
        area = float(np.sum(half * w * 2.0 * u * corr_phi(variance - u * u, variance, mean)))
        return NOISE**2 / 8.0 - 0.5 * (variance**2 - floor**2) + G**2 * area

    return brentq(energy, 0.999 * near, 1.001 * near, xtol=1e-13)


def test_steep_sigmoids_under_white_noise():
    phi = dmft.Symbolic(f"1/(1 + exp({SLOPE}*x + {SHIFT}))")
    network = dmft.BalancedNetwork(G, K, nonlinearity=phi, drive=dmft.WhiteNoise(NOISE), I0=STRENGTH)
    exact = variance_by_energy(3.03)
    for rtol in (1e-9, 1e-6):
        solution = dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
        error = solution.convergence.error
        assert abs(solution.variance - exact) <= error * exact
        assert error < 1e-7
    assert solution.convergence.converged
