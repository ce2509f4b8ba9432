"""Units that stand in no file, drawn: filters of any poles, zeros and delays, and equations of one to three states."""

import ast
import importlib.util
import math
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from scipy.integrate import quad_vec, solve_ivp
from scipy.special import erf

import dmft
import validation
from dmft.numerics.unit_paths import Marcher
from validation.simulators.units import UnitSimulator

_REFERENCE = Path(__file__).parents[1] / "reference" / "make_linear_units_reference.py"
_SPEC = importlib.util.spec_from_file_location("make_linear_units_reference", _REFERENCE)
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)

rounded = st.integers(1, 40).map(lambda n: n / 10.0)
delays = st.one_of(st.just(0.0), st.integers(1, 30).map(lambda n: n / 10.0))


@st.composite
def filters(draw, slowest=0.3):
    """Return a filter of one to four poles, real or in pairs, with or without a zero and a delay."""
    factors = []
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            w0, q = draw(st.integers(5, 20)) / 10.0, draw(st.integers(4, 20)) / 10.0
            factors.append(f"(s**2 + {max(q * w0, 2.0 * slowest):g}*s + {w0 * w0:g})")
        else:
            factors.append(f"({draw(st.integers(2, 30)) / 10.0:g} + s)")
    top = f"({draw(rounded):g} + s)" if len(factors) > 1 and draw(st.booleans()) else "1"
    return dmft.Filter(f"{top}/({'*'.join(factors)})", delay=draw(delays))


noises = st.one_of(
    rounded.map(dmft.WhiteNoise), st.tuples(rounded, rounded).map(lambda pair: dmft.OrnsteinUhlenbeck(*pair))
)


@st.composite
def noisy_filters(draw):
    """Return a stable linear network of one or two populations of filters with private noise."""
    n = draw(st.integers(1, 2))
    fractions = [1.0] if n == 1 else [0.1 * draw(st.integers(2, 8))]
    fractions = fractions if n == 1 else [*fractions, 1.0 - fractions[0]]
    units = {
        name: dmft.Population(dmft.Linear(), draw(filters()), drive=draw(noises), fraction=part)
        for name, part in zip("ab", fractions, strict=False)
    }
    gains = np.array([[draw(rounded) for _ in units] for _ in units])
    network = dmft.Network(units, dmft.Random(gains))
    return dmft.Network(units, dmft.Random(draw(st.integers(2, 8)) / 10.0 * dmft.onset(network).factor * gains))


def linear_variances(network):
    """Return C_a(0) of the closed form (1 - |H|^2 K)^{-1} |H|^2 C_I, integrated over frequencies."""
    parts, gains = list(network.named.values()), np.asarray(network.couplings.random.g)
    couplings = gains**2 * network.fractions

    def spectrum(u):
        w = math.sinh(u)
        sizes = np.array([float(part.dynamics.transfer.size(1j * w)) for part in parts])
        given = np.array([float(part.drive.spectrum(w)) for part in parts])
        return np.linalg.solve(np.eye(len(parts)) - sizes[:, None] * couplings, sizes * given) * math.cosh(u) / math.pi

    return quad_vec(spectrum, 0.0, 25.0, epsabs=0.0, epsrel=1e-11, limit=4000)[0]


def check_linear(network):
    solution = dmft.solve_stationary(network, on_failure="ignore")
    if not solution.convergence.converged:
        assert len(solution.convergence.message) > 30
        return
    known = linear_variances(network)
    assert np.max(np.abs(solution.variance - known)) <= (solution.convergence.error + 1e-9) * np.max(known)
    assert solution.convergence.error < 1e-4


@settings(max_examples=8, deadline=None, derandomize=True)
@given(noisy_filters())
def test_linear_networks_have_their_closed_form(network):
    check_linear(network)


def test_a_fast_population_beside_a_slow_one():
    """The first grid follows each population, not the one that amplifies most: else no grid was fine enough in time."""
    units = {
        name: dmft.Population(dmft.Linear(), dmft.Filter(text), fraction=part, drive=dmft.WhiteNoise(2.7))
        for name, text, part in (("a", "1/(0.2+s)", 0.3), ("b", "1/(1.7+s)", 0.7))
    }
    network = dmft.Network(units, dmft.Random([[0.29, 0.28], [0.196, 0.149]]))
    assert dmft.solve_stationary(network, method=dmft.LinearUnits()).convergence.converged
    check_linear(network)


@pytest.mark.long
@settings(max_examples=80, deadline=None, derandomize=True)
@given(noisy_filters())
def test_many_linear_networks(network):
    check_linear(network)


@pytest.mark.long
@settings(max_examples=8, deadline=None, derandomize=True, phases=(Phase.generate,))
@given(filters(), st.sampled_from([1.3, 1.6, 2.2, 3.0]))
def test_chaotic_filters_against_another_code(unit, factor):
    """State and exponent by plain sweeps and a full matrix, `tests/reference/make_linear_units_reference.py`."""
    g = factor * dmft.onset(dmft.Network(dmft.Population(dynamics=unit), dmft.Random(1.0))).factor
    solution = dmft.solve_stationary(
        dmft.Network(dmft.Population(dmft.Erf(), unit), dmft.Random(g)), on_failure="ignore"
    )
    if not solution.convergence.converged:
        return
    top, bottom = unit.transfer.descending
    case = (top, bottom, unit.delay, "erf", g, 400.0, 4096)
    step, c = reference.state(case)
    assume(np.max(np.abs(c[1900:2200])) < 1e-8 * c[0])  # their window is fixed
    assert solution.variance == pytest.approx(c[0], rel=1e-8 + solution.convergence.error)
    exponent = dmft.lyapunov_exponent(solution)
    assert abs(exponent - reference.exponent(case, step, c)) < 1e-7 + exponent.numerical_error


