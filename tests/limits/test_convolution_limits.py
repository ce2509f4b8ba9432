"""Limits of linear convolutional networks: one layer, inputs of one frequency, shifts, an independent program."""

import clarabel
import numpy as np
import pytest
from scipy import sparse

import dmft

WITHOUT = dmft.GatedLinear(dmft.HalfSpaces(1, 0))


def drawn(seed, n=14, length=16):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, length)), np.where(rng.random(n) < 0.5, 1.0, -1.0)


def rho(beta, layers):
    """(L/2) sum_k |D^(-(L-1)/2) (F beta)_k|^(2/L) over all D coefficients of the unitary transform."""
    unitary = np.fft.fft(beta) / np.sqrt(len(beta))
    return 0.5 * layers * np.sum(np.abs(unitary * len(beta) ** (-0.5 * (layers - 1))) ** (2.0 / layers))


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9, 16])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_norm_is_that_of_its_coefficients(length, layers):
    x, y = drawn(length, n=max(1, length - 1), length=length)
    solved = dmft.solve_implicit_bias(dmft.LinearConvolution(layers), x, y)
    beta = solved.zeta[0, 0]
    assert solved.norm == pytest.approx(rho(beta, layers), rel=1e-9)
    assert np.min(y * (x @ beta)) == pytest.approx(1.0, rel=1e-9)
    assert np.allclose(solved.predict(x), x @ beta)
    if layers < 3:
        assert solved.state == "optimum"
        assert solved.gap <= 1e-6
        assert solved.certificate <= 1.0 + 1e-6
    assert len(solved.unit_norms) == length // 2 + 1


def test_one_layer_is_a_support_vector_machine():
    x, y = drawn(1)
    linear = dmft.GatedLinear(dmft.HalfSpaces(1, 0), layers=1)
    with pytest.warns(dmft.errors.AccuracyWarning, match="no input is constant"):
        svm = dmft.solve_implicit_bias(linear, x, y, rtol=1e-9)
    one = dmft.solve_implicit_bias(dmft.LinearConvolution(1), x, y, rtol=1e-9)
    assert one.norm == pytest.approx(svm.norm, rel=1e-8)
    assert np.allclose(one.zeta[0, 0], svm.zeta[0, 0], atol=1e-4)
    for norm in ("zeta", "function"):  # of any depth: both are beta itself
        deep = dmft.solve_implicit_bias(dmft.LinearConvolution(4), x, y, norm=norm, rtol=1e-9)
        assert deep.norm == pytest.approx(svm.norm, rel=1e-8)


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize(("cycles", "twice"), [(0, 1.0), (3, 2.0), (4, 1.0)])
def test_an_input_of_one_frequency(layers, cycles, twice):
    """beta = wave/|wave|^2, of one coefficient (or of two alike) of size 1/|wave| (or 1/(sqrt(2) |wave|))."""
    wave = 3.0 * np.cos(2.0 * np.pi * cycles * np.arange(8) / 8 + (0.4 if twice == 2.0 else 0.0))
    size = np.linalg.norm(wave)
    solved = dmft.solve_implicit_bias(dmft.LinearConvolution(layers), [wave], [1])
    coefficient = 8.0 ** (-0.5 * (layers - 1)) / (np.sqrt(twice) * size)
    assert solved.norm == pytest.approx(0.5 * layers * twice * coefficient ** (2.0 / layers), rel=1e-8)
    assert np.allclose(solved.zeta[0, 0], wave / size**2, atol=1e-8)
    assert np.flatnonzero(solved.active).tolist() == [cycles]


@pytest.mark.long
@pytest.mark.parametrize("layers", [2, 3])
def test_a_circle_has_no_first_place(layers):
    x, y = drawn(2)
    network = dmft.LinearConvolution(layers)
    one = dmft.solve_implicit_bias(network, x, y, rtol=1e-9)
    for other in (np.roll(x, 5, axis=1), x[:, ::-1], x * (-1.0) ** np.arange(16)):  # the last shifts frequencies
        solved = dmft.solve_implicit_bias(network, other, y, rtol=1e-9)
        assert solved.norm == pytest.approx(one.norm, rel=1e-7)


