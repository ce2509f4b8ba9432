"""Every static state of populations with a term of rank one that a blind search finds is among those of `branches`.

The search shares no code with the package but phi: its own quadrature, equations and Newton's method, from hundreds of
random starts. The networks are drawn at random, with means, biases and thresholds, vectors with and without means.
"""

import numpy as np
import pytest

import dmft

STARTS, STEPS = 300, 60
PHI = (dmft.Tanh(), dmft.Erf(), dmft.Symbolic("(1 + tanh(x))/2"), dmft.Symbolic("tanh(2*x + 0.5)"))
Z = np.linspace(-8.5, 8.5, 200)  # the trapezoidal rule: phi has its poles at a distance of 0.4 in z or more
W = np.exp(-(Z**2) / 2.0) / np.exp(-(Z**2) / 2.0).sum()


def drawn(seed, size=2):
    """A network, and its parameters as arrays."""
    rng = np.random.default_rng([14, size, seed])
    fractions = rng.dirichlet(np.full(size, 3.0))
    phi = [PHI[k] for k in rng.integers(len(PHI), size=size)]
    centred = rng.random() < 0.3  # vectors without means
    left = rng.uniform(0.3, 1.5)
    given = {
        "f": fractions,
        "phi": phi,
        "bias": rng.normal(size=size) * 0.5 * (rng.random() < 0.5),
        "s": np.abs(rng.normal(size=size)) * 0.3 * (rng.random(size) < 0.5),
        "g": rng.uniform(0.1, 1.2, (size, size)),
        "M": rng.normal(size=(size, size)) * 2.0 * (rng.random() < 0.8),
        "S": rng.normal() * 1.5,
        "left": left,
        "mbar": 0.0 if centred else rng.normal() * 1.2,
        "nbar": 0.0 if centred else rng.normal() * 1.2,
    }
    populations = {
        "abcd"[a]: dmft.Population(
            phi[a],
            dmft.Leaky(rng.uniform(0.5, 2.0)),
            fraction=fractions[a],
            bias=given["bias"][a],
            threshold_variance=given["s"][a],
        )
        for a in range(size)
    }
    term = dmft.LowRank(given["S"], left=left, mean_left=given["mbar"], mean_right=given["nbar"])
    couplings = dmft.Couplings(dmft.Random(given["g"].tolist()), dmft.Mean(given["M"].tolist()), low_rank=term)
    return dmft.Network(populations, couplings), given


def left_over(points, of):
    """m, log c and kappa at many points, shape (n, 2P + 1): what is left of the equations."""
    size = len(of["f"])
    m, c, kappa = points[:, :size], np.exp(points[:, size : 2 * size]), points[:, -1]
    x = m[:, :, None] + np.sqrt(c)[:, :, None] * Z
    values = np.stack([of["phi"][a](x[:, a]) for a in range(size)], axis=1)
    mean, square = values @ W, values**2 @ W
    slope = (values * Z) @ W / np.sqrt(c)
    to_m = of["bias"] + mean @ (of["M"] * of["f"]).T + of["mbar"] * kappa[:, None]
    to_c = of["s"] + square @ (of["g"] ** 2 * of["f"]).T + of["left"] * kappa[:, None] ** 2
    to_kappa = (of["nbar"] * mean + of["S"] * slope * kappa[:, None]) @ of["f"]
    return np.concatenate([m - to_m, np.log(c / to_c), (kappa - to_kappa)[:, None]], axis=1)


def blind_search(of, seed, starts=STARTS):
    """All roots with c > 0 that damped Newton's method finds from random starts, (m, c, kappa)."""
    size, rng = len(of["f"]), np.random.default_rng([99, seed])
    n = 2 * size + 1
    scale = np.concatenate([np.full(size, 3.0), np.full(size, 2.0), [1.5]])
    x = rng.normal(size=(starts, n)) * scale - np.concatenate([np.zeros(size), np.ones(size), [0.0]])
    residual = left_over(x, of)
    for _ in range(STEPS):
        h = 1e-6
        columns = [(left_over(x + h * e, of) - left_over(x - h * e, of)) / (2 * h) for e in np.eye(n)]
        matrix = np.stack(columns, axis=2)
        step = -(np.linalg.pinv(matrix) @ residual[:, :, None])[:, :, 0]
        step /= np.maximum(1.0, np.linalg.norm(step, axis=1) / 1.5)[:, None]
        best, size_now = x.copy(), np.linalg.norm(residual, axis=1)
        for part in (0.25, 0.5, 1.0):
            there = left_over(x + part * step, of)
            better = np.linalg.norm(there, axis=1) < size_now
            best[better], residual[better] = (x + part * step)[better], there[better]
            size_now = np.minimum(size_now, np.linalg.norm(there, axis=1))
        x = best
    good = (np.linalg.norm(residual, axis=1) < 1e-9) & (x[:, size : 2 * size].min(axis=1) > np.log(1e-8))
    kept = []
    for point in x[good]:
        if all(np.max(np.abs(point - other)) > 1e-5 for other in kept):
            kept.append(point)
    return [(p[:size], np.exp(p[size : 2 * size]), p[-1]) for p in kept]


def missing(network, of, seed, starts=STARTS):
    """The roots of the blind search that are not among the branches, those that are, and the branches."""
    states = [b.solution for b in dmft.branches(network) if b.solution.state in ("fixed point", "structured static")]
    mirrored = (of["mbar"] == of["nbar"] == 0.0) or (
        not np.any(of["bias"]) and all(phi in (dmft.Tanh(), dmft.Erf()) for phi in of["phi"])
    )
    lost, met = [], []
    for m, c, kappa in blind_search(of, seed, starts):
        if mirrored and kappa < -1e-7:
            continue
        there = [
            np.max(np.abs(np.atleast_1d(s.mean_x) - m)) < 1e-6
            and np.max(np.abs(np.atleast_1d(s.variance) / c - 1.0)) < 1e-6
            and abs(s.overlaps[0] - kappa) < 1e-6
            for s in states
        ]
        (met if any(there) else lost).append((m, c, kappa))
    return lost, met, states


@pytest.mark.long
@pytest.mark.parametrize("seed", [4, 6])
def test_no_static_state_of_several_is_missing(seed):
    network, of = drawn(seed)
    lost, met, states = missing(network, of, seed, 150)
    assert not lost
    assert len(met) == len(states) > 1


@pytest.mark.long
@pytest.mark.parametrize(("size", "seeds"), [(2, range(40, 55)), (3, range(12, 17))])
def test_no_static_state_of_random_networks_is_missing(size, seeds):
    """And where the signs of the determinants add up, the blind search finds no further one either: seen together."""
    for seed in seeds:
        network, of = drawn(seed, size)
        lost, _, _ = missing(network, of, seed)
        assert not lost, f"{size} populations, seed {seed}: {lost}"
