"""The limit where it is known: few points, contexts that decouple, gates that are shared, units that stand twice."""

import numpy as np
import pytest

import dmft


def drawn(seed, n=30, length=12, contexts=2, units=4):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.standard_normal((n, length)), np.ones(n)])
    return x, np.where(rng.random(n) < 0.5, 1.0, -1.0), rng.integers(0, contexts, (n, units))


LINEAR = dmft.GatedLinear(dmft.HalfSpaces(1, 0), layers=1)


def test_a_point_alone():
    """beta = y x/|x|^2; rho = |beta|^2/2 of one layer, |beta| of two, (L/2) |beta|^(2/L) of L."""
    x, y = [[3.0, 4.0, 1.0]], [-1]
    length = 26.0**0.5
    for layers in (1, 2, 3, 5):
        solved = dmft.solve_implicit_bias(LINEAR.replace(layers=layers), x, y)
        assert solved.norm == pytest.approx(0.5 * layers * (1.0 / length) ** (2.0 / layers), rel=1e-8)
        assert np.allclose(solved.zeta[0, 0], -np.array(x[0]) / 26.0, rtol=1e-8)
        assert solved.margin == pytest.approx(solved.norm ** (-layers / 2), rel=1e-12)
        assert solved.state == "optimum"


def test_two_points_on_a_line():
    """Inputs a > 0 labelled +1 and b < a labelled -1: slope 2/(a - b), offset -(a + b)/(a - b)."""
    a, b = 1.7, -0.4
    solved = dmft.solve_implicit_bias(LINEAR, [[a, 1.0], [b, 1.0]], [1, -1])
    assert np.allclose(solved.zeta[0, 0], [2.0 / (a - b), -(a + b) / (a - b)], rtol=1e-7)
    assert np.allclose(solved.predict([[0.5 * (a + b), 1.0]]), 0.0, atol=1e-8)
    assert solved.support.all()


@pytest.mark.parametrize("seed", range(3))
def test_contexts_decouple_where_each_has_weights_of_its_own(seed):
    """One gated layer: a support vector machine a context. Gated read-out, gate shared: the same, with norms added."""
    x, y, codes = drawn(seed, units=1)
    gates = dmft.Contexts(1, 2)
    apart = [dmft.solve_implicit_bias(LINEAR, x[codes[:, 0] == c], y[codes[:, 0] == c]) for c in (0, 1)]
    one = dmft.solve_implicit_bias(dmft.GatedLinear(gates, layers=1), x, y, contexts=codes)
    two = dmft.solve_implicit_bias(dmft.GatedLinear(gates, readout="gated", units=7), x, y, contexts=codes)
    shared = dmft.solve_implicit_bias(dmft.GatedLinear(gates, units=7), x, y, contexts=codes)
    assert one.norm == pytest.approx(sum(s.norm for s in apart), rel=1e-7)
    assert two.norm == pytest.approx(sum((2.0 * s.norm) ** 0.5 for s in apart), rel=1e-7)
    assert shared.norm == pytest.approx((2.0 * one.norm) ** 0.5, rel=1e-7)
    for context, alone in enumerate(apart):
        for solved in (one, two, shared):
            assert np.allclose(solved.zeta[0, context], alone.zeta[0, 0], atol=1e-4 * np.abs(alone.zeta).max())


def test_units_that_stand_twice_change_no_value():
    x, y, codes = drawn(4)
    once = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(4, 2)), x, y, contexts=codes)
    twice = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(8, 2)), x, y, contexts=np.hstack([codes, codes]))
    assert twice.norm == pytest.approx(once.norm, rel=1e-7)
    assert np.allclose(twice.predict(x, contexts=np.hstack([codes, codes])), once.predict(x, contexts=codes), atol=1e-4)
    squares = [
        dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(h, 2)), x, y, contexts=c, norm="zeta").norm
        for h, c in ((4, codes), (8, np.hstack([codes, codes])))
    ]
    assert squares[1] == pytest.approx(0.5 * squares[0], rel=1e-7)  # |zeta|^2/2 is shared between the two


def test_contexts_without_inputs_have_no_weights():
    x, y, codes = drawn(5)
    few = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(4, 2)), x, y, contexts=codes)
    many = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(4, 9)), x, y, contexts=codes + 3)
    assert many.norm == pytest.approx(few.norm, rel=1e-9)
    assert many.zeta.shape == (4, 9, 13)
    assert not np.any(many.zeta[:, :3])
    assert np.all(many.predict(x, contexts=np.zeros_like(codes)) == 0.0)


def test_inputs_in_other_units():
    """f is of degree one in the inputs: |zeta| goes as their inverse, predictions stay."""
    x, y, codes = drawn(6)
    network = dmft.GatedLinear(dmft.Contexts(4, 2))
    one = dmft.solve_implicit_bias(network, x, y, contexts=codes)
    for factor in (1e-6, 1e6):
        other = dmft.solve_implicit_bias(network, factor * x, y, contexts=codes)
        assert other.norm * factor == pytest.approx(one.norm, rel=1e-8)
        assert np.allclose(other.predict(factor * x, contexts=codes), one.predict(x, contexts=codes), atol=1e-5)


