"""Every kind of result draws itself, shows itself in a notebook, is stored, and is shown and drawn from its file.

One row a kind: a class of solutions, observables or results of networks that is not in the table fails the first test.
"""

import contextlib
import io
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import dmft
import validation
from dmft.cli import main
from dmft.theories.shown import Shown
from validation.cli import main as networks
from validation.shown import Shown as ShownNetworks

matplotlib.use("agg")
NOISY = dmft.RandomNetwork(1.8, drive=dmft.WhiteNoise(0.5))
EI = dmft.Network(
    {
        "E": dmft.Population(fraction=0.8, bias=0.2),
        "I": dmft.Population(dmft.Erf(), dmft.Leaky(2.0), fraction=0.2, bias=0.2),
    },
    dmft.Couplings(dmft.Random([[2.0, 3.0], [2.5, 1.0]]), dmft.Mean([[1.0, -2.0], [1.0, -2.0]])),
)
LOW_RANK = dmft.Network(dmft.Population(), dmft.Couplings(dmft.Random(0.8), low_rank=dmft.LowRank([[1.5]])))
STEPS = dmft.Network(dmft.Population(dynamics=dmft.Map()), dmft.Random(1.7))
FILTERED = dmft.Network(
    dmft.Population(dynamics=dmft.Filter("1/(1+s)**2"), drive=dmft.WhiteNoise(1.0)), dmft.Random(1.0)
)
BINARY = dmft.Perceptron.binary(0.8, (0.3, 0.15), positive=0.3)
NEURON = dmft.Perceptron(excitatory=0.8)
LOCKED = dmft.BalancedNetwork(2.0, size=5000, drive=dmft.Sinusoid(85, 0.2))
GATED = dmft.GatedLinear(dmft.HalfSpaces(n_units=4, per_unit=1, seed=1))
RNG = np.random.default_rng(0)
INPUTS = np.column_stack([RNG.standard_normal((20, 8)), np.ones(20)])
LABELS = np.where(RNG.random(20) < 0.5, 1, -1)
CLASSES = (LABELS > 0).astype(int)
CLOUDS = dmft.Manifolds(RNG.standard_normal((4, 6, 20)) + 1.0)
VECTOR_UNITS = dmft.LayeredNetwork((64, 64), vector_units=10, nonnegative=True)
LAYERED = dmft.LayeredNetwork([8, 8])
QUICK = {"n_realizations": 2, "duration": 8.0, "seed": 1}
QUIET = {"on_failure": "ignore"}


def _trained():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dmft.AccuracyWarning)  # it is small and hardly trained
        rule = validation.FullForce(dmft.RandomNetwork(g=1.5), validation.Oscillation())
        return validation.train(rule, size=40, trials=2, test_trials=1, seed=1)


