"""Populations that share a term of rank one: split populations, equations iterated by own quadrature, networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dmft
import validation
from dmft.theories.shared_structure import shared_structure_of
from dmft.theories.stationary.low_rank.shared import Search
from dmft.theories.stationary.low_rank.shared_stability import static_rates
from dmft.theories.stationary.question import Question

_Z = np.linspace(-9.0, 9.0, 361)
_W = np.exp(-0.5 * _Z**2) / np.exp(-0.5 * _Z**2).sum()
GAINS = [[0.5, 0.3], [0.4, 0.6]]


def _two(g: Any, overlap: float, mean: Any = None, tau: float = 2.0, **more: Any) -> dmft.Network:
    populations = {
        "a": dmft.Population(dmft.Tanh(), fraction=0.4),
        "b": dmft.Population(dmft.Erf(), dmft.Leaky(tau), fraction=0.6),
    }
    return dmft.Network(
        populations,
        dmft.Couplings(
            dmft.Random(g), None if mean is None else dmft.Mean(mean), low_rank=dmft.LowRank(overlap, **more)
        ),
    )


@pytest.mark.parametrize(
    ("g", "term", "unit"),
    [
        (0.8, {"overlap": 1.5}, {}),
        (2.5, {"overlap": 3.0}, {}),
        (2.0, {"overlap": 1.2}, {}),  # no structure: the random couplings alone
        (0.9, {"overlap": 0.8, "left": 1.3, "mean_left": 0.5, "mean_right": 1.0}, {}),
        (0.8, {"overlap": 1.8}, {"bias": 0.3}),
        (0.8, {"overlap": 1.5}, {"drive": dmft.WhiteNoise(0.4), "threshold_variance": 0.2}),
        pytest.param(2.8, {"overlap": 0.0, "mean_left": 1.0, "mean_right": 4.0}, {}, marks=pytest.mark.long),
    ],
)
def test_a_split_population_is_the_whole(g: float, term: dict[str, Any], unit: dict[str, Any]) -> None:
    couplings = dmft.Couplings(dmft.Random(g), low_rank=dmft.LowRank(**term))
    whole = dmft.solve_stationary(dmft.Network(dmft.Population(**unit), couplings))
    parts = {name: dmft.Population(fraction=part, **unit) for name, part in (("a", 0.3), ("b", 0.7))}
    split = dmft.solve_stationary(dmft.Network(parts, couplings))
    assert split.state == whole.state
    assert split.stable in (True, None)
    assert split.kappa == pytest.approx(whole.kappa, abs=1e-9)
    for name in ("variance", "static_variance", "mean_x", "mean_phi"):
        np.testing.assert_allclose(getattr(split, name), getattr(whole, name), atol=1e-9 * max(whole.variance, 1e-9))
    np.testing.assert_allclose(split.corr_x_at(1.5), whole.corr_x_at(1.5), atol=1e-8 * whole.variance)
    assert float(dmft.lyapunov_exponent(split)) == pytest.approx(float(dmft.lyapunov_exponent(whole)), abs=1e-8)
    if "chaotic" in whole.state and "mean_left" not in term:
        assert dmft.effective_dimension(split) == pytest.approx(dmft.effective_dimension(whole), rel=1e-5)


def _iterated(overlap: float, mean: Any, left: float, mean_left: float, mean_right: float) -> tuple[float, Any, Any]:
    """Fixed point of the equations of two populations, by plain iteration and trapezoids."""
    f, K = np.array([0.4, 0.6]), np.array(GAINS) ** 2 * [0.4, 0.6]
    A = np.array(mean) * f
    kappa, m, c = 1.0, np.zeros(2), np.ones(2)
    for _ in range(4000):
        x = m[:, None] + np.sqrt(c)[:, None] * _Z
        phi = np.stack([np.tanh(x[0]), np.array(dmft.Erf()(x[1]))])
        slope = np.stack([1.0 - np.tanh(x[0]) ** 2, np.array(dmft.Erf().derivative(x[1]))])
        rate, square, steep = phi @ _W, phi**2 @ _W, slope @ _W
        kappa, m, c = (
            float(f @ (mean_right * rate + overlap * kappa * steep)),
            A @ rate + mean_left * kappa,
            K @ square + left * kappa**2,
        )
    return kappa, m, c


@pytest.mark.long
@pytest.mark.parametrize(
    ("overlap", "mean", "left", "mean_left", "mean_right"),
    [
        (1.6, [[0.0, 0.0], [0.0, 0.0]], 1.0, 0.0, 0.0),
        (1.4, [[0.5, -0.4], [0.3, -0.2]], 0.7, 0.4, 0.9),
        (1.9, [[0.3, 0.2], [0.0, -0.8]], 1.6, -0.3, 0.5),
    ],
)
def test_a_static_state_by_iteration(
    overlap: float, mean: Any, left: float, mean_left: float, mean_right: float
) -> None:
    couplings = {"left": left, "mean_left": mean_left, "mean_right": mean_right}
    solution = dmft.solve_stationary(_two(GAINS, overlap, mean, **couplings))
    kappa, m, c = _iterated(overlap, mean, left, mean_left, mean_right)
    assert (solution.state, solution.stable) == ("structured static", True)
    sign = np.sign(kappa) * np.sign(solution.overlaps[0])
    assert sign * solution.overlaps[0] == pytest.approx(kappa, abs=1e-9 + 3.0 * solution.kappa_error)
    np.testing.assert_allclose(solution.variance, c, rtol=1e-8)
    np.testing.assert_allclose(sign * solution.mean_x, m, atol=1e-8)


@pytest.mark.long
def test_structure_begins_where_what_is_fed_back_exceeds_one() -> None:
    """sum_b f_b <phi_b'> S = 1 in the state without structure, chaotic here."""
    gains = [[2.0, 1.5], [1.8, 2.2]]
    alone = dmft.solve_stationary(_two(gains, 0.0))
    onset = 1.0 / float(np.array([0.4, 0.6]) @ alone.mean_slope)
    found = [dmft.branches(_two(gains, part * onset)) for part in (0.97, 1.03)]
    assert all(of.complete for of in found)
    below, above = ([b for b in of if b.solution.state.endswith("chaotic")] for of in found)
    assert [(b.solution.state, b.stable) for b in below] == [("chaotic", True)]
    assert (above[0].solution.state, above[0].stable) == ("chaotic", False)
    assert above[1].solution.state == "structured chaotic"
    assert 0.0 < above[1].solution.kappa < 1.0


