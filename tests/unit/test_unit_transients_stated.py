"""What a sampled transient is asked and what it says: the growing field, refusals, runs that end, and what is kept."""

import numpy as np
import pytest

import dmft
from dmft.numerics.two_time.appended import LEFT_OUT, AppendedField, MatchedColumns, UsedUpError
from dmft.theories.nonstationary.unit_march import UnitMarch
from dmft.theories.nonstationary.unit_site import marched_site
from dmft.theories.stated_units import units_in_time

FEW = dmft.UnitPaths(paths=200, runs=2, seed=1)
SELF = dmft.SelfCoupled(0.5)


def network(unit=SELF, random=1.5, mean=None, **more):
    return dmft.Network(dmft.Population(dynamics=unit, **more), dmft.Couplings(dmft.Random(random), mean))


def test_an_appended_field_has_the_covariance_that_it_is_told():
    """Exactly over the paths: columns are matched. A smooth process takes few numbers, a rough one one a time."""
    times, m = 0.1 * np.arange(80), 400
    for covariance, numbers in (
        (np.exp(-0.5 * (times[:, None] - times) ** 2), (8, 40)),
        (np.exp(-np.abs(times[:, None] - times)), (80, 80)),
    ):
        beside = np.random.default_rng(1).standard_normal((1, m))
        beside -= beside.mean()
        columns = MatchedColumns(m, np.random.default_rng(2), beside)
        field = AppendedField(columns, m)
        values = np.array([field.append(t, covariance[t, : t + 1]) for t in range(len(times))])
        assert values @ values.T / m == pytest.approx(covariance, abs=LEFT_OUT)
        assert np.max(np.abs(values.mean(axis=1))) < 1e-10
        assert np.max(np.abs(values @ beside[0])) / m < 1e-10
        assert numbers[0] <= len(field._times) <= numbers[1]


def test_a_time_that_is_taken_back_gets_the_same_number_again():
    columns = MatchedColumns(100, np.random.default_rng(2), np.zeros((0, 100)))
    field = AppendedField(columns, 100)
    first = field.append(0, np.array([1.0]))
    other = field.append(1, np.array([0.5, 1.0]))
    field.withdraw()
    assert field.append(1, np.array([0.5, 1.0])) == pytest.approx(other, abs=1e-14)
    field.withdraw()
    new = field.append(1, np.array([0.1, 1.0]))
    assert np.mean(first * new) == pytest.approx(0.1, abs=1e-12)


def test_columns_end():
    columns = MatchedColumns(100, np.random.default_rng(2), np.zeros((0, 100)))
    for _ in range(48):
        columns.take()
    with pytest.raises(UsedUpError, match="100 paths have no more than"):
        columns.take()


@pytest.mark.parametrize(
    ("statement", "settings", "words"),
    [
        (network(), {"method": dmft.UnitPaths(dt=0.5, paths=200)}, "dt must be at most"),
        (network(drive=dmft.Sinusoid(1.0, 5.0)), {"method": dmft.UnitPaths(dt=0.1)}, "dt must be at most 0.0125"),
        (network(), {"init": (0.0, -1.0)}, "variance"),
        (dmft.Network(dmft.Population(dynamics=SELF), dmft.Random(1.5, symmetry=0.3)), {}, "symmetry=0"),
        (network(dmft.DivisiveNorm(1.0), drive=dmft.WhiteNoise(1.0)), {}, "white noise is solved where it adds"),
        (
            dmft.Network(dmft.Population(dynamics=dmft.Oscillator(1.0, 0.5)), dmft.Random(1.5)),
            {"method": FEW},
            "states",
        ),
        (network(), {"method": dmft.TwoTimeMarch()}, "leaky units"),
        (network(), {"method": dmft.UnitPaths(paths=10**8)}, "take a shorter duration"),
    ],
)
def test_what_is_not_solved_is_refused(statement, settings, words):
    with pytest.raises(ValueError, match=words):
        dmft.solve_nonstationary(statement, 50.0, **settings)