STORED = {
    "stationary": lambda: dmft.solve_stationary(NOISY),
    "at rest": lambda: dmft.solve_stationary(dmft.RandomNetwork(0.5)),
    "no solution": lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0, dmft.Linear()), **QUIET),
    "populations": lambda: dmft.solve_stationary(EI),
    "low rank": lambda: dmft.solve_stationary(LOW_RANK),
    "discrete time": lambda: dmft.solve_stationary(STEPS),
    "filters": lambda: dmft.solve_stationary(FILTERED),
    "symmetric": lambda: dmft.solve_stationary(dmft.RandomNetwork(2.0, symmetry=0.2), method=dmft.Sampled(64), **QUIET),
    "plastic": lambda: dmft.solve_plastic(dmft.PlasticNetwork(2, -1, 2.5), accuracy=0.05, **QUIET),
    "transient": lambda: dmft.solve_nonstationary(NOISY, 2.0),
    "transient of populations": lambda: dmft.solve_nonstationary(EI, 2.0),
    "locked": lambda: dmft.solve_periodic(LOCKED, n=64),
    "fixed points": lambda: dmft.fixed_points(dmft.PlasticNetwork(2, 1, 2.5)),
    "pairs": lambda: dmft.solve_two_site(dmft.solve_stationary(dmft.RandomNetwork(2.0))),
    "capacity": lambda: dmft.solve_capacity(NEURON),
    "robustness": lambda: dmft.solve_robustness(NEURON, 0.2),
    "beyond capacity": lambda: dmft.solve_robustness(NEURON, 3.0),
    "regression": lambda: dmft.solve_regression(NEURON, 1.5),
    "implicit bias": lambda: dmft.solve_implicit_bias(GATED, INPUTS, LABELS),
    "convolution": lambda: dmft.solve_implicit_bias(dmft.LinearConvolution(2), INPUTS, LABELS),
    "ball": lambda: dmft.solve_manifolds(dmft.Ball(1.0, 5)),
    "clouds": lambda: dmft.solve_manifolds(CLOUDS, labels="balanced"),
    "targets": lambda: dmft.solve_targets(
        dmft.BalancedNetwork(2.0, size=500, drive=dmft.Sinusoid(8.0, 0.2, phases="random"))
    ),
    "alignment": lambda: dmft.solve_alignment(VECTOR_UNITS, dmft.GlobalErrorVector()),
    "kernel": lambda: dmft.solve_kernel(VECTOR_UNITS, 0.5),
    "tangent": lambda: dmft.solve_tangent(VECTOR_UNITS, dmft.GlobalErrorVector(), INPUTS[:, :8], CLASSES, duration=1.0),
    "online learning": lambda: dmft.solve_online_learning(
        dmft.TeacherStudent.drawn(2, 1, seed=1), dmft.DirectFeedback([1.0, -0.5]), rate=0.1, duration=10.0
    ),
    "branches": lambda: dmft.branches(dmft.RandomNetwork(1.6)),
    "power": lambda: dmft.power_spectrum(dmft.solve_stationary(NOISY), [0.1, 0.2, 0.4]),
    "response": lambda: dmft.susceptibility(dmft.solve_stationary(NOISY), [0.1, 0.2]),
    "response to fields": lambda: dmft.response_of(
        dmft.solve_stationary(
            dmft.Network(
                dmft.Population(dynamics=dmft.SelfCoupled(0.5), drive=dmft.OrnsteinUhlenbeck(1.0, 1.0)),
                dmft.Random(1.0),
            ),
            method=dmft.Sampled(64, seed=1),
            on_failure="ignore",
        )
    ),
    "rates": lambda: dmft.rate_distribution(dmft.solve_stationary(NOISY)),
    "blocks": lambda: dmft.covariance_blocks(dmft.solve_stationary(EI)),
    "disc": lambda: dmft.jacobian_spectrum(dmft.solve_stationary(NOISY)),
    "disc of filters": lambda: dmft.jacobian_spectrum(dmft.solve_stationary(FILTERED)),
    "disc of stated units": lambda: dmft.jacobian_spectrum(
        dmft.solve_stationary(
            dmft.Network(dmft.Population(dynamics=dmft.SelfCoupled(0.5)), dmft.Random(0.4)),
            method=dmft.Sampled(64, seed=1),
        )
    ),
    "cloud of species": lambda: dmft.jacobian_spectrum(
        dmft.solve_stationary(dmft.LotkaVolterraNetwork(4.0, 0.8, immigration=1e-2))
    ),
    "sweep": lambda: dmft.phase_diagram(NOISY, {"g": [1.2, 2.0]}, [dmft.lyapunov_exponent, "state"]),
    "words": lambda: dmft.phase_diagram(NOISY, {"g": [1.2, 2.0]}, ["state"]),
    "map": lambda: dmft.phase_diagram(NOISY, {"g": [1.2, 2.0], "drive.intensity": [0.1, 1.0]}, ["variance"]),
    "three fields": lambda: dmft.phase_diagram(
        NOISY, {"g": [1.2, 2.0], "drive.intensity": [0.1], "symmetry": [0.0]}, ["variance"]
    ),
    "capacities": lambda: dmft.phase_diagram(NEURON, {"excitatory": [0.3, 0.5, 0.8]}, ["capacity"]),
    "line": lambda: dmft.critical_line(
        NOISY, along={"g": [1.5, 2.0]}, over={"drive.intensity": (1e-3, 10)}, observable=dmft.lyapunov_exponent
    ),
}
NETWORKS = {
    "simulation": lambda: validation.simulate(NOISY, sizes=[30, 40], **QUICK),
    "simulation of populations": lambda: validation.simulate(EI, sizes=[40], **QUICK),
    "simulation of perceptrons": lambda: validation.simulate(NEURON, sizes=[20], n_realizations=2, load=0.3, seed=1),
    "comparison": lambda: validation.compare(
        dmft.solve_stationary(NOISY), validation.simulate(NOISY, sizes=[30, 40], **QUICK)
    ),
}
COURSES = {
    "spectrum of exponents": lambda: validation.lyapunov_spectrum(NOISY, size=40, k=5, duration=8.0, seed=1),
    "trained network": _trained,
    "trained perceptron": lambda: validation.train(NEURON, size=20, load=0.3, epochs=20, seed=1),
    "trained gates": lambda: validation.train(GATED, data=(INPUTS, LABELS), steps=200, seed=1),
    "trained convolution": lambda: validation.train(
        dmft.LinearConvolution(2), data=(INPUTS, LABELS), steps=200, seed=1
    ),
    "trained layers": lambda: validation.train(LAYERED, dmft.Backprop(), data=(INPUTS, CLASSES), epochs=2, seed=1),
    "memory": lambda: validation.memory_network(BINARY, BINARY.replace(positive=0.15), 40, 0.2, seed=2),
}
SLOW = {"symmetric", "plastic", "simulation of populations", "trained network"}
NOTHING_TO_DRAW = {"ball", "three fields"}
NUMBERS_ALONE_IN_ITS_FILE = {"disc of filters", "disc of stated units", "cloud of species"}  # not what it is asked of
NAMES_NO_PAPER = {"power", "response", "response to fields", "rates", "blocks", "disc", *NUMBERS_ALONE_IN_ITS_FILE}
ELSEWHERE = {"FrozenSolution"}  # takes a minute: tests/unit/test_solution_plot.py draws one that is made by hand
ABSTRACT = {"Solution", "OfWeights", "Trained"}
RESULTS = {}


