"""Random plus low-rank couplings where the answer is known from elsewhere: a symmetry, a limit, another solver."""

import math

import numpy as np
import pytest

import dmft
from dmft.phases.low_rank_lines import structured_chaos


def network(g, overlap, *, population=None, mean=None, **more):
    random = None if g is None else dmft.Random(g)
    return dmft.Network(
        population or dmft.Population(), dmft.Couplings(random, mean, low_rank=dmft.LowRank(overlap, **more))
    )


@pytest.mark.parametrize("g", [0.7, 1.05, 2.0])
@pytest.mark.parametrize("overlap", [0.0, 0.9, -3.0])
def test_a_weak_structure_changes_nothing(g, overlap):
    alone, solution = dmft.solve_stationary(dmft.RandomNetwork(g=g)), dmft.solve_stationary(network(g, overlap))
    assert solution.state == alone.state
    assert solution.kappa == 0.0
    assert solution.variance == pytest.approx(alone.variance, rel=1e-11)
    lags = np.linspace(0.0, 10.0, 21)
    assert solution.corr_x_at(lags) == pytest.approx(alone.corr_x_at(lags), rel=1e-8, abs=1e-11)
    expected = dmft.lyapunov_exponent(alone)
    if g < 1.0:  # a fixed point may come back more slowly along kappa
        expected = max(expected, overlap - 1.0)
    assert dmft.lyapunov_exponent(solution) == pytest.approx(expected, abs=1e-10)


def test_white_noise_alone():
    drive = dmft.Population(drive=dmft.WhiteNoise(0.4))
    alone = dmft.solve_stationary(dmft.RandomNetwork(g=1.5, drive=dmft.WhiteNoise(0.4)))
    solution = dmft.solve_stationary(network(1.5, 0.5, population=drive))
    assert solution.state == alone.state
    assert solution.variance == pytest.approx(alone.variance, rel=1e-10)
    exponent = dmft.lyapunov_exponent(solution)
    assert abs(exponent - dmft.lyapunov_exponent(alone)) < exponent.numerical_error + 1e-9


@pytest.mark.long
def test_a_constant_vector_is_a_mean_of_the_couplings():
    """m constant, n constant: the population mean M = n m, by three statements and two solvers."""
    mean = dmft.Mean(1.6)
    by_populations = dmft.solve_stationary(dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(0.8), mean)))
    for statement in (
        network(0.8, 0.0, left=0.0, mean_left=1.0, mean_right=1.6),
        network(0.8, 0.0, mean=mean),
    ):
        solution = dmft.solve_stationary(statement)
        assert abs(solution.mean_x) == pytest.approx(abs(float(by_populations.mean_x)), rel=1e-9)
        assert solution.variance == pytest.approx(float(by_populations.variance), rel=1e-9)
    assert solution.mean_x == pytest.approx(1.1625218, abs=1e-7)
    assert dmft.fixed_point_outliers(solution).values[0].real == pytest.approx(-0.563407, abs=1e-6)


def test_thresholds_and_noise_are_those_of_a_population():
    """Sheet S7: G = 2.25, bias .5, thresholds 1, noise 1."""
    population = dmft.Population(bias=0.5, threshold_variance=1.0, drive=dmft.WhiteNoise(1.0))
    solution = dmft.solve_stationary(network(1.5, 0.0, population=population))
    assert solution.variance == pytest.approx(2.635125, abs=1e-6)
    assert solution.static_variance == pytest.approx(1.906323, abs=1e-6)


def test_vectors_may_be_scaled_against_each_other():
    """m -> a m, n -> n/a: the same couplings; kappa -> kappa/a."""
    for overlap in (1.5, [[2.5, -0.7], [0.7, 2.5]]):
        one, two = (dmft.solve_stationary(network(0.8, overlap, left=left)) for left in (1.0, 4.0))
        assert two.variance == pytest.approx(one.variance, rel=1e-12)
        assert two.kappa == pytest.approx(0.5 * one.kappa, rel=1e-11)


def test_vectors_may_be_turned():
    """Other combinations of the same vectors: n . m -> A^-1 S A, S_mm -> A^T S_mm A."""
    overlap = np.array([[2.0, 0.3], [-0.2, 1.4]])
    turn = np.array([[1.0, 0.4], [0.2, 1.5]])
    inverse = np.linalg.inv(turn)
    one = dmft.solve_stationary(network(0.8, overlap))
    two = dmft.solve_stationary(network(0.8, inverse @ overlap @ turn, left=turn.T @ turn))
    assert two.variance == pytest.approx(one.variance, rel=1e-12)
    kappa = turn @ two.overlaps
    assert kappa * math.copysign(1.0, kappa @ one.overlaps) == pytest.approx(one.overlaps, rel=1e-10)


