"""Make learning_signals_reference.json: what closed forms say, from their definitions by quadrature.

Angles: moments of half-Gaussian and uniform weights by mpmath, put into the sums over open pairs as they stand, before
any simplification. Kernels: averages over two Gaussians by tensor Gauss-Hermite rules in polar form. Averages of
erf(x/sqrt 2) and its slope: tensor Gauss-Hermite over four joint Gaussians.

    python tests/reference/make_learning_signals_reference.py
"""

import itertools
import json
import math
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy.special import erf

mp.mp.dps = 30
DENSITIES = {
    "gaussian": (lambda w: mp.exp(-w * w / 2) / mp.sqrt(2 * mp.pi), mp.inf),
    "uniform": (lambda w: 1 / (2 * mp.sqrt(3)), mp.sqrt(3)),
}


def half_moments(law):
    """E relu(w), E relu(w)^2 and E|w| of weights of variance one."""
    density, edge = DENSITIES[law]
    first = mp.quad(lambda w: w * density(w), [0, 1, edge])
    second = mp.quad(lambda w: w * w * density(w), [0, 1, edge])
    return first, second, 2 * first


def kappa(law, drawn):
    """E[W B]/sqrt(E W^2 E B^2), B = sd sign(W), or an independent |M| sign(W)."""
    *_, size = half_moments(law)
    return size * size if drawn else size


def global_cosines(law, widths):
    """E b/sqrt(E b^2) over open units, from sums over N/4 open pairs with weights relu(V), relu(-V)."""
    first, second, _ = half_moments(law)
    mean, square, pair = first, second, mp.mpf(0)  # the last hidden layer: b is one weight
    found = [mean / mp.sqrt(square)]
    for above in widths[:0:-1]:
        n = mp.mpf(above) / 4
        of_one = first * 2 * mean  # E[relu(V) b+ + relu(-V) b-]
        of_square = second * 2 * square  # relu(V) relu(-V) = 0
        of_pair = second * 2 * pair  # [relu(V) b+ + relu(-V) b-][relu(-V) b+ + relu(V) b-]
        mean_square = first**2 * (2 * square + 2 * pair)  # square of the mean over V at given b
        mean, square, pair = (
            n * of_one,
            n * of_square + (n * of_one) ** 2 - n * mean_square,
            n * of_pair + (n * of_one) ** 2 - n * mean_square,
        )
        found.append(mean / mp.sqrt(square))
    return [float(c) for c in found[::-1]]


def kernel(c, components):
    """Next correlation, by integrals over the angle of two Gaussians along t, and across it."""
    angle = mp.acos(c)  # x = r cos(u), y = r cos(u - angle)
    inside = [angle - mp.pi / 2, mp.pi / 2]
    both = mp.quad(lambda u: mp.mpf(1), inside) / (2 * mp.pi)
    along = mp.quad(lambda u: mp.cos(u) * mp.cos(u - angle), inside) / mp.pi  # E r^2 = 2
    return ((components - 1) * c * both + along) * 2 / components


def quadrature(covariance, s, n=32):
    """Averages over four Gaussians: g g, s-weighted slope x value, and slope slope (s value)^2."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    root = np.linalg.cholesky(covariance)
    grid = np.array(list(itertools.product(nodes, repeat=4)))
    mass = np.prod(list(itertools.product(weights, repeat=4)), axis=1) / math.sqrt(2 * math.pi) ** 4
    x = grid @ root.T
    g, slope = erf(x / math.sqrt(2)), math.sqrt(2 / math.pi) * np.exp(-x * x / 2)
    out = g @ s
    return {
        "products": (g.T @ (mass[:, None] * g)).tolist(),
        "linear_sums": (slope[:, :2].T @ (x * (mass * out)[:, None])).tolist(),
        "square_sums": (slope[:, :2].T @ (slope[:, :2] * (mass * out * out)[:, None])).tolist(),
    }


def main():
    widths = {"512": [512] * 4, "1024": [1024] * 4, "uneven": [64, 256, 32]}
    covariance = np.array([[0.6, 0.1, 0.2, -0.1], [0.1, 0.5, 0.05, 0.2], [0.2, 0.05, 1.0, 0.1], [-0.1, 0.2, 0.1, 0.8]])
    s = np.array([0.7, -0.4, -1.0, 0.5])
    kernels = {}
    for components in (1, 2, 3, 10):
        found = [mp.mpf("0.5")]
        for _ in range(4):
            found.append(kernel(found[-1], components))
        kernels[str(components)] = [float(c) for c in found]
    numbers = {
        "kappa": {law: [float(kappa(law, drawn)) for drawn in (False, True)] for law in DENSITIES},
        "cosines": {law: {name: global_cosines(law, w) for name, w in widths.items()} for law in DENSITIES},
        "widths": widths,
        "kernels": kernels,
        "averages": {"covariance": covariance.tolist(), "s": s.tolist(), **quadrature(covariance, s)},
    }
    path = Path(__file__).with_name("learning_signals_reference.json")
    path.write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