def test_rectifiers_that_are_always_open_are_linear():
    x, y, _ = drawn(7, n=16)
    gates = dmft.RectifierGates(np.eye(13)[-1:].repeat(3, axis=0))
    solved = dmft.solve_implicit_bias(dmft.GatedLinear(gates), x, y)
    assert solved.norm == pytest.approx((2.0 * dmft.solve_implicit_bias(LINEAR, x, y).norm) ** 0.5, rel=1e-7)


def test_opposite_labels_of_one_input_cannot_be_separated():
    x, y, codes = drawn(8)
    x, y, codes = np.vstack([x, x[:1]]), np.append(y, -y[0]), np.vstack([codes, codes[:1]])
    solved = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.Contexts(4, 2)), x, y, contexts=codes)
    assert solved.convergence.status is dmft.Status.NO_SOLUTION
    assert "cannot be separated" in solved.convergence.message
    assert np.isnan(solved.norm)
    assert np.isnan(solved.predict(x, contexts=codes)).all()
    assert solved.dual[0] == pytest.approx(0.5, abs=1e-6)
    assert solved.dual[-1] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("values", [[1.0, 1.0], [1.0, 2.0, 4.0, 3.0], [0.0, 0.0, 5.0, 5.0, 5.0, 5.0]])
def test_inputs_whose_equal_weights_are_the_proof(values, layers):
    """Labels of both signs in equal parts on a line: the mean of the signed inputs is exactly the origin."""
    x = np.column_stack([values, np.ones(len(values))])
    y = np.where(np.arange(len(x)) % 2, -1, 1)
    solved = dmft.solve_implicit_bias(LINEAR.replace(layers=layers), x, y)
    assert solved.state == "none"
    assert solved.dual.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.all(solved.dual >= 0.0)
    assert np.linalg.norm((solved.dual * y) @ x) < 1e-12


@pytest.mark.parametrize("layers", [3, 5])
@pytest.mark.parametrize("long", [1e3, 5e7])
def test_a_part_that_only_a_long_input_needs(layers, long):
    """An input in each context of a gated read-out: parts of length 1/|x|, rho = (L/2) sum 1/|x|^(2/L), both needed."""
    x = np.array([[1.0, 1.0], [long, 1.0]])
    network = dmft.GatedLinear(dmft.Contexts(1, 2), layers=layers, readout="gated")
    solved = dmft.solve_implicit_bias(network, x, [1, -1], contexts=[0, 1])
    assert solved.state == "stationary"
    lengths = np.linalg.norm(x, axis=1)
    assert solved.norm == pytest.approx(0.5 * layers * np.sum(lengths ** (-2.0 / layers)), rel=1e-10)
    assert np.allclose(np.linalg.norm(solved.zeta[0], axis=1) * lengths, 1.0, rtol=1e-5)  # rho hardly feels one


@pytest.mark.parametrize("n", [40, 52, 60, 200])
def test_what_cannot_be_separated_has_its_proof(n):
    """Random labels in 13 dimensions can be separated up to about 26: beyond, a mean of the signed inputs is the
    origin."""
    x, y, _ = drawn(n, n=n)
    solved = dmft.solve_implicit_bias(LINEAR, x, y)
    assert solved.state == "none"
    assert np.all(solved.dual >= 0.0)
    assert solved.dual.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.linalg.norm((solved.dual * y) @ x) < 1e-6


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_the_norm_that_does_not_separate_is_in_the_units_of_the_norm(layers):
    """Inputs 1e-12 apart: beta = 2e12 (1, 0, -1), rho = (L/2) |beta|^(2/L), beyond what doubles tell."""
    x = np.array([[1.0, 0.0, 1.0], [1.0 - 1e-12, 0.0, 1.0]])
    solved = dmft.solve_implicit_bias(LINEAR.replace(layers=layers), x, [1, -1])
    assert solved.state == "none"
    found = float(solved.convergence.message.split("with a norm below ")[1].split(":")[0])
    assert found == pytest.approx(0.5 * layers * 8e24 ** (1.0 / layers), rel=0.05)


@pytest.mark.filterwarnings("ignore:no input is constant")
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_short_input_is_not_the_origin(layers):
    """Two inputs on a ray with one label can be separated, by a norm that is found or out of reach."""
    for length in (1e-6, 1e-10, 1e-30):
        solved = dmft.solve_implicit_bias(LINEAR.replace(layers=layers), [[1.0, 1.0], [length, length]], [1, 1])
        assert solved.state == ("optimum" if length == 1e-6 else "unfinished")


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_inputs_that_rounding_hardly_tells_apart_are_not_said_to_be_inseparable(layers):
    """Two that differ by 1e-10 can be separated, by a norm beyond reach."""
    x = np.array([[1.0, 0.0, 1.0], [1.0 - 1e-10, 0.0, 1.0]])
    assert dmft.solve_implicit_bias(LINEAR.replace(layers=layers), x, [1, -1]).state == "unfinished"


def test_units_that_are_all_closed_fit_nothing():
    x, y, _ = drawn(9)
    gates = dmft.RectifierGates(-np.eye(13)[-1:])
    assert dmft.solve_implicit_bias(dmft.GatedLinear(gates), x, y).state == "none"
