"""What gated networks refuse, how they are changed, stored, swept, drawn and asked for from the command line."""

import functools
import json
import warnings

import numpy as np
import pytest

import dmft
import validation
from dmft.cli import main
from dmft.models.serialization import network_from_mapping, network_to_mapping

RNG = np.random.default_rng(0)
X = np.column_stack([RNG.standard_normal((36, 9)), np.ones(36)])
Y = np.where(RNG.random(36) < 0.5, 1.0, -1.0)
NETWORK = dmft.GatedLinear(dmft.HalfSpaces(5, 1, 3))
GIVEN = dmft.GatedLinear(dmft.Contexts(2, 3))
CODES = RNG.integers(0, 3, (36, 2))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: dmft.HalfSpaces(0), "n_units must be at least 1, got 0"),
        (lambda: dmft.HalfSpaces(2.5), "n_units must be a whole number"),
        (lambda: dmft.HalfSpaces(2, 41), "per_unit must be from 0 to 40"),
        (lambda: dmft.HalfSpaces(2, 1, -1), "seed must be at least 0"),
        (lambda: dmft.HalfSpaces(2, 1, offsets="mean"), "offsets must be one of 'normal', 'median'"),
        (lambda: dmft.HalfSpaces(2, 1, offset_sd=np.nan), "offset_sd must be finite"),
        (lambda: dmft.Contexts(2, 0), "n_contexts must be from 1"),
        (lambda: dmft.RectifierGates([[1.0, np.inf]]), "weights must be a finite matrix"),
        (lambda: dmft.RectifierGates([1.0, 2.0]), "weights must be a finite matrix"),
        (lambda: dmft.GatedLinear(dmft.HalfSpaces(3), units=5), "units must be as many as have gates, 3"),
        (lambda: dmft.GatedLinear(dmft.HalfSpaces(3), layers=0), "layers must be from 1"),
        (lambda: dmft.GatedLinear(dmft.HalfSpaces(3), readout="shared"), "readout must be one of 'ungated', 'gated'"),
        (lambda: dmft.GatedLinear(dmft.HalfSpaces(3), layers=1, readout="gated"), "no read-out that could be gated"),
        (lambda: dmft.RectifiedNetwork(0), "units must be at least 1"),
    ],
)
def test_statements_refuse(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: dmft.GatedLinear("gates"),
        lambda: dmft.GatedLinear(dmft.HalfSpaces),
        lambda: dmft.HalfSpaces("5"),
        lambda: dmft.HalfSpaces(True),
        lambda: dmft.solve_implicit_bias(dmft.Perceptron(), X, Y),
        lambda: dmft.solve_implicit_bias(NETWORK, "inputs", Y),
        lambda: dmft.accuracy(3, X, Y),
        lambda: dmft.agreement(NETWORK, Y, X),
        lambda: dmft.solve_implicit_bias(NETWORK, X, Y, rtol="small"),
        lambda: validation.train(NETWORK, data=X, seed=1),
        lambda: validation.train(NETWORK, data=(X, Y), seed=None),
        lambda: validation.train(dmft.RandomNetwork(2.0), seed=1),
        lambda: dmft.phase_diagram(NETWORK, {"gates.n_units": [1, 2]}, ["norm"]),
    ],
)
def test_wrong_types_are_refused(call):
    with pytest.raises(TypeError):
        call()


