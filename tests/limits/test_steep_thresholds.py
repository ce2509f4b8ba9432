"""tanh(b (x - 1)) for b to infinity: a step, whose averages are those of the bivariate normal distribution.

K(c) = <sign(x - 1) sign(y - 1)> has dK/dc = (2/pi) exp(-1/(c0 + c))/sqrt(c0^2 - c^2) (Price's theorem twice).
"""

import math

import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import dmft

G = 2.0


def kernel(c0, c):
    """Return K(c) = K(0) + int_0^c K', the integral over the angle c = c0 sin(a)."""
    at_zero = math.erf(1.0 / math.sqrt(2.0 * c0)) ** 2
    rise = quad(lambda a: math.exp(-1.0 / (c0 * (1.0 + math.sin(a)))), 0.0, math.asin(c / c0), epsabs=1e-13)[0]
    return at_zero + 2.0 / math.pi * rise


def chaotic_variance():
    """Return C(0) where the energy at the static part of C is that at C(0): int (g^2 K - c) dc = 0 between them."""

    def energy(c0):
        static = brentq(lambda c: G**2 * kernel(c0, c) - c, 0.0, 0.7 * c0, xtol=1e-14)
        return quad(lambda c: G**2 * kernel(c0, c) - c, static, c0, epsabs=1e-11, epsrel=1e-11)[0]

    return brentq(energy, 3.33, 3.36, xtol=1e-12)


@pytest.mark.long
def test_variance_goes_to_that_of_a_step():
    limit = chaotic_variance()
    error = []
    for b in (50, 200):
        solution = dmft.solve_stationary(dmft.RandomNetwork(G, dmft.Symbolic(f"tanh({b}*(x-1))")))
        assert solution.state == "chaotic"
        assert dmft.lyapunov_exponent(solution) > 1.0
        error.append(solution.variance - limit)
    assert abs(error[1]) < 1e-4
    assert error[0] / error[1] == pytest.approx(16.0, rel=0.02)  # a smooth step differs by its width squared