def test_a_second_weaker_vector_is_not_heard():
    one, two = dmft.solve_stationary(network(2.5, 3.0)), dmft.solve_stationary(network(2.5, [[3.0, 0.0], [0.0, 2.0]]))
    assert (two.variance, two.kappa) == pytest.approx((one.variance, one.kappa), rel=1e-12)


@pytest.mark.long
def test_a_slow_rotation_is_the_structured_chaos():
    still = dmft.solve_stationary(network(2.5, 3.0))
    turning = dmft.solve_stationary(network(2.5, [[3.0, -0.1], [0.1, 3.0]]))
    assert turning.state == "rotating chaotic"
    assert turning.variance == pytest.approx(still.variance, rel=1e-12)
    assert turning.kappa == pytest.approx(still.kappa, rel=1e-2)


def test_without_random_couplings():
    """kappa^2 = c0, <phi'>_{c0} = 1/1.5."""
    solution = dmft.solve_stationary(network(None, 1.5))
    assert solution.state == "structured static"
    assert solution.kappa == pytest.approx(math.sqrt(solution.variance), rel=1e-13)
    assert solution.variance == pytest.approx(0.7113529089, abs=1e-10)


def test_kappa_vanishes_like_a_root_at_the_onset():
    onset = 1.0 / dmft.solve_stationary(dmft.RandomNetwork(g=2.0)).mean_slope
    assert onset == pytest.approx(2.0542, abs=1e-4)
    kappa = [dmft.solve_stationary(network(2.0, onset * (1.0 + far))).kappa for far in (1e-4, 1e-6, 1e-8)]
    assert kappa[0] / kappa[1] == pytest.approx(10.0, rel=1e-2)
    assert kappa[1] / kappa[2] == pytest.approx(10.0, rel=1e-3)
    assert dmft.solve_stationary(network(2.0, onset * (1.0 - 1e-8))).state == "chaotic"


def test_chaos_begins_and_ends_where_the_lines_say():
    gains, outliers = structured_chaos(dmft.Tanh(), 4.0)
    at = int(np.searchsorted(outliers, 3.0))
    for factor, state in ((1.001, "structured chaotic"), (0.999, "structured static")):
        solution = dmft.solve_stationary(network(gains[at] * factor, float(outliers[at])))
        assert solution.state == state
        assert (dmft.lyapunov_exponent(solution) > 0.0) == (state == "structured chaotic")


class Own:
    """tanh, of which the package knows no closed form."""

    def __call__(self, x):
        return np.tanh(x)

    def derivative(self, x):
        return 1.0 - np.tanh(x) ** 2


def test_any_form_of_a_nonlinearity_gives_the_same():
    """Closed form, series, and units scaled by phi(x) = 2 tanh(x/2)."""
    one = dmft.solve_stationary(network(2.0, 2.3))
    two = dmft.solve_stationary(network(2.0, 2.3, population=dmft.Population(Own())))
    scaled = dmft.solve_stationary(network(2.0, 2.3, population=dmft.Population(dmft.Symbolic("2*tanh(x/2)"))))
    assert (two.variance, two.kappa) == pytest.approx((one.variance, one.kappa), rel=1e-10)
    assert (scaled.variance, scaled.kappa) == pytest.approx((4.0 * one.variance, 2.0 * one.kappa), rel=1e-10)
    assert dmft.lyapunov_exponent(scaled) == pytest.approx(dmft.lyapunov_exponent(one), abs=1e-10)


def test_kinked_units():
    """phi = clip(x, -1, 1): <phi'> = erf(1/sqrt(2 c0)) = 1/lam."""
    from scipy.special import erfinv

    clipped = dmft.Population(dmft.Symbolic("min(max(x, -1), 1)"))
    solution = dmft.solve_stationary(network(0.8, 1.5, population=clipped))
    assert solution.variance == pytest.approx(0.5 / erfinv(1.0 / 1.5) ** 2, rel=1e-12)