@pytest.mark.parametrize(
    ("inputs", "labels", "settings", "sentence"),
    [
        (X, Y + 1.0, {}, r"labels must be \+1 or -1, got [02]; say which classes"),
        (X, (Y + 1.0) / 2.0, {}, r"labels must be \+1 or -1, got 0"),
        (X, Y[:-1], {}, "labels must be one for each of the 36 inputs, got shape"),
        (X[0], Y, {}, r"inputs must be a matrix of shape \(n, n_input\)"),
        (np.where(X[3, 4] == X, np.nan, X), Y, {}, "component 4 of input 3 is nan"),
        (1e60 * X, Y, {}, "inputs must be at most"),
        (1e-60 * X, Y, {}, "inputs must not all be below 1e-50 in size"),
        (np.zeros((0, 4)), [], {}, "inputs must be a matrix"),
        (X, Y, {"norm": "l1"}, "norm must be one of"),
        (X, Y, {"rtol": 0.0}, "rtol must be in"),
        (X, Y, {"max_steps": 0}, "max_steps must be at least 1"),
        (X, Y, {"starts": 0}, "starts must be at least 1"),
        (X, Y, {"seed": -1}, "seed must be at least 0"),
        (X, Y, {"contexts": CODES}, "contexts must be left out"),
    ],
)
def test_data_are_refused(inputs, labels, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        dmft.solve_implicit_bias(NETWORK, inputs, labels, **settings)


HOT = np.eye(3)[CODES]


@pytest.mark.parametrize(
    ("contexts", "sentence"),
    [
        (None, r"contexts must be given beside the inputs, of shape \(36, 2\)"),
        (0.5 * HOT, "contexts must be one-hot, a single 1 among zeros"),
        (np.zeros_like(HOT), "those of input 0, unit 0 sum to 0"),
        (np.ones_like(HOT), "sum to 3"),
        (HOT[:, :, :2], r"one-hot contexts must be of shape \(36, 2, 3\), got"),
        (CODES + 1, "contexts must be whole numbers from 0 to 2, got 1 to 3"),
        (CODES - 0.5, "contexts must be whole numbers"),
        (CODES[:, 0], r"contexts must be of shape \(36, 2\)"),
        (np.where(HOT == 1.0, np.nan, 0.0), "one-hot"),
    ],
)
def test_contexts_are_refused(contexts, sentence):
    with pytest.raises(ValueError, match=sentence):
        dmft.solve_implicit_bias(GIVEN, X, Y, contexts=contexts)
    if contexts is not None:
        with pytest.raises(ValueError, match=sentence):
            validation.train(GIVEN, data=(X, Y), contexts=contexts, seed=1)


def test_a_missing_bias_is_said_once():
    with pytest.warns(dmft.errors.AccuracyWarning, match="append a column of ones"):
        dmft.solve_implicit_bias(NETWORK, X[:, :-1], Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dmft.solve_implicit_bias(NETWORK, X[:, :-1], Y)


def test_too_few_steps_are_said():
    for steps in (1, 2, 6):
        solved = dmft.solve_implicit_bias(NETWORK, X, Y, max_steps=steps)
        assert solved.convergence.status is dmft.Status.MAX_STEPS
        assert "raise max_steps" in solved.convergence.message
        assert solved.state == "unfinished"
        assert not solved.convergence.error <= 1e-7
        assert np.isnan(dmft.accuracy(solved, X, Y)) == np.isnan(solved.norm)
    few = dmft.solve_implicit_bias(NETWORK.replace(layers=3), X, Y, max_steps=2)
    assert few.convergence.status is dmft.Status.MAX_STEPS
    fine = dmft.solve_implicit_bias(NETWORK, X, Y, rtol=1e-14)
    assert fine.convergence.status is dmft.Status.STALLED
    assert "raise rtol" in fine.convergence.message
    assert fine.convergence.error < 1e-8


def test_too_many_inputs_are_refused_before_any_work():
    wide = np.broadcast_to(np.ones((1, 2)), (3_000_000, 2))
    with pytest.raises(dmft.TooCostlyError, match="would take about"):
        dmft.solve_implicit_bias(dmft.GatedLinear(dmft.HalfSpaces(1, 0)), wide, np.ones(3_000_000))
    with pytest.raises(dmft.TooCostlyError, match="would take about"):
        dmft.solve_implicit_bias(NETWORK.replace(layers=3), X, Y, starts=10**12)
    with pytest.raises(dmft.TooCostlyError, match="the gates of 10000000000 units would take about"):
        dmft.solve_implicit_bias(dmft.GatedLinear(dmft.HalfSpaces(10**10)), X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="inputs must not all be zero"):
            validation.train(NETWORK, data=(0.0 * X, Y), seed=1)
    with pytest.raises(dmft.TooCostlyError, match="take fewer steps"):
        validation.train(NETWORK, data=(X, Y), seed=1, steps=10**12)


NETWORKS = {
    "half-spaces": NETWORK.replace(**{"gates.offsets": "median", "layers": 3}),
    "shared": dmft.GatedLinear(dmft.HalfSpaces(1, 2, 5), units=4, readout="gated"),
    "rectifiers": dmft.GatedLinear(dmft.RectifierGates.drawn(6, 10, 2)),
    "given": GIVEN,
    "moving": dmft.RectifiedNetwork(7),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_plain_data_and_back(name):
    assert network_from_mapping(json.loads(json.dumps(network_to_mapping(NETWORKS[name])))) == NETWORKS[name]
    assert hash(NETWORKS[name]) == hash(NETWORKS[name].replace())


def test_gates_stay_as_units_and_half_spaces_are_added():
    few, many = (dmft.HalfSpaces(n, s, 4).placed(X) for n, s in ((3, 2), (6, 3)))
    assert np.array_equal(few.normals, many.normals[:3, :2])
    assert np.array_equal(few.offsets, many.offsets[:3, :2])
    assert not np.any(few.normals[:, :, -1])  # the constant input takes no part
    halved = dmft.HalfSpaces(4, 1, 4, offsets="median").placed(X).contexts(X)
    assert np.all(halved.sum(axis=0) == 18)
    assert np.array_equal(dmft.HalfSpaces(2, 0).placed(X).contexts(X), np.zeros((36, 2)))
    wide = dmft.HalfSpaces(200, 1, 4, offset_sd=0.25).placed(X)
    assert np.std(wide.offsets) == pytest.approx(0.25, rel=0.2)


SOLVED = {
    "optimum": lambda: dmft.solve_implicit_bias(NETWORK, X, Y),
    "large": lambda: dmft.solve_implicit_bias(dmft.GatedLinear(dmft.RectifierGates.drawn(600, 10, 1)), X, Y),
    "function": lambda: dmft.solve_implicit_bias(NETWORK, X, Y, norm="function"),
    "stationary": lambda: dmft.solve_implicit_bias(NETWORK.replace(layers=3), X, Y, starts=3),
    "none": lambda: dmft.solve_implicit_bias(dmft.GatedLinear(dmft.HalfSpaces(1, 0)), X, Y),
    "given": lambda: dmft.solve_implicit_bias(GIVEN, X, Y, contexts=CODES),
}


@pytest.mark.parametrize("name", SOLVED)
def test_solutions_come_back_from_files(name, tmp_path):
    solution = SOLVED[name]()
    dmft.save(solution, tmp_path / "a.nc")
    back = dmft.load(tmp_path / "a.nc")
    assert type(back) is type(solution)
    assert back.network == solution.network
    assert (back.state, back.minimised) == (solution.state, solution.minimised)
    for field in solution.variables:
        assert np.array_equal(np.asarray(getattr(back, field)), np.asarray(getattr(solution, field)), equal_nan=True)
    given = {"contexts": CODES} if name == "given" else {}
    assert np.array_equal(back.predict(X, **given), solution.predict(X, **given), equal_nan=True)
    assert "lippl2022" in dmft.cite(back)
    assert "lyu2020" in dmft.cite(back)
    assert solution._repr_html_()
    if name != "none":
        assert [axes.get_ylabel() for axes in solution.plot().axes] == ["dual weight", r"norm $|\zeta_h|$ of a unit"]


def test_predictions_are_refused():
    solution = SOLVED["optimum"]()
    with pytest.raises(ValueError, match="must have 10 components"):
        solution.predict(X[:, :-1])
    with pytest.raises(ValueError, match="contexts must be left out"):
        solution.predict(X, contexts=CODES)
    with pytest.raises(ValueError, match="contexts must be given"):
        SOLVED["given"]().predict(X)


def test_accuracy_and_agreement():
    solution, other = SOLVED["optimum"](), SOLVED["function"]()
    assert dmft.accuracy(solution, X, Y) == 1.0
    part = dmft.accuracy(solution, X, np.where(np.arange(36) < 9, -Y, Y))
    assert part == 0.75
    assert part.standard_error == pytest.approx((0.75 * 0.25 / 36) ** 0.5)
    assert dmft.agreement(solution, other, X) == 1.0
    assert dmft.agreement(solution, -other.predict(X), X) == 0.0
    trained = validation.train(NETWORK, data=(X, Y), seed=1, steps=2000)
    assert dmft.agreement(solution, trained, X) == 1.0
    assert np.isnan(dmft.accuracy(SOLVED["none"](), X, Y))
    with pytest.raises(ValueError, match="must say something of each of the 36"):
        dmft.agreement(solution, Y[:3], X)


def test_trained_networks_refuse_other_inputs_and_keep_what_they_are():
    for network in (NETWORK, dmft.RectifiedNetwork(4)):
        trained = validation.train(network, data=(X, Y), seed=1, steps=5)
        for call in (trained.predict, trained.hidden):
            with pytest.raises(ValueError, match="inputs must have 10 components, as the training set; got 9"):
                call(X[:, 1:])
    for network in (NETWORKS["half-spaces"], NETWORKS["shared"], GIVEN):  # no weight moves their gates
        contexts = CODES if network is GIVEN else None
        assert validation.train(network, data=(X, Y), contexts=contexts, seed=1, steps=5).frozen() == network


def test_deep_chains_leave_the_origin_from_larger_weights_only():
    deep = NETWORK.replace(layers=5)
    near, far = (validation.train(deep, data=(X, Y), seed=1, steps=4000, scale=scale) for scale in (0.01, 0.5))
    assert np.isinf(near.value)
    assert np.isfinite(far.value)


def test_comparisons_say_why_a_norm_is_left_out():
    deep = NETWORK.replace(layers=3)
    runs = validation.simulate(deep, 3000, data=(X, Y), test=(X, Y), n_realizations=2, seed=1)
    with pytest.warns(dmft.errors.AccuracyWarning, match="norm is not comparable, that of the theory is a stationary"):
        table = validation.compare(dmft.solve_implicit_bias(deep, X, Y), runs)
    assert [row.quantity for row in table.rows] == ["accuracy"]
    with pytest.raises(TypeError, match="beside must map words to what they say of the test inputs, got list"):
        validation.simulate(deep, 30, data=(X, Y), test=(X, Y), beside=[Y], seed=1)


def test_a_sweep_over_units_and_contexts(tmp_path):
    solve = functools.partial(dmft.solve_implicit_bias, inputs=X, labels=Y)
    right = functools.partial(dmft.accuracy, inputs=X, labels=Y)
    over = {"gates.n_units": [2, 4, 8], "gates.per_unit": [0, 1, 2]}
    settings = {"observe": {"norm": "norm", "state": "state", "accuracy": right}, "solve": solve}
    diagram = dmft.phase_diagram(NETWORK, over, **settings, checkpoint=tmp_path / "log")
    solved = dmft.solve_implicit_bias(NETWORK.replace(**{"gates.n_units": 8, "gates.per_unit": 2}), X, Y)
    assert float(diagram["norm"][2, 2]) == solved.norm
    assert float(diagram["norm_error"][2, 2]) == solved.norm_error
    assert diagram["state"].values[:, 1:].tolist() == [["optimum"] * 2] * 3
    # One context cannot separate them, whatever the units.
    assert np.all(diagram["status"].values[:, 0] == dmft.Status.NO_SOLUTION.code)
    again = dmft.phase_diagram(NETWORK, over, **settings, checkpoint=tmp_path / "log")
    assert np.array_equal(again["norm"], diagram["norm"], equal_nan=True)


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, inputs=X, labels=Y, test_inputs=X, test_labels=Y)
    return path


def run(capsys, *arguments):
    try:
        code = main(["solve", "implicit-bias", *map(str, arguments)])
    except SystemExit as left:
        code = left.code
    return code, capsys.readouterr()


def test_the_command(data, tmp_path, capsys):
    code, shown = run(capsys, data, "--units", 5, "--seed", 3, "--json", "-o", tmp_path / "a.nc")
    told = json.loads(shown.out)
    assert not code
    assert told["norm"] == SOLVED["optimum"]().norm
    assert told["accuracy"] == 1.0
    assert dmft.load(tmp_path / "a.nc").norm == told["norm"]
    code, shown = run(capsys, data, "--units", 5, "--half-spaces", 0, "--layers", 1)
    assert code == 3
    assert "cannot be separated" in shown.err
    code, shown = run(capsys, "--random", "40,20", "--units", 6, "--json")
    assert not code
    assert json.loads(shown.out)["state"] == "optimum"
    for words in ((), (data, "--random", "4,2"), ("--random", "4"), ("--random", "0,2"), ("--seed", -1, data)):
        code, shown = run(capsys, *words)
        assert code == 2
        assert "Traceback" not in shown.err
    code, shown = run(capsys, data, "--shared-gate", "--readout", "gated", "--half-spaces", 2)
    assert not code
    assert "optimum" in shown.out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda path: path.write_bytes(b"\x80\x04K\x01."), "cannot be read as a .npz file"),
        (lambda path: path.write_bytes(b""), "cannot be read as a .npz file"),
        (lambda path: np.savez(path, inputs=X), "it lacks labels"),
        (lambda path: np.savez(path, inputs=np.array([{}]), labels=Y), "cannot be read as a .npz file"),
        (lambda path: np.savez(path, inputs=X, labels=Y * 2), "labels must be"),
        (lambda path: np.savez(path, inputs=X + 0j, labels=Y), "inputs must be an array of numbers, got an array of c"),
        (lambda path: np.savez(path, inputs=X, labels=Y, test_inputs=X), "it holds test_inputs alone"),
        (lambda path: np.savez(path, inputs=X, labels=Y, test_labels=Y), "it holds test_labels alone"),
        (lambda path: np.savez(path, inputs=np.array(["a"]), labels=Y), "inputs must be"),
    ],
)
def test_the_command_refuses_files(content, sentence, tmp_path, capsys):
    content(tmp_path / "b.npz")
    code, shown = run(capsys, tmp_path / "b.npz")
    assert code == 2
    assert sentence in shown.err
    assert "Traceback" not in shown.err
