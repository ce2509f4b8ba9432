"""Makes manifolds_reference.json: capacities of manifolds, by nested quadrature and by geometry on the sphere.

Run: python tests/reference/make_manifolds_reference.py (a minute of a core)

Balls: 1/alpha = E F and R_M^2 = E |s~|^2 by Gauss and Legendre's rule over both |t| and t_0, on panels of 60 nodes, F
and the anchor by regions of the plane: no inner integral in closed form, no by parts. The same with panels of 50 nodes
agrees to the digits that are written, 13 and 6. Ellipses (D = 2) have a cone in three dimensions, of which the
statistical dimension follows from its intrinsic volumes: with A the area and L the length of the boundary of what it
cuts from the unit sphere, v_3 = A/(4 pi), v_2 = L/(4 pi), v_1 = (2 pi - A)/(4 pi) (the length of the dual curve is 2 pi
- A, by Gauss and Bonnet), so that 1/alpha = v_1 + 2 v_2 + 3 v_3 = 1/2 + (L + A)/(2 pi). No drawing, no projection.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy.special import gammaln

TARGET = Path(__file__).with_name("manifolds_reference.json")
mp.mp.dps = 25

# (radius, dimension, margin)
BALLS = [
    (0.1, 1, 0.0),
    (0.5, 2, 0.0),
    (2.0, 1, 0.0),
    (10.0, 1, 0.0),
    (0.7, 5, 0.0),
    (1.5, 30, 0.0),
    (0.3, 50, 0.0),
    (0.5, 2, 0.3),
    (1.0, 5, 1.0),
    (0.2, 20, 2.0),
    (1.3, 3, 0.4),
]
ELLIPSES = [(0.5, 0.5), (0.3, 1.0), (0.1, 2.0), (3.0, 0.7), (5.0, 0.01)]


def panels(edges: list[float], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the rule on every panel."""
    x, w = np.polynomial.legendre.leggauss(n)
    low, half = np.array(edges[:-1])[:, None], 0.5 * np.diff(edges)[:, None]
    return (low + half * (x + 1.0)).ravel(), (half * w).ravel()


def ball(r: float, d: float, k: float, n: int) -> tuple[float, float]:
    """Return alpha and R_M."""
    top = d**0.5 + 10.0
    bends = {k * r, (k + 1) * r, (k + 4) * r, 10 * r, 0.1 / r, 1 / r, 4 / r, 10 / r, d**0.5}
    t_nodes, t_weights = panels([0.0, *sorted(x for x in bends if 0.0 < x < top), top], n)
    chi = np.exp((d - 1.0) * np.log(t_nodes) - t_nodes**2 / 2 - (d / 2 - 1) * np.log(2.0) - gammaln(d / 2))
    cost = square = 0.0
    for t, weight in zip(t_nodes, t_weights * chi, strict=True):
        low, high = k - t / r, k + r * t
        edges = sorted(
            {-12.0, -6.0, -3.0, 0.0, 3.0, 6.0, 12.0, *(x for x in (low, high, low - 0.5, k) if abs(x) < 12.0)}
        )
        u, w = panels(edges, n)
        w = w * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
        inside, free = u < low, u > high
        missed = np.where(inside, (u - k) ** 2 + t * t, np.where(free, 0.0, (r * t + k - u) ** 2 / (1 + r * r)))
        with np.errstate(divide="ignore", over="ignore"):
            anchor = np.where(inside, (t / (u - k)) ** 2, r * r)
        cost, square = cost + weight * (w @ missed), square + weight * (w @ anchor)
    return 1.0 / cost, float(np.sqrt(square))


def ellipse(first: float, second: float) -> mp.mpf:
    """Return alpha, from the area and the length of the cone's section with the unit sphere."""
    a, b = mp.mpf(str(first)), mp.mpf(str(second))

    def both(p: mp.mpf) -> mp.mpf:
        x, y, dx, dy = a * mp.cos(p), b * mp.sin(p), -a * mp.sin(p), b * mp.cos(p)
        rho = x * x + y * y
        length = mp.sqrt((dx * dx + dy * dy) / (1 + rho) - (x * dx + y * dy) ** 2 / (1 + rho) ** 2)
        return length + (1 - 1 / mp.sqrt(1 + rho)) * a * b / rho  # 1 - cos of the polar angle, times d(azimuth)

    small = [mp.pi / 2 * mp.mpf(10) ** -n for n in (4, 3, 2, 1)]
    points = [mp.mpf(0), *small, mp.pi / 4, *(mp.pi / 2 - x for x in reversed(small)), mp.pi / 2]
    return 1 / (mp.mpf(1) / 2 + 4 * mp.quad(both, points) / (2 * mp.pi))


def main() -> None:
    """Write the file."""
    balls = []
    for case in BALLS:
        found, other = ball(*case, n=60), ball(*case, n=50)
        assert np.isclose(found[0], other[0], rtol=3e-13, atol=0.0), (case, found, other)
        assert np.isclose(found[1], other[1], rtol=3e-7, atol=0.0), (case, found, other)
        balls.append([*case, float(f"{found[0]:.13g}"), float(f"{found[1]:.6g}")])
    ellipses = [[*radii, float(mp.nstr(ellipse(*radii), 16))] for radii in ELLIPSES]
    TARGET.write_text(json.dumps({"balls": balls, "ellipses": ellipses}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