def test_the_measured_outlier_takes_the_place_of_the_overlap():
    one, two = (
        dmft.solve_stationary(network(0.8, 1.5, outlier=1.6)),
        dmft.solve_stationary(network(0.8, 1.6)),
    )
    assert one.variance == two.variance
    turning = dmft.coupling_outliers(network(1.5, [[2.5, -1.5], [1.5, 2.5]], outlier=2.524 + 1.450j))
    assert turning.values == pytest.approx([2.524 + 1.45j, 2.524 - 1.45j])
    general = dmft.coupling_outliers(network(1.5, [[2.0, 0.3], [-0.2, 1.4]], outlier=2.2))
    assert general.values == pytest.approx([2.2, 3.4 - np.linalg.eigvals([[2.0, 0.3], [-0.2, 1.4]]).max()])


def test_branches_of_structured_chaos():
    states = dmft.branches(network(2.5, 3.0))
    assert [b.solution.state for b in states if b.stable] == ["structured chaotic"]
    assert {b.solution.state for b in states} == {
        "quiescent",
        "chaotic",
        "fixed point",
        "structured static",
        "structured chaotic",
    }
    turning = dmft.branches(network(2.5, [[3.0, -0.6], [0.6, 3.0]]))
    assert [b.solution.state for b in turning if b.stable] == ["rotating chaotic"]
    assert "rotating" in {b.solution.state for b in turning}


def test_a_state_can_be_asked_for():
    statement = network(2.5, 3.0)
    homogeneous = dmft.solve_stationary(statement, method=dmft.LowRankStates("homogeneous"))
    assert not homogeneous.stable
    assert homogeneous.kappa == 0.0
    with pytest.raises(dmft.NotConvergedError, match="no structured state"):
        dmft.solve_stationary(network(0.8, 0.9), method=dmft.LowRankStates("structured"))
    near = dmft.solve_stationary(network(2.5, 3.1), init=dmft.solve_stationary(statement))
    assert near.state == "structured chaotic"


def test_the_diagram():
    ds = dmft.low_rank_diagram(g=[0.5, 1.5, 2.5], outlier=[0.5, 1.5, 3.2])
    words = ds["state"].values.astype(str)
    assert list(words[0]) == ["quiescent", "structured static", "structured static"]
    assert list(words[2]) == ["chaotic", "chaotic", "structured chaotic"]
    onset = ds["structure_y"].values[-1]
    assert onset == pytest.approx(1.0 / dmft.solve_stationary(dmft.RandomNetwork(g=2.5)).mean_slope, rel=1e-9)
    assert np.all(ds["status"] == 0)
    with pytest.raises(ValueError, match="odd"):
        dmft.low_rank_diagram(nonlinearity=dmft.ReLU())


@pytest.mark.long
def test_the_disc_of_the_jacobian():
    """g sqrt<phi'^2>, as the exponent of a fixed point and that of the outliers have it; mean and variance enter."""
    for statement in (network(0.8, 1.5), network(2.5, 3.0), network(0.8, 0.0, mean_left=1.0, mean_right=1.6)):
        solution = dmft.solve_stationary(statement)
        radius = dmft.jacobian_spectrum(solution).radius
        g = statement.couplings.random.g
        assert radius == pytest.approx(g * math.sqrt(solution.mean_square_slope), rel=1e-11)
    assert radius == pytest.approx(dmft.fixed_point_outliers(solution).radius, rel=1e-11)
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(network(0.3, 1.5)))
    assert spectrum.outliers == pytest.approx([-0.528161], abs=1e-6)
    assert spectrum.naive_outliers == pytest.approx([0.0], abs=1e-12)
    assert dmft.jacobian_spectrum(dmft.solve_stationary(network(2.5, 3.0))).outliers is None


def test_the_dimension_of_states():
    """Without a structure that of random couplings; with one that stays, of them under frozen fields."""
    weak, alone = dmft.solve_stationary(network(2.0, 1.0)), dmft.solve_stationary(dmft.RandomNetwork(g=2.0))
    assert dmft.effective_dimension(weak) == pytest.approx(dmft.effective_dimension(alone), rel=1e-7)
    near = dmft.solve_stationary(network(2.0, 2.055))
    assert near.state == "structured chaotic"
    assert dmft.effective_dimension(near) == pytest.approx(dmft.effective_dimension(alone), rel=2e-2)
    with pytest.raises(ValueError, match="covariances are zero"):
        dmft.effective_dimension(dmft.solve_stationary(network(0.8, 1.5)))
    with pytest.raises(ValueError, match="rotates"):
        dmft.effective_dimension(dmft.solve_stationary(network(1.5, [[2.5, -1.5], [1.5, 2.5]])))
