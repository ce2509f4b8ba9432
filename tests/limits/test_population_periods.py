"""Locked states of several populations: where a march comes to, without a drive, and split populations."""

from __future__ import annotations

import numpy as np
import pytest

import dmft

DRIVES = dmft.Sinusoid(2.6, 0.25), dmft.Sinusoid(1.0, 0.25)


def network(*drives: dmft.Sinusoid | None, scale: float = 1.0) -> dmft.Network:
    """An excitatory and an inhibitory population that differ in everything; the mean couplings times `scale`."""
    return dmft.Network(
        {
            "E": dmft.Population(dmft.Tanh(), fraction=0.6, bias=0.3 * scale, drive=drives[0]),
            "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.5), fraction=0.4, threshold_variance=0.2, drive=drives[1]),
        },
        dmft.Couplings(dmft.Random([[1.2, 0.8], [1.2, 0.5]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]], scale=scale)),
    )


@pytest.mark.long
@pytest.mark.parametrize(("drives", "scale"), [(DRIVES, 1.0), ((DRIVES[0], None), 4.0)])
def test_a_march_comes_to_it(drives: tuple[dmft.Sinusoid, dmft.Sinusoid], scale: float) -> None:
    """By the march in two times, whose steps know nothing of the period; within the errors that both tell."""
    driven = network(*drives, scale=scale)
    locked = dmft.solve_periodic(driven)
    march = dmft.solve_nonstationary(driven, 32.0, method=dmft.TwoTimeMarch(dt=0.0625))
    rows, every = march.last_period(), len(locked.times) // 64
    assert march.state == "locked"
    error = march.convergence.error + locked.convergence.error
    assert error < 0.02
    size = np.max(locked.variance, axis=1)[:, None]
    assert np.all(np.abs(march.variance[:, rows] - locked.variance[:, ::every]) < error * size)
    assert np.all(np.abs(march.mean_x[:, rows] - locked.mean_x[:, ::every]) < error * np.sqrt(size))
    assert dmft.lyapunov_exponent(march) == pytest.approx(dmft.lyapunov_exponent(locked), abs=1e-9)
    assert dmft.lyapunov_exponent(locked) < 0.0


@pytest.mark.long
def test_weak_drives_leave_the_fixed_point() -> None:
    """To the order of the amplitude the means move, and the variances stay: those of the static state."""
    still = dmft.solve_stationary(network(None, None))
    amplitude = 1e-3
    locked = dmft.solve_periodic(network(dmft.Sinusoid(amplitude, 0.25), dmft.Sinusoid(amplitude, 0.25)))
    np.testing.assert_allclose(locked.variance.mean(axis=1), still.variance, rtol=1e-5)
    np.testing.assert_allclose(locked.mean_x.mean(axis=1), still.mean_x, atol=1e-5)
    assert 0.1 * amplitude < np.ptp(locked.mean_x, axis=1).min() < 4.0 * amplitude
    silent = dmft.solve_periodic(network(dmft.Sinusoid(0.0, 0.25), None))
    np.testing.assert_allclose(
        silent.variance, np.broadcast_to(still.variance[:, None], silent.variance.shape), rtol=1e-6
    )
    assert dmft.lyapunov_exponent(silent) == pytest.approx(dmft.lyapunov_exponent(still), abs=1e-6)


@pytest.mark.long
def test_the_error_bounds_what_more_points_show() -> None:
    driven = network(*DRIVES)
    few, many = dmft.solve_periodic(driven, n=48), dmft.solve_periodic(driven, n=384, rtol=1e-10)
    gap = np.max(np.abs(few.variance - many.variance[:, ::8]), axis=1) / np.max(many.variance, axis=1)
    size = np.sqrt(np.max(many.variance, axis=1) + np.max(many.mean_x**2, axis=1))
    error = max(np.max(gap), np.max(np.max(np.abs(few.mean_x - many.mean_x[:, ::8]), axis=1) / size))
    assert error < few.convergence.error < 20.0 * error


@pytest.mark.parametrize(
    ("population", "mean"),
    [
        (dmft.Population(dmft.Tanh(), drive=dmft.Sinusoid(3.0, 0.2)), None),
        (dmft.Population(dmft.ReLU(), bias=5.0, drive=dmft.Sinusoid(3.0, 0.2)), -10.0),
        (dmft.Population(dmft.Erf(), dmft.Leaky(2.0), threshold_variance=0.2, drive=dmft.Sinusoid(3.0, 0.1)), 0.8),
    ],
)
def test_a_split_population_is_the_same(population: dmft.Population, mean: float | None) -> None:
    couplings = dmft.Couplings(dmft.Random(1.5), None if mean is None else dmft.Mean(mean))
    whole = dmft.solve_periodic(dmft.Network(population, couplings), n=64, rtol=1e-12)
    parts = {"a": population.replace(fraction=0.3), "b": population.replace(fraction=0.7)}
    split = dmft.solve_periodic(dmft.Network(parts, couplings), n=64, rtol=1e-12)
    for name in ("mean_x", "variance", "mean_phi", "covariance"):
        one, two = getattr(whole, name), getattr(split, name)
        assert two.shape == (2, *one.shape)
        np.testing.assert_allclose(two, np.broadcast_to(one, two.shape), atol=1e-10 * np.max(whole.variance))