@pytest.mark.long
@pytest.mark.parametrize(("g", "overlap"), [(GAINS, 2.0), ([[2.8, 2.0], [2.2, 3.0]], 3.5)])
def test_networks_at_their_own_outlier(g: Any, overlap: float) -> None:
    """Static and chaotic: |kappa| and variances of single networks, theory at the outlier of each; a term that is a
    tenth stronger is seen."""
    size, count = 1200, 6
    measure = ("correlation", "kappa", "outlier")
    simulation = validation.simulate(
        _two(g, overlap),
        size,
        n_realizations=count,
        duration=60.0,
        burn_in=80.0,
        initial_states=2,
        seed=4,
        measure=measure,
    )
    gaps = {part: np.empty((count, 3)) for part in (1.0, 1.1)}
    for part, gap in gaps.items():
        for i, outlier in enumerate(simulation.values("outlier", size)):
            theory = dmft.solve_stationary(_two(g, float(part * outlier)))
            expected = np.append(theory.variance, theory.kappa)
            seen = np.append(simulation.values("variance", size)[i], simulation.values("kappa", size)[i])
            gap[i] = seen / expected - 1.0
    error = {part: gap.std(axis=0, ddof=1) / np.sqrt(count) for part, gap in gaps.items()}
    assert np.all(np.abs(gaps[1.0].mean(axis=0)) < 3.5 * error[1.0] + 0.01)
    assert np.any(np.abs(gaps[1.1].mean(axis=0)) > 3.5 * error[1.1] + 0.01)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (_two(GAINS, [[1.0, 0.2], [0.0, 1.0]]), "of rank one are solved"),
        (_two(GAINS, 1.5, outlier=1.6), "measured outliers"),
        (_two(GAINS, 1.5).replace(**{"populations.a.nonlinearity": dmft.ReLU()}), "phi that saturate"),
        (_two(GAINS, 1.5).replace(**{"populations.b.drive": dmft.Sinusoid(1.0, 0.2)}), "drives common"),
    ],
)
def test_refuses_by_name(network: dmft.Network, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        dmft.solve_stationary(network)
    with pytest.raises(ValueError, match=reason):
        dmft.branches(network)


def test_what_is_not_known_of_it_is_refused(tmp_path: Any) -> None:
    solution = dmft.solve_stationary(_two(GAINS, 1.6))
    with pytest.raises(TypeError, match="this state of populations with low-rank couplings"):
        dmft.energy(solution)
    with pytest.raises((TypeError, ValueError)):
        dmft.susceptibility(solution, [0.1])
    assert dmft.stability(solution).stable
    dmft.save(solution, tmp_path / "state.h5")
    again = dmft.load(tmp_path / "state.h5")
    assert again.kappa == solution.kappa
    np.testing.assert_array_equal(again.corr_x_at(0.7), solution.corr_x_at(0.7))


@pytest.mark.long
def test_the_rates_of_a_fixed_point_are_outliers_of_networks() -> None:
    """The two slowest rates of kappa, means and covariances, beside the Jacobian of drawn networks: -.347 and -.406."""
    size, part = 600, 240
    g, mean, tau = 0.3 * np.array([[0.3, 0.2], [0.25, 0.35]]), np.array([[1.9, -0.3], [0.9, 1.2]]), np.array([1.0, 2.0])
    of, erf, found = (np.arange(size) >= part).astype(int), dmft.Erf(), []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        m = rng.normal(size=size)
        for a in (0, 1):
            m[of == a] = (m[of == a] - m[of == a].mean()) / m[of == a].std()
        J = (
            rng.normal(size=(size, size)) * np.sqrt(size) * g[of][:, of] + mean[of][:, of] + np.outer(m, 2.0 * m)
        ) / size
        x = m.copy()
        for _ in range(600):
            x += 0.2 * (J @ np.where(of == 0, np.tanh(x), np.asarray(erf(x))) - x)
        slope = np.where(of == 0, 1.0 - np.tanh(x) ** 2, np.asarray(erf.derivative(x)))
        rates = np.linalg.eigvals((J * slope - np.eye(size)) / tau[of][:, None])
        found.append(np.sort(rates.real)[:-3:-1])
    network = _two(g.tolist(), 2.0, mean.tolist())
    structure = shared_structure_of(network)
    (state,) = (s for s in Search(structure, Question(network)).states() if s.stable)
    theory = np.sort(static_rates(structure, state.kappa, state.alone).real)[:-3:-1]
    error = np.std(found, axis=0, ddof=1) / 2.0
    assert np.all(np.abs(np.mean(found, axis=0) - theory) < 3.0 * error + 4.0 / size)
    assert np.all(3.0 * error + 4.0 / size < 0.03)  # the two are .06 apart


@pytest.mark.long
@pytest.mark.parametrize(
    ("term", "unit"),
    [
        ({"overlap": 1.3}, {}),
        ({"overlap": 0.3, "left": 0.5, "mean_left": 0.9, "mean_right": 1.3}, {"bias": 0.1}),
    ],
)
def test_the_spectrum_of_a_split_population_is_that_of_the_whole(term: dict[str, Any], unit: dict[str, Any]) -> None:
    """Bulk, and eigenvalues outside of it with and without what J has in common with phi'(x); the exponent is one."""
    couplings = dmft.Couplings(dmft.Random(0.4), low_rank=dmft.LowRank(**term))
    parts = {name: dmft.Population(fraction=part, **unit) for name, part in (("a", 0.3), ("b", 0.7))}
    states = [dmft.solve_stationary(dmft.Network(of, couplings)) for of in (dmft.Population(**unit), parts)]
    whole, split = (dmft.jacobian_spectrum(state) for state in states)
    exponents = [dmft.lyapunov_exponent(state) for state in states]
    assert float(exponents[1]) == pytest.approx(float(exponents[0]), abs=1e-9)
    assert float(exponents[1]) == pytest.approx(np.max(whole.outliers.real), abs=1e-9)
    assert split.radius == pytest.approx(whole.radius, rel=1e-9)
    assert len(whole.outliers) > 0
    np.testing.assert_allclose(split.outliers, whole.outliers, atol=1e-8)
    np.testing.assert_allclose(split.naive_outliers, whole.naive_outliers, atol=1e-8)
    assert abs(split.naive_outliers[0] - split.outliers[0]) > 0.01


@pytest.mark.long
def test_an_inner_state_of_the_populations_is_found() -> None:
    """At kappa = 0 these populations have several fixed points, and rest leads to another one than this: networks come
    to rest at kappa = -.10(1)."""
    network = dmft.Network(
        {
            "a": dmft.Population(dmft.Symbolic("(1+tanh(x))/2"), dmft.Leaky(0.591), fraction=0.35092984712340936),
            "b": dmft.Population(dmft.Erf(), dmft.Leaky(0.945), fraction=0.6490701528765906),
        },
        dmft.Couplings(
            dmft.Random([[0.94, 0.219], [1.031, 0.602]]),
            dmft.Mean([[3.05, -1.03], [-0.509, 2.841]]),
            low_rank=dmft.LowRank(-0.71, left=1.249, mean_left=-1.689, mean_right=0.569),
        ),
    )
    state = dmft.solve_stationary(network)
    assert state.stable
    assert state.state == "structured static"
    assert state.overlaps[0] == pytest.approx(-0.1077264513, abs=1e-9)  # by the search of tests/invariants
    assert state.kappa_error < 1e-9
    assert dmft.branches(network).complete
