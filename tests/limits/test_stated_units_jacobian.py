"""The Jacobian of sampled units where it is known: at rest, leaky units, filters, drawn linear systems."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

import dmft
from dmft.errors import AccuracyWarning
from dmft.numerics.turned import Turned
from dmft.observables.stated_jacobian import StatedSpectrum
from dmft.theories.stated_units import stated_units_of
from dmft.theories.stationary.stated_units.typical import growth_of

FEW = dmft.Sampled(paths=128, seed=3)
Z = np.array([0.1, -0.3 + 0.9j, 0.2 - 0.5j, -1.7, 1.3 + 0.4j])


def _network(unit, random, **more):
    couplings = dmft.Couplings(random) if isinstance(random, dict) else dmft.Random(random)
    return dmft.Network(dmft.Population(dynamics=unit, **more), couplings)


def test_units_at_rest_fill_a_disc():
    spectrum = dmft.jacobian_spectrum(dmft.solve_stationary(_network(dmft.SelfCoupled(0.5), 0.4), method=FEW))
    assert spectrum.reach(Z) == pytest.approx(0.4 / np.abs(Z + 0.5), rel=1e-12)
    assert spectrum.abscissa == pytest.approx(-0.1, abs=1e-9)
    assert spectrum.abscissa.error == pytest.approx(0.0, abs=1e-12)
    (edge,) = spectrum.contour()
    assert np.abs(edge + 0.5) == pytest.approx(np.full(len(edge), 0.4), abs=1e-9)


@pytest.mark.long
def test_leaky_units_that_a_sinusoid_keeps_quiet():
    """Without the drive 1.0, with one phase of it alone .2 off: slopes are those of all phases."""

    def solution(unit, **settings):
        drive = dmft.Sinusoid(3.0, 0.1, "random")
        return dmft.solve_stationary(_network(unit, 2.0, drive=drive), **settings)

    exact = dmft.jacobian_spectrum(solution(dmft.Leaky(1.0))).abscissa
    found = dmft.jacobian_spectrum(solution(dmft.Dynamics("-x + h"), method=dmft.Sampled(paths=256, seed=1))).abscissa
    assert exact == pytest.approx(-0.1145, abs=1e-3)
    assert abs(found - exact) < 4.0 * found.standard_error + found.numerical_error
    assert found.error < 0.03


def test_units_at_rest_are_filters():
    """Adaptation at rest is that of a linear unit: H = 1/(1 + s + c/(1 + ta s)), with its resonance."""
    found = dmft.jacobian_spectrum(dmft.solve_stationary(_network(dmft.NonlinearAdaptation(2, 4), 0.8), method=FEW))
    exact = dmft.jacobian_spectrum(dmft.solve_stationary(_network(dmft.Adaptation(2, 4), 0.8)))
    assert found.reach(Z) == pytest.approx(exact.reach(Z), rel=1e-10)
    assert found.rightmost == pytest.approx(exact.rightmost, abs=1e-5)
    assert found.resonance > 0.3
    assert sorted(found.poles.imag) == pytest.approx(sorted(exact.units.transfers[0].poles.imag), abs=1e-6)


def test_two_fields_of_two_populations_against_drawn_matrices():
    """What the fields carry has slopes of its own and gains of its own: the matrix of P K by P K, not a part of it."""
    rng = np.random.default_rng(8)
    n, d, k, p = 260, 2, 2, 2
    gains = np.array([[[0.3, 1.6], [0.2, 0.3]], [[0.2, 0.1], [1.9, 0.3]]])  # by field, to, from
    flow = -1.2 * np.eye(d) + 0.3 * rng.normal(size=(p, n, d, d))
    entry, read = rng.normal(size=(p, n, d, k)), rng.normal(size=(p, n, k, d))
    entry[0, :, :, 1] *= 0.2  # the first population hears the first field and sends by the second, the other one
    read[0, :, 0] *= 0.2  # the other way around
    entry[1, :, :, 0] *= 0.2
    read[1, :, 1] *= 0.2
    units = SimpleNamespace(variances=gains**2 / p, sites=[SimpleNamespace(carried=(0, 1))] * p)
    turned = tuple(Turned(*parts) for parts in zip(flow, entry, read, strict=True))
    whole = np.zeros((p * n * d, p * n * d))
    for a in range(p):
        for b in range(p):
            part = np.zeros((n, d, n, d))
            for field in range(k):
                couplings = gains[field, a, b] * rng.normal(size=(n, n)) / np.sqrt(p * n)
                part += np.einsum("iu,ij,jv->iujv", entry[a, :, :, field], couplings, read[b, :, field])
            if a == b:
                part[np.arange(n), :, np.arange(n)] += flow[a]
            whole[a * n * d : (a + 1) * n * d, b * n * d : (b + 1) * n * d] = part.reshape(n * d, n * d)
    values = np.linalg.eigvals(whole)
    growth = growth_of(units, turned, values)
    assert np.mean(growth < 0.9) < 0.01
    right = values.real.max() + 1j * np.linspace(-2.0, 2.0, 41)
    assert 0.9 < np.max(growth_of(units, turned, right)) < 1.35  # 1 at the edge


def test_symmetric_couplings_are_refused():
    solution = dmft.solve_stationary(_network(dmft.SelfCoupled(0.5), 0.4), method=FEW)
    symmetric = dataclasses.replace(
        solution,
        network=dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(0.5)), dmft.Random(0.4, symmetry=0.3)),
    )
    with pytest.raises(ValueError, match=r"symmetry=0; got 0\.3"):
        dmft.jacobian_spectrum(symmetric)


def test_an_edge_of_rare_units_says_so():
    def drawn(rare):
        flow = np.full((500, 1, 1), -5.0)
        flow[0] = rare
        return (Turned(flow, np.ones((500, 1, 1)), np.ones((500, 1, 1))),)

    units = stated_units_of(_network(dmft.SelfCoupled(0.5), 0.4))
    spectrum = StatedSpectrum(units, (drawn(0.5), drawn(0.7)))
    with pytest.warns(AccuracyWarning, match="one sampled unit"):
        assert spectrum.abscissa > 0.7
    assert spectrum.abscissa.error > 0.1


@pytest.mark.long
def test_leaky_units_by_their_equations():
    solution = dmft.solve_stationary(_network(dmft.Dynamics("-x + h", output="tanh(x)"), 2.0), method=FEW)
    found = dmft.jacobian_spectrum(solution)
    exact = dmft.jacobian_spectrum(dmft.solve_stationary(dmft.RandomNetwork(2.0)))
    assert abs(found.abscissa - exact.abscissa) < 4.0 * found.abscissa.standard_error + found.abscissa.numerical_error
    assert found.abscissa.error < 0.05 * exact.radius
    (edge,) = found.contour()
    assert np.abs(edge + 1.0) == pytest.approx(np.full(len(edge), exact.radius), rel=0.03)
    assert found.to_xarray()["abscissa"] == found.abscissa


@pytest.mark.long
def test_linear_units_are_filters():
    """The same statement, by its transfer function and by sampled paths."""
    unit = dmft.Dynamics({"x": "-x - w + h", "w": "(-w + c*x)/ta"}, c=1, ta=5)
    exact = dmft.jacobian_spectrum(dmft.solve_stationary(_network(unit, 2.0)))
    found = dmft.jacobian_spectrum(dmft.solve_stationary(_network(unit, 2.0), method=FEW))
    assert found.reach(Z) == pytest.approx(exact.reach(Z), rel=0.02)
    assert abs(found.abscissa - exact.abscissa) < 4.0 * found.abscissa.standard_error + found.abscissa.numerical_error
    assert found.abscissa.error < 0.1
    assert found.resonance == pytest.approx(exact.resonance, abs=0.02)


_LEAKY = dmft.Dynamics("-x + h", output="tanh(x)")
_SLOW = dmft.Dynamics("(-x + h)/tau", output="tanh(x)", tau=3.0)
_NOISE = dmft.WhiteNoise(0.5)


@pytest.mark.long
@pytest.mark.parametrize(
    ("stated", "known"),
    [
        (
            _network(_LEAKY, 1.2, threshold_variance=1.0, bias=0.3),
            _network(dmft.Leaky(), 1.2, threshold_variance=1.0, bias=0.3),
        ),
        (_network(_LEAKY, 1.5, drive=_NOISE), _network(dmft.Leaky(), 1.5, drive=_NOISE)),
        (
            dmft.Network(
                {"fast": dmft.Population(dynamics=_LEAKY, fraction=0.4), "slow": dmft.Population(dynamics=_SLOW)},
                dmft.Random([[2.0, 1.0], [3.0, 1.5]]),
            ),
            dmft.Network(
                {
                    "fast": dmft.Population(dmft.Tanh(), fraction=0.4),
                    "slow": dmft.Population(dmft.Tanh(), dmft.Leaky(3.0)),
                },
                dmft.Random([[2.0, 1.0], [3.0, 1.5]]),
            ),
        ),
    ],
    ids=["frozen", "noise", "two populations"],
)
def test_leaky_units_of_other_states(stated, known):
    """A frozen state about means, white noise, populations of two time constants."""
    exact = dmft.jacobian_spectrum(dmft.solve_stationary(known))
    found = dmft.jacobian_spectrum(dmft.solve_stationary(stated, method=dmft.Sampled(paths=256, seed=3)))
    abscissa = found.abscissa
    assert abs(abscissa - exact.abscissa) < 4.0 * abscissa.standard_error + abscissa.numerical_error
    assert abscissa.error < 0.06 * (1.0 + exact.abscissa)


@pytest.mark.long
def test_the_state_moves_an_edge_of_the_bulk_and_not_the_end_of_a_line_of_poles():
    """Adaptation whose slope vanishes at x = 0 leaves poles of single units up to -1/tw = -1/3, and no further."""
    equations = {"x": "-x - b*w + h", "w": "(x**3/(1 + x**2) - w)/tw"}
    unit = dmft.Dynamics(equations, output="x/sqrt(1 + x**2)", b=1.5, tw=3)
    noise = dmft.OrnsteinUhlenbeck(variance=1.0, correlation_time=1.0)
    of_poles = dmft.jacobian_spectrum(dmft.solve_stationary(_network(unit, 1.0, drive=noise), method=FEW)).abscissa
    assert abs(of_poles + 1 / 3) < of_poles.error < 1e-4
    # leaky units: the edge g sqrt(<phi'^2>) - 1 moves with the state, by as much as a larger growth says
    leaky = dmft.jacobian_spectrum(dmft.solve_stationary(_network(dmft.Dynamics("-x + h"), 2.0), method=FEW))
    moved = dataclasses.replace(leaky, state_error=2.0 * leaky.state_error)
    assert moved.abscissa == leaky.abscissa
    radius = leaky.abscissa + 1.0
    for spectrum in (leaky, moved):
        expected = radius * (np.sqrt(1.0 + spectrum.state_error) - 1.0)
        assert expected < spectrum._by_state < 1.2 * expected
