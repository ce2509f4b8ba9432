"""Units that hear their own past: linear ones under noise are known exactly, leaky ones by a sampler of their own.

S = h (1 + rho g^2 S^2), h the unit alone, and C = |S|^2 S_I/(1 - g^2 |S|^2) of linear units. Power, at g = .7 and
rho = .3: C(0) = 1.332; without the memory .817, of the wrong sign .639, with rho in the place of rho g^2 2.66, with the
response of a unit alone in the memory 1.231. The errors are below .003.
"""

import numpy as np
import pytest

import dmft
from dmft.theories.stated_memory import Memory, chain_of
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.rest import followed_root, growth_at_rest

OU = dmft.OrnsteinUhlenbeck(1.0, 1.0)
_STEP = 4e-4  # of C(0) in steps of 1/3: an input of short memory has a cusp


def _network(unit, g, rho, drive=None):
    return dmft.Network(dmft.Population(dynamics=unit, drive=drive), dmft.Random(g, symmetry=rho))


def _linear(g, rho):
    """Return units that no theory of filters takes for linear, and what is known of them."""
    w = np.linspace(-200.0, 200.0, 200001)
    h = 1.0 / (1.0 + 1j * w)
    s = 2.0 * h / (1.0 + np.sqrt(1.0 - 4.0 * rho * g**2 * h**2))
    c = np.abs(s) ** 2 * (2.0 / (1.0 + w**2)) / (1.0 - g**2 * np.abs(s) ** 2)
    return _network(dmft.Dynamics("-x - e*x**3 + h", "x", e=1e-12), g, rho, OU), w, s, c


@pytest.mark.parametrize(("g", "rho", "paths"), [(0.7, 0.3, 64), pytest.param(1.2, -0.4, 128, marks=pytest.mark.long)])
def test_linear_units_under_noise(g, rho, paths):
    network, w, s, c = _linear(g, rho)
    found = dmft.solve_stationary(network, method=dmft.Sampled(paths=paths))
    assert found.convergence.converged
    for lag in (0, 5, 10):
        known = np.sum(c * np.cos(w * found.lags[lag])) * (w[1] - w[0]) / (2.0 * np.pi)
        assert abs(found.corr_x[lag] - known) < 4.0 * found.corr_x_error[lag] + _STEP * found.corr_x[0]
    assert found.corr_x_error[0] < 4e-3 * found.corr_x[0]
    answer = dmft.response_of(found, paths=128)
    low = answer.omega < 2.0
    known = np.interp(answer.omega[low], w, s.real) + 1j * np.interp(answer.omega[low], w, s.imag)
    assert np.max(np.abs(answer.value[0, 0, low] - known)) < 2e-3
    w, c, s = w[::50], c[::50], s[::50]  # pairs: 4.7 of the stationary sheet, as a double sum on a grid of its own
    near = np.abs(w) < 12.0
    w, c, s = w[near], c[near], s[near]
    q, e = g**2 * np.multiply.outer(s, s), rho * g**2 * np.multiply.outer(s, s.conj())
    sums = np.multiply.outer(c, c) * (1.0 - np.abs(e) ** 2) / np.abs((1.0 - e) * (1.0 - q)) ** 2
    assert dmft.effective_dimension(found) == pytest.approx(np.sum(c) ** 2 / np.sum(sums), rel=5e-3)


@pytest.mark.long
@pytest.mark.parametrize(("g", "rho"), [(4.0, -0.4), (3.0, 0.3), (2.0, 0.1)])
def test_leaky_units_are_those_of_the_symmetric_theory(g, rho):
    known = dmft.solve_stationary(dmft.RandomNetwork(g, symmetry=rho))
    found = dmft.solve_stationary(_network(dmft.Dynamics("-x + h", "tanh(x)"), g, rho), method=dmft.Sampled(seed=1))
    assert found.convergence.converged
    for name in ("corr_x", "corr_phi"):
        error = np.hypot(getattr(found, f"{name}_error")[0], getattr(known, f"{name}_error")[0])
        assert abs(getattr(found, name)[0] - getattr(known, name)[0]) < 3.0 * error
        assert error < 0.01 * getattr(known, name)[0]


@pytest.mark.long
def test_leaky_units_have_the_dimension_of_the_symmetric_theory():
    """g = 4, rho = -.4: .0443(2) (stationary sheet, 4.7)."""
    found = dmft.solve_stationary(_network(dmft.Dynamics("-x + h", "tanh(x)"), 4.0, -0.4), method=dmft.Sampled())
    number = dmft.effective_dimension(found)
    assert abs(number - 0.0443) < 4.0 * np.hypot(number.standard_error, 0.0002) + number.numerical_error
    assert number.standard_error < 0.004


