"""`dmft-validate train`, and where curves of experiments cross a level."""

import numpy as np
import pytest
from click.testing import CliRunner

from validation.cases.trained_experiments import crossing
from validation.cli import main


def ran(*arguments):
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


def test_a_network_is_trained_and_written(tmp_path):
    path = tmp_path / "weights.npz"
    outcome = ran("sum-of-sines", "--size", 30, "--g", 0.9, "--trials", 3, "--out", path)
    assert outcome.exit_code == 0, outcome.output
    for text in ("full-force on sum-of-sines, N = 30", "test error", "exponent of generator    -"):
        assert text in outcome.output
    with np.load(path) as held:
        assert held["couplings"].shape == (30, 30)
        assert held["readout"].shape == (1, 30)
        assert len(held["history"]) == 3


def test_under_dales_law():
    outcome = ran("sawtooth", "--rule", "dale", "--size", 40, "--trials", 8)
    assert outcome.exit_code == 0, outcome.output
    assert "violations of Dale's law 0" in outcome.output


def test_a_spiking_one():
    outcome = ran("sum-of-sines", "--rule", "dale-spiking", "--size", 30, "--trials", 1)
    assert outcome.exit_code == 0, outcome.output
    assert "violations of Dale's law 0" in outcome.output
    assert "spikes of a unit per tau" in outcome.output


@pytest.mark.long
def test_force_hears_no_hint():
    assert ran("ready-set-go", "--rule", "force", "--size", 10, "--trials", 1, "--g", 0.5).exit_code == 0


def test_a_chaotic_generator_is_told():
    outcome = ran("oscillation", "--size", 100, "--g", 3, "--amplitude", 0.01, "--trials", 1, "--seed", 1)
    assert outcome.exit_code == 0
    assert "warning: the generator is chaotic" in outcome.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("dance",), "not one of"),
        (("oscillation", "--size", 1), "size must be an integer >= 2"),
        (("oscillation", "--g", -1), "g must be"),
        (("oscillation", "--g", "nan"), "g must be"),
        (("oscillation", "--seed", -1), "seed must be"),
        (("oscillation", "--trials", 0), "trials must be"),
        (("oscillation", "--size", 10**7), "memory"),
        (("oscillation", "--amplitude", 0), "nothing else tells it of the target"),
        (("sawtooth", "--size", 10, "--trials", 1, "--g", 0.5, "--out", "/nowhere/w.npz"), "No such file"),
    ],
)
def test_what_is_refused_is_a_matter_of_usage(arguments, text):
    outcome = ran(*arguments)
    assert outcome.exit_code == 2, outcome.output
    assert text in outcome.output
    assert "Traceback" not in outcome.output


def test_a_crossing_is_the_last_one():
    amplitudes = np.array([1.0, 2.0, 4.0, 8.0])
    curves = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, 1.0, -3.0]]).T
    place, error = crossing(amplitudes, curves, 0.0)
    places = 4.0 * 2.0 ** np.array([0.5, 0.25])
    assert place == pytest.approx(places.mean())
    assert error == pytest.approx(places.std(ddof=1) / np.sqrt(2))
    assert np.isnan(crossing(amplitudes, np.ones((4, 3)), 0.0)[0])


def test_a_stopped_training_goes_on(tmp_path):
    path = tmp_path / "training.ckpt"
    first = ("sum-of-sines", "--size", 20, "--g", 0.9, "--checkpoint", path)
    assert ran(*first, "--trials", 12).exit_code == 0
    whole, resumed = ran(*first[:-2], "--trials", 13), ran(*first, "--trials", 13)
    assert resumed.exit_code == 0, resumed.output
    assert resumed.output == whole.output
    other = ran(*first, "--seed", 1)
    assert other.exit_code == 2
    assert "checkpoint of a training of other inputs" in other.output
    path.write_text("not one")
    assert "is not a checkpoint" in ran(*first).output