@pytest.mark.parametrize("settings", [{"paths": 100}, {"runs": 1}, {"dt": 0.0}])
def test_settings_out_of_range(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        dmft.UnitPaths(**settings)


def test_a_run_that_ends_says_when_and_where():
    unit = dmft.Dynamics("-x + x**3 + h", "tanh(x)")
    with pytest.raises(
        dmft.NotConvergedError, match=r"path \d+ is not finite at a time of [\d.]+, where it hears h = "
    ) as caught:
        dmft.solve_nonstationary(network(unit, 1.0), 20.0, method=FEW)
    assert caught.value.solution.convergence.status is dmft.Status.NON_FINITE


def test_too_few_runs_and_too_few_paths_are_said():
    with pytest.raises(dmft.NotConvergedError, match=r"not resolved: the error is up to .*times as many paths"):
        dmft.solve_nonstationary(network(), 3.0, method=FEW, rtol=1e-3)
    noisy = network(dmft.LotkaVolterra(1e-3), 2.0, dmft.Mean(-4.0))
    with pytest.raises(dmft.NotConvergedError, match=r"independent numbers.*raise paths"):
        dmft.solve_nonstationary(noisy, 40.0, method=dmft.UnitPaths(paths=128, runs=2, dt=0.1))


def test_what_is_kept(tmp_path):
    """Populations keep their axis, fields of several kinds their march; a file brings all of it back."""
    ei = dmft.Network(
        {
            "E": dmft.Population(dynamics=SELF, fraction=0.7, bias=0.2),
            "I": dmft.Population(dmft.Tanh(), dmft.Leaky(0.5), drive=dmft.Sinusoid(0.5, 0.2, phases="random")),
        },
        dmft.Couplings(dmft.Random([[1.5, 1.0], [1.2, 0.5]]), dmft.Mean([[1.0, -1.5], [1.0, -1.0]])),
    )
    found = dmft.solve_nonstationary(ei, 2.0, init=((0.5, 0.0), 1.0), method=FEW, on_failure="ignore")
    n = len(found.times)
    assert found.mean_x.shape == found.variance_error.shape == (2, n)
    assert found.corr_x.shape == found.corr_phi_error.shape == (2, n, n)
    assert found.mean_x[:, 0] == pytest.approx([0.5, 0.0], abs=1e-12)
    assert found.variance[:, 0] == pytest.approx([1.0, 1.0], abs=1e-12)
    assert found.period == 5.0
    path = tmp_path / "transient.nc"
    dmft.save(found, path)
    again = dmft.load(path)
    for name in ("variance", "corr_x_error", "corr_phi", "band"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert {"corr_x_error", "corr_phi_error"} <= set(found.to_xarray())
    same = dmft.solve_nonstationary(ei, 2.0, init=((0.5, 0.0), 1.0), method=FEW, on_failure="ignore")
    np.testing.assert_array_equal(same.corr_phi, found.corr_phi)


def test_without_couplings_a_unit_goes_its_own_way():
    """Courses that are known: x' = -x^3, and a species, x' = x (1 - x)."""
    still = dmft.solve_nonstationary(
        network(dmft.Dynamics("-x**3 + h", "x"), 1e-6), 2.0, init=(1.0, 0.0), method=FEW, on_failure="ignore"
    )
    assert still.mean_x == pytest.approx((1.0 + 2.0 * still.times) ** -0.5, abs=1e-5)
    logistic = dmft.solve_nonstationary(
        network(dmft.LotkaVolterra(0.0), 1e-6), 3.0, init=(0.1, 0.0), method=FEW, on_failure="ignore"
    )
    assert logistic.mean_x == pytest.approx(1.0 / (1.0 + 9.0 * np.exp(-logistic.times)), rel=1e-4)


def test_a_linear_unit_is_exact_but_for_the_step():
    """Columns are matched, so that linear paths have the covariance of infinitely many: what is left falls as h^3."""
    gain, end = 1.2, 3.2
    march = dmft.solve_nonstationary(
        dmft.RandomNetwork(gain, dmft.Linear()), end, init=(0.0, 0.7), method=dmft.TwoTimeMarch(dt=0.01)
    )
    units = units_in_time(network(dmft.Dynamics("-x + h", "x"), gain))
    sites = tuple(marched_site(site, dmft.Dynamics("-x + h", "x")) for site in units.sites)
    begin = np.zeros(1), np.array([0.7])
    found = []
    for h in (0.4, 0.2, 0.1):
        run = UnitMarch(units, sites, h, round(end / h), 400, begin, np.random.SeedSequence(3)).run()
        found.append(run.corr_x[0, -1, [0, round(0.5 * end / h), -1]])
    exact = march.covariance[-1, [0, 160, 320]]
    assert found[-1] == pytest.approx(exact, abs=2.0 * LEFT_OUT * exact[-1])
    assert np.max(np.abs(found[1] - exact)) < np.max(np.abs(found[0] - exact)) / 5.0