def test_few_frequencies_are_left():
    """Each input takes two real numbers of a frequency: a few of them do, where one layer has all 21."""
    x, y = drawn(4, n=3, length=40)
    two, one = (dmft.solve_implicit_bias(dmft.LinearConvolution(layers), x, y) for layers in (2, 1))
    assert two.n_active <= 3
    assert one.n_active == 21


@pytest.mark.parametrize(("seed", "n", "length"), [(0, 14, 16), (1, 9, 15), (2, 20, 16)])
def test_two_layers_by_another_program(seed, n, length):
    """min sum_k |(F beta)_k|/sqrt(D) as a cone program over beta and |(F beta)_k| <= t_k, by Clarabel."""
    x, y = drawn(seed, n, length)
    if n > length:
        y = np.sign(x @ np.random.default_rng(9).standard_normal(length))
    half = length // 2 + 1
    transform = np.fft.fft(np.eye(length)) / np.sqrt(length)
    times = np.array([1.0 if k in (0, length - k) else 2.0 for k in range(half)])
    rows, cones = [np.hstack([-y[:, None] * x, np.zeros((n, half))])], [clarabel.NonnegativeConeT(n)]
    for k in range(half):
        cone = np.zeros((3, length + half))
        cone[0, length + k] = -1.0
        cone[1, :length], cone[2, :length] = -transform[k].real, -transform[k].imag
        rows.append(cone)
        cones.append(clarabel.SecondOrderConeT(3))
    matrix, bounds = np.vstack(rows), np.concatenate([-np.ones(n), np.zeros(3 * half)])
    cost = np.concatenate([np.zeros(length), times / np.sqrt(length)])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    flat = sparse.csc_matrix((length + half, length + half))
    program = clarabel.DefaultSolver(flat, cost, sparse.csc_matrix(matrix), bounds, cones, settings)
    solved = dmft.solve_implicit_bias(dmft.LinearConvolution(2), x, y)
    assert solved.norm == pytest.approx(program.solve().obj_val, rel=1e-6)


def test_refusals_and_files(tmp_path):
    x, y = drawn(5)
    x[:, 0] = 1.0
    for wrong in (0, 1.5, 101, "two"):
        with pytest.raises((ValueError, TypeError), match="layers"):
            dmft.LinearConvolution(wrong)
    network = dmft.LinearConvolution(2)
    with pytest.raises(ValueError, match="contexts must be left out"):
        dmft.solve_implicit_bias(network, x, y, contexts=np.zeros((14, 1)))
    with pytest.raises(TypeError, match=r"dmft.LinearConvolution, got"):
        dmft.solve_implicit_bias(dmft.LinearConvolution, x, y)
    solved = dmft.solve_implicit_bias(network, x, y)
    dmft.save(solved, tmp_path / "limit.nc")
    again = dmft.load(tmp_path / "limit.nc")
    assert again.network == network
    assert np.array_equal(again.predict(x), solved.predict(x))
    with pytest.raises(ValueError, match="16 components"):
        again.predict(x[:, :4])
    assert "Linear Convolutional Networks" in dmft.cite(again)
    assert "Linear Convolutional Networks" not in dmft.cite(dmft.solve_implicit_bias(WITHOUT, x, y, norm="zeta"))
    with pytest.raises(dmft.cost.TooCostlyError, match="circle of 1000000 places"):
        dmft.solve_implicit_bias(network, np.ones((1, 10**6)), [1])
    same, both = np.vstack([x, x[:1]]), np.append(y, -y[0])
    none = dmft.solve_implicit_bias(network, same, both)
    assert none.state == "none"