def result(name):
    if name not in RESULTS:
        RESULTS[name] = {**STORED, **NETWORKS, **COURSES}[name]()
    return RESULTS[name]


def called(*arguments, program=main):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            program(list(arguments))
        except SystemExit as done:
            code = done.code or 0
    return code, out.getvalue(), err.getvalue()


def subclasses(kind):
    return {kind.__name__} | {name for sub in kind.__subclasses__() for name in subclasses(sub)}


@pytest.mark.long
def test_no_kind_is_missing_here():
    seen = {
        kind.__name__
        for name in {*STORED, *NETWORKS, *COURSES} - {"symmetric", "plastic"}
        for kind in type(result(name)).__mro__
    }
    assert subclasses(Shown) | subclasses(ShownNetworks) <= seen | ELSEWHERE | ABSTRACT | spectra_of_one_class()


def spectra_of_one_class():
    """Spectra of Jacobians share their drawing: tests/unit/test_results_shown.py has each."""
    from dmft.observables.jacobian import JacobianSpectrum
    from dmft.observables.populations_jacobian import PopulationsSpectrum
    from dmft.observables.stepped_jacobian import SteppedSpectrum

    return subclasses(JacobianSpectrum) | subclasses(PopulationsSpectrum) | subclasses(SteppedSpectrum)


def rows(*tables):
    names = [name for table in tables for name in table]
    return [pytest.param(name, marks=pytest.mark.long if name in SLOW else ()) for name in names]


