"""Random networks of several populations: what says converged satisfies the equations by other averages and lags.

The map is that of `tests/reference/make_populations_reference.py` (cosine transform, Hermite series on a trapezoid), at
two steps of uniform lags, so that the cusp of white noise is extrapolated.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import dmft

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))
from make_populations_reference import Grid

PHI = {
    "tanh": dmft.Tanh(),
    "erf": dmft.Erf(),
    **{f"sigmoid{k}": dmft.Symbolic(f"(1 + tanh({k}*x))/2") for k in (1, 2, 3)},
}


def drawn(seed):
    """Return a model of one to four populations of any strength of couplings, with ratios of tau up to 30."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 2, 3, 4]))
    fractions = rng.dirichlet(3.0 * np.ones(n))
    gains = rng.uniform(0.2, 1.5, (n, n)) * rng.choice([0.5, 1.2, 2.0, 4.0])
    model = {
        "f": [*fractions[:-1], 1.0 - fractions[:-1].sum()],
        "G": (gains**2).tolist(),
        "phi": [str(name) for name in rng.choice(["tanh", "erf", "sigmoid1", "sigmoid2"], n)],
        "tau": np.exp(rng.uniform(0.0, np.log(rng.choice([1.01, 3.0, 30.0])), n)).tolist(),
    }
    for key, values in (
        ("sigma2", rng.exponential(0.7, n)),
        ("s", rng.exponential(0.5, n)),
        ("h", rng.normal(0, 0.7, n)),
    ):
        if rng.random() < 0.5:
            model[key] = values.tolist()
    if rng.random() < 0.5:
        model["M"] = rng.normal(0.0, 1.5, (n, n)).tolist()
    return model


def network_of(model):
    """Return the network of a model."""
    zeros = [0.0] * len(model["f"])
    populations = {
        "abcd"[a]: dmft.Population(
            PHI[model["phi"][a]],
            dmft.Leaky(model["tau"][a]),
            fraction=model["f"][a],
            bias=model.get("h", zeros)[a],
            threshold_variance=model.get("s", zeros)[a],
            drive=dmft.WhiteNoise(model.get("sigma2", zeros)[a]),
        )
        for a in range(len(zeros))
    }
    mean = dmft.Mean(model["M"]) if "M" in model else None
    return dmft.Network(populations, dmft.Couplings(dmft.Random(np.sqrt(model["G"]).tolist()), mean))


def mismatch(model, solution, step, window):
    """Return how far the variances are from the map's, and the means from theirs."""
    grid = Grid(model, step, window, (800, 0.02))
    c, m = solution.cov_x_at(grid.t), solution.mean_x
    lone = (grid.noise / (2.0 * grid.tau))[:, None] * np.exp(-grid.t / grid.tau[:, None])
    q = np.array([grid.series.pair(phi[0], m[a], c[a, 0], c[a]) for a, phi in enumerate(grid.phi)])
    ahead = grid.filtered(grid.K @ q + grid.s[:, None], np.ones(len(m))) + lone
    rates = grid.h + grid.A @ grid.rates(m, c[:, 0])
    return (ahead - c)[:, 0] / np.max(c[:, 0]), rates - m


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(8, 60))])
def test_a_converged_state_satisfies_the_equations(seed):
    model = drawn(seed)
    solution = dmft.solve_stationary(network_of(model))
    if not np.all(solution.variance > 0.0):
        assert solution.state == "quiescent"
        return
    step = 0.05 * min(model["tau"])
    slow = 25.0 / solution.decay_rate if np.isfinite(solution.decay_rate) else 0.0
    window = min(max(40.0 * max(model["tau"]), slow), 8000.0 * step)
    coarse, fine = (mismatch(model, solution, part * step, window) for part in (1.0, 0.5))
    of_variance = (4.0 * fine[0] - coarse[0]) / 3.0 if "sigma2" in model else fine[0]
    assert np.max(np.abs(of_variance)) < 2e-6
    assert np.max(np.abs(fine[1])) < 1e-9