@pytest.mark.long
def test_the_unit_of_time_does_not_matter() -> None:
    def slowed(tau: float) -> dmft.PeriodicSolution:
        drive = dmft.Sinusoid(2.0, 0.25 / tau)
        populations = {
            "a": dmft.Population(dmft.Tanh(), dmft.Leaky(tau), fraction=0.5, bias=0.3, drive=drive),
            "b": dmft.Population(dmft.Tanh(), dmft.Leaky(2.0 * tau), fraction=0.5),
        }
        couplings = dmft.Couplings(dmft.Random([[1.0, 0.5], [0.8, 0.4]]), dmft.Mean([[1.0, -2.0], [1.5, -1.0]]))
        return dmft.solve_periodic(dmft.Network(populations, couplings), n=64, rtol=1e-12)

    one, three = slowed(1.0), slowed(3.0)
    np.testing.assert_allclose(three.covariance, one.covariance, atol=1e-10)
    np.testing.assert_allclose(three.mean_x, one.mean_x, atol=1e-10)
    assert dmft.lyapunov_exponent(three) == pytest.approx(dmft.lyapunov_exponent(one) / 3.0, abs=1e-9)


@pytest.mark.long
def test_means_that_leave_it_are_told() -> None:
    """Excited on average, m = 0 without input is left, and so is the weakly driven state around it."""
    populations = {n: dmft.Population(dmft.Tanh(), fraction=0.5, drive=dmft.Sinusoid(0.05, 0.2)) for n in "ab"}
    unstable = dmft.Network(populations, dmft.Couplings(dmft.Random(0.5), dmft.Mean(3.0)))
    with pytest.raises(dmft.NotConvergedError, match="its means leave it"):
        dmft.solve_periodic(unstable)


@pytest.mark.long
def test_the_exponent_of_a_chaotic_state_of_a_split_population() -> None:
    """By the kernels of two populations that are one; and by a march that has come to the state."""
    drive = dmft.Sinusoid(0.3, 0.2)
    couplings = dmft.Couplings(dmft.Random(2.0))
    whole = dmft.lyapunov_exponent(dmft.solve_periodic(dmft.RandomNetwork(2.0, drive=drive), n=64))
    parts = {n: dmft.Population(dmft.Tanh(), fraction=f, drive=drive) for n, f in (("a", 0.3), ("b", 0.7))}
    split = dmft.Network(parts, couplings)
    locked = dmft.solve_periodic(split, n=64)
    exponent = dmft.lyapunov_exponent(locked)
    assert float(exponent) == pytest.approx(float(whole), abs=1e-9)
    assert exponent.error < 2e-4
    march = dmft.solve_nonstationary(split, 60.0, method=dmft.TwoTimeMarch(dt=0.1))
    assert march.state == "chaotic"
    again = dmft.lyapunov_exponent(march)
    assert abs(again - exponent) <= again.error + exponent.error


@pytest.mark.long
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_weak_drive_leaves_the_exponent_of_the_stationary_state(scale: float) -> None:
    """S1 of the tables, lambda = .1969371: by the march in two times, which knows nothing of the lag equation."""
    taus, drive = (scale, 2.5 * scale), dmft.Sinusoid(1e-4, 0.2 / scale)
    populations = {n: dmft.Population(dmft.Tanh(), dmft.Leaky(t), drive=drive) for n, t in zip("ab", taus, strict=True)}
    driven = dmft.Network(
        {n: unit.replace(fraction=0.5) for n, unit in populations.items()}, dmft.Random([[4.0, 2.0], [3.0, 3.0]])
    )
    exponent = dmft.lyapunov_exponent(dmft.solve_periodic(driven, n=64, on_failure="ignore"))
    assert abs(scale * exponent - 0.1969371) <= scale * exponent.error < 5e-4


@pytest.mark.parametrize(
    ("drives", "message"),
    [
        ((None, None), "needs a Sinusoid of common phase"),
        ((dmft.Sinusoid(1.0, 0.2), dmft.Sinusoid(1.0, 0.2 * 2**0.5)), "no period together"),
        ((dmft.Sinusoid(1.0, 0.2), dmft.WhiteNoise(0.3)), "a private input keeps x from repeating"),
        ((dmft.Sinusoid(1.0, 0.2, "random"), None), "needs a Sinusoid of common phase"),
    ],
)
def test_refuses(drives: tuple[object, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dmft.solve_periodic(network(*drives))