ODD = ("tanh({})", "sin({})", "{0}/(1 + {0}**2)", "{0}/sqrt(1 + {0}**2)", "erf({})")
BOUNDED = ("tanh({})", "{0}/sqrt(1 + {0}**2)", "erf({})")


@st.composite
def stated(draw):
    """Return a unit of one to three states that hears one or two fields."""
    own, sent = draw(st.sampled_from(ODD)).format("x"), draw(st.sampled_from(BOUNDED)).format("x")
    flow = {"x": f"-x + a*{own} + u"}
    parameters = {"a": draw(st.integers(-10, 8)) / 10.0}
    if draw(st.booleans()):
        flow["x"] += " - b*w"
        flow["w"] = f"(-w + {draw(st.sampled_from(ODD)).format('x')})/tw"
        parameters |= {"b": draw(st.integers(1, 15)) / 10.0, "tw": draw(st.integers(5, 30)) / 10.0}
    output = sent
    if draw(st.booleans()):
        flow["x"] = f"({flow['x']})/(1 + exp(-k*z))"
        flow["z"] = "-z + v"
        parameters["k"] = draw(st.integers(1, 10)) / 10.0
        output = {"u": sent, "v": draw(st.sampled_from(BOUNDED)).format("x")}
    return dmft.Dynamics(flow, output=output, **parameters)


def network_of(unit, g, drive=None):
    fields = unit.stated.fields
    random = dmft.Random(g) if len(fields) == 1 else {name: dmft.Random(g / (1 + k)) for k, name in enumerate(fields)}
    return dmft.Network(dmft.Population(dynamics=unit, drive=drive), dmft.Couplings(random=random))


def flow_of(unit):
    """Return F of states and fields by name, its texts evaluated by Python."""
    names = {"tanh": np.tanh, "sin": np.sin, "sqrt": np.sqrt, "exp": np.exp, "erf": erf, **unit.parameters}
    return lambda texts, values: [eval(text, names, values) for text in texts]


def named(unit, state):
    return dict(zip(unit.equations, state.reshape(len(unit.equations), -1), strict=True))


@pytest.mark.long
@settings(max_examples=15, deadline=None, derandomize=True)
@given(stated())
def test_the_simulator_runs_what_is_written(unit):
    """Twenty units, one to three states, by the simulator and by scipy, with the same couplings from the same start."""
    generators = [np.random.default_rng([1, k]) for k in range(4)]
    simulator = UnitSimulator(network_of(unit, 2.0), 20, dt=0.02, dtype=np.float64, generators=generators)
    matrices = dict(zip(unit.output, (product.couplings for product in simulator._products), strict=True))
    start, at = simulator._blocks[0]._s[:, 0].ravel().copy(), flow_of(unit)

    def flow(_, state):
        values = named(unit, state)
        sent = at(unit.output.values(), values)
        heard = {name: matrices[name] @ part for name, part in zip(unit.output, sent, strict=True)}
        return np.concatenate(at(unit.equations.values(), values | heard))

    known = solve_ivp(flow, (0.0, 2.0), start, rtol=1e-10, atol=1e-12).y[:, -1]
    for _ in range(100):
        simulator.step()
    assert simulator._blocks[0]._s[:, 0].ravel() == pytest.approx(known, abs=1e-6)


@pytest.mark.long
@settings(max_examples=6, deadline=None, derandomize=True, phases=(Phase.generate,))  # each is compiled
@given(stated())
def test_the_theory_marches_what_is_written(unit):
    """Paths of compiled source in given fields, against scipy."""
    equations, at, step, steps = unit.stated, flow_of(unit), 0.05, 100
    recorded = tuple(ast.Name(name) for name in equations.states)
    march = Marcher(equations.states, equations.fields, equations.flow, recorded, equations.parameters)

    def fields(t):
        return np.array([np.sin(0.7 * (k + 1) * t) * (1.0 + k) for k in range(len(equations.fields))])

    eta = np.array([fields(0.5 * step * k) for k in range(2 * steps)]).T[..., None]
    found = march(eta, np.zeros((len(equations.states), 1)), step, 0)[:, :, 0]

    def flow(t, state):
        heard = dict(zip(equations.fields, fields(t), strict=True))
        return np.concatenate([np.ravel(part) for part in at(unit.equations.values(), named(unit, state) | heard)])

    times = step * np.arange(found.shape[1])
    start = np.zeros(len(equations.states))
    known = solve_ivp(flow, (0.0, times[-1]), start, t_eval=times, rtol=1e-10, atol=1e-12).y
    if "w" in equations.states or "z" in equations.states:
        assert np.max(np.abs(known)) > 0.1
    assert found == pytest.approx(known, abs=2e-5)


@pytest.mark.long
@settings(max_examples=6, deadline=None, derandomize=True, phases=(Phase.generate,))
@given(stated(), st.sampled_from([0.8, 2.0]))
def test_sampled_units_and_networks_agree(unit, g):
    """Under coloured noise; four networks of 300, with the finite-size bound of the comparison."""
    network = network_of(unit, g, dmft.OrnsteinUhlenbeck(1.0, 1.0))
    solution = dmft.solve_stationary(network, method=dmft.Sampled(paths=64, seed=1), on_failure="ignore")
    if not solution.convergence.converged:
        assert len(solution.convergence.message) > 30
        return
    simulation = validation.simulate(
        network, [150, 300], n_realizations=6, duration=60.0, burn_in=30.0, initial_states=4, dt=0.05, seed=2
    )
    comparison = validation.compare(solution, simulation)
    assert comparison.verdict != "disagree"
    assert np.ravel(simulation.mean("corr_x", 300))[0] == pytest.approx(solution.variance, rel=0.15)