def test_rest_is_left_where_the_edge_of_the_elliptic_spectrum_passes_zero():
    """g (1 + rho) = 1 of leaky units."""
    for rho in (-0.4, 0.3, 0.9):
        edge = 1.0 / (1.0 + rho)
        growth = [
            growth_at_rest(stated_units_of(_network(dmft.Dynamics("-x + h", "tanh(x)"), part * edge, rho)))
            for part in (0.999, 1.001)
        ]
        assert growth[0] < 1.0 < growth[1]
        assert growth[1] == pytest.approx(1.0, abs=0.1)


def test_a_root_is_followed_across_its_cut():
    turn = np.linspace(3.0 * np.pi, 0.0, 200)
    assert np.allclose(followed_root(np.exp(1j * turn)), np.exp(0.5j * turn), atol=1e-12)


def test_the_chain_has_the_response_that_is_fitted():
    """Of the equations of the unit with memory: its linear response is h/(1 - rho g^2 S h)."""
    memory, (site,) = Memory(0.8, 1.3, 6), stated_units_of(_network(dmft.Dynamics("-x + h", "x"), 1.0, 0.3)).sites
    c = np.array([0.5, -0.2, 0.1, 0.05, -0.02, 0.01])
    equations = memory.with_response(memory.remembering(site), c).equations
    flow, entry = (
        equations.matrix(trees, dict.fromkeys(equations.variables, 0.0))
        for trees in (equations.by_state, equations.by_field)
    )
    for w in (0.0, 0.4, 3.0):
        own = np.linalg.solve(1j * w * np.eye(len(flow)) - flow, entry)[0, 0]
        turn = (1.3 - 1j * w) / (1.3 + 1j * w)
        s = 1.3 / (1.3 + 1j * w) * np.polynomial.polynomial.polyval(turn, c)
        assert own == pytest.approx(1.0 / (1.0 + 1j * w - 0.8 * s), rel=1e-10)
    assert np.allclose(chain_of(3), [[1, 0, 0], [-1, 2, 0], [1, -4, 4]])


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (
            dmft.Network(
                dmft.Population(dynamics=dmft.Gated(1.0)),
                dmft.Couplings({"u": dmft.Random(2.0, symmetry=0.3), "v": dmft.Random(1.0)}),
            ),
            "several fields",
        ),
        (
            dmft.Network(
                {"a": dmft.Population(dynamics=dmft.SelfCoupled(1.2), fraction=0.5), "b": dmft.Population()},
                dmft.Random(2.0, symmetry=0.3),
            ),
            "several populations",
        ),
    ],
)
def test_what_is_not_solved_with_symmetry_is_refused(network, words):
    with pytest.raises(ValueError, match=words):
        dmft.solve_stationary(network)


def test_an_output_that_is_no_expression_is_refused():
    class Own:
        def __call__(self, x):
            return np.tanh(x)

        def derivative(self, x):
            return 1.0 - np.tanh(x) ** 2

    population = dmft.Population(Own(), dmft.SelfCoupled(1.2))
    with pytest.raises(ValueError, match="expression"):
        dmft.solve_stationary(dmft.Network(population, dmft.Random(2.0, symmetry=0.3)))


@pytest.mark.long
def test_species_that_settle_are_those_of_the_closed_theory():
    """Power: without the memory q is .0749 in place of .0979 (both at little immigration), and m .205."""
    network = dmft.LotkaVolterraNetwork(4.0, 0.8, 0.5, 1e-2)
    known = dmft.solve_stationary(network)
    found = dmft.solve_stationary(network, method=dmft.Sampled())
    assert found.convergence.converged
    assert found.state == "fixed point"
    assert abs(found.mean_x - known.mean_x) < 4.0 * found.process.mean_x_errors[0]
    assert abs(found.corr_x[0] - known.corr_x[0]) < 4.0 * found.corr_x_error[0]
    assert found.corr_x_error[0] < 0.01 * known.corr_x[0]
    assert np.sum(found.process.memory) == pytest.approx(known.response, rel=0.005)  # S(0)


@pytest.mark.long
def test_a_solution_is_kept_with_its_memory(tmp_path):
    found = dmft.solve_stationary(_linear(0.7, 0.3)[0], method=dmft.Sampled(paths=64))
    dmft.save(found, tmp_path / "kept.nc")
    kept = dmft.load(tmp_path / "kept.nc")
    assert np.array_equal(kept.process.memory, found.process.memory)
    assert dmft.effective_dimension(kept) == pytest.approx(dmft.effective_dimension(found), rel=1e-12)
