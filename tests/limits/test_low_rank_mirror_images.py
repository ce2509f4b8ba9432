"""States of low-rank couplings beside a mean of the couplings and a bias: each once, and those of units all alike too.

Reference: every root of kappa = <phi'> S kappa, mu = h + M <phi>, c = g^2 <phi^2> + kappa^2 that `scipy.optimize.root`
finds from 80 starts with averages by trapezoids; states that differ by the sign of kappa are one, and where h = 0
those that differ by that of mu.
"""

import numpy as np
import pytest
from scipy.optimize import root

import dmft

_Z = np.linspace(-9.0, 9.0, 401)
_W = np.exp(-0.5 * _Z * _Z) * (_Z[1] - _Z[0]) / np.sqrt(2.0 * np.pi)
_OVERLAP = 2.0


def _roots(g, bias, mean):
    rng = np.random.default_rng(1)

    def left(point):
        kappa, mu, c = point
        x = mu + np.sqrt(max(c, 0.0)) * _Z
        phi = np.tanh(x)
        slope = _W @ (1.0 - phi**2)
        return [
            kappa - slope * _OVERLAP * kappa,
            mu - bias - mean * (_W @ phi),
            c - g**2 * (_W @ phi**2) - kappa**2,
        ]

    found: list[np.ndarray] = []
    for _ in range(80):
        size = 10.0 ** rng.uniform(-1.0, 0.7)
        answer = root(left, [*(rng.normal(size=2) * size), rng.uniform(0.0, size**2)], tol=1e-12)
        point = answer.x * [np.sign(answer.x[0]) or 1.0, 1.0, 1.0]
        if np.max(np.abs(left(answer.x))) > 1e-9 or point[2] < -1e-9:
            continue
        if bias == 0.0 and point[1] < 0.0:
            point[1] *= -1.0
        if not any(np.max(np.abs(point - other)) < 1e-4 for other in found):
            found.append(point)
    return sorted(found, key=lambda p: tuple(np.round(p[[2, 0, 1]], 6)))


@pytest.mark.parametrize("g", [0.0, 0.5, 1.2])
@pytest.mark.parametrize(
    ("bias", "mean"), [(0.0, 1.5), (0.3, 1.5), (0.3, -1.5), (0.0, -1.5), (0.3, 0.0)], ids=lambda x: f"{x}"
)
def test_every_static_state_is_listed_once(g, bias, mean):
    couplings = dmft.Couplings(dmft.Random(g) if g else None, dmft.Mean(mean) if mean else None, dmft.LowRank(_OVERLAP))
    found = dmft.branches(dmft.Network(dmft.Population(bias=bias), couplings))
    expected = _roots(g, bias, mean)
    still = [s.solution for s in found if s.solution.state in ("quiescent", "fixed point", "structured static")]
    still.sort(key=lambda s: (round(s.variance, 6), round(s.kappa, 6), abs(s.mean_x)))
    assert found.complete
    assert len(still) == len(expected)
    for solution, (kappa, mu, c) in zip(still, expected, strict=True):
        assert solution.convergence.converged
        np.testing.assert_allclose(
            [solution.kappa, abs(solution.mean_x), solution.variance], [kappa, abs(mu), c], atol=2e-6
        )


def test_units_that_are_all_alike_stay_where_the_slope_is_small():
    stable = dmft.Network(dmft.Population(bias=0.3), dmft.Couplings(None, dmft.Mean(1.5), dmft.LowRank(_OVERLAP)))
    solution = dmft.solve_stationary(stable)
    m = float(solution.mean_x)
    assert abs(m - 0.3 - 1.5 * np.tanh(m)) < 1e-12
    assert solution.variance == 0.0
    assert solution.stable == (_OVERLAP / np.cosh(m) ** 2 < 1.0)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(_OVERLAP / np.cosh(m) ** 2 - 1.0, abs=1e-9)