@pytest.mark.parametrize("name", rows(STORED, NETWORKS, COURSES))
def test_it_draws_and_shows_itself(name):
    made = result(name)
    face = made.dmft if hasattr(made, "data_vars") else made
    html = face._repr_html_()
    if name in NOTHING_TO_DRAW:
        with pytest.raises(ValueError, match=r"nothing to draw|two swept fields"):
            face.plot()
        assert "<img" not in html
        return
    figure = face.plot()
    assert any(axes.lines or axes.collections or axes.images or axes.texts for axes in figure.axes)
    assert html.count("data:image/png") == 1
    plt.close("all")


@pytest.mark.parametrize("name", rows(STORED, NETWORKS, COURSES))
def test_it_prints_in_few_lines(name):
    made = result(name)
    face = made.dmft if hasattr(made, "data_vars") else made
    line, text = repr(face), str(face)
    assert max(map(len, [*line.splitlines(), *text.splitlines()])) <= 88
    assert len(text.splitlines()) <= 20
    assert "array(" not in text
    if hasattr(made, "data_vars"):
        assert text.startswith(f"<{made['status'].size} of {made['status'].size} points solved")
        return
    assert "\n" not in line
    outcome = getattr(made, "convergence", None)
    if outcome is not None:  # how it ended comes first, with the remedy where it did not end well
        assert text.startswith(outcome.status.name)
        assert outcome.converged or outcome.message in " ".join(text.split())
        assert f"{type(made).__name__}: {outcome.status.name}" in line


@pytest.mark.long
@pytest.mark.parametrize("name", rows(STORED, NETWORKS))
def test_its_file_is_shown_and_drawn(name, tmp_path):
    file, picture = str(tmp_path / "result.nc"), tmp_path / "result.png"
    (validation if name in NETWORKS else dmft).save(result(name), file)
    program = networks if name in NETWORKS else main
    code, told, trouble = called("show", file, program=program)
    assert (code, trouble) == (0, "")
    if name not in NETWORKS:  # whose tables are as wide as they are
        assert max(map(len, told.splitlines())) <= 80
    code, told, trouble = called("plot", file, "-o", str(picture), program=program)
    if name in NOTHING_TO_DRAW | NUMBERS_ALONE_IN_ITS_FILE:
        assert code == 2
        assert "Traceback" not in trouble
    else:
        assert (code, trouble) == (0, "")
        assert picture.stat().st_size > 2000
    if name in STORED:
        code, told, trouble = called("cite", file)
        assert code == (2 if name in NAMES_NO_PAPER else 0), trouble
        assert ("names no papers" in trouble) == (name in NAMES_NO_PAPER)


def test_a_stored_comparison_is_the_same(tmp_path):
    before = result("comparison")
    validation.save(before, tmp_path / "comparison.npz")
    after = validation.load(tmp_path / "comparison.npz")
    assert str(after) == str(before)
    assert after.verdict == before.verdict
    for one, two in zip(before.rows, after.rows, strict=True):
        assert (one.deviation, one.error, one.bias_bound) == (two.deviation, two.error, two.bias_bound)
        np.testing.assert_array_equal(one.estimate.means, two.estimate.means)


@pytest.mark.long
def test_weights_of_the_command_are_shown_and_drawn(tmp_path):
    from validation.training.command import written

    written(result("trained network"), tmp_path / "weights.npz")
    code, told, trouble = called("show", str(tmp_path / "weights.npz"))  # handed on to the program that wrote it
    assert (code, trouble) == (0, "")
    assert "40 units" in told
    assert called("plot", str(tmp_path / "weights.npz"), program=networks)[0] == 0
    assert (tmp_path / "weights.png").stat().st_size > 2000


def test_what_is_no_result_is_refused(tmp_path):
    with pytest.raises(TypeError, match="save takes a Simulation or a Comparison, got TrainedNetwork"):
        validation.save(result("trained network"), tmp_path / "x.npz")
    with pytest.raises(TypeError, match="figure takes a result of validation, got int"):
        validation.figure(1)
    other = tmp_path / "other.npz"
    np.savez(other, a=np.arange(3))
    code, _, trouble = called("show", str(other), program=networks)
    assert code == 2
    assert "Traceback" not in trouble
