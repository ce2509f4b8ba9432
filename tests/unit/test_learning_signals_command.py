"""`dmft solve alignment` and `dmft solve online-learning`."""

import json

import numpy as np
import pytest

import dmft
from dmft.cli import main

DIRECT = dmft.DirectFeedback([1.0, -0.5])
MAPS = ("alignment", "--widths", "8,6", "--rule", "global", "--vector-units", 4, "--nonnegative", "--convolutional")


def run(capsys, *arguments):
    try:
        code = main(["solve", *map(str, arguments)])
    except SystemExit as left:
        code = left.code
    return code, capsys.readouterr()


def test_both_commands(capsys, tmp_path):
    code, shown = run(capsys, "alignment", "--widths", "64,64", "--rule", "sign-uniform", "--json")
    told = json.loads(shown.out)
    assert not code
    assert told["angle_2"] == pytest.approx(37.07, abs=0.01)
    file = tmp_path / "a.nc"
    code, shown = run(capsys, "online-learning", "--feedback", "1,-0.5", "--duration", 10, "-o", file)
    assert not code
    assert "last_alignment" in shown.out
    assert dmft.load(file).rule == DIRECT
    for wrong, said in (
        (("alignment", "--widths", "a", "--rule", "global"), "--widths must be numbers"),
        (("alignment", "--widths", "3", "--rule", "global", "--vector-units", 4, "--nonnegative"), "even"),
        (("online-learning", "--seed", -1), "seed must be at least 0"),
        (("online-learning", "--feedback", "1"), "must have 2 weights"),
    ):
        code, shown = run(capsys, *wrong)
        assert code == 2, wrong
        assert said in shown.err
        assert "Traceback" not in shown.err


def test_norm_and_sizes_of_feedback_by_signs(capsys, tmp_path):
    file = tmp_path / "a.nc"
    fixed = ("alignment", "--widths", "8,6", "--rule", "sign-fixed")
    assert not run(capsys, *fixed, "--norm", "unit", "--sizes", "initial", "-o", file)[0]
    assert dmft.load(file).rule == dmft.SignFeedback("fixed", norm="unit", sizes="initial")
    assert run(capsys, *fixed, "--norm", "other")[0] == 2
    code, shown = run(capsys, "alignment", "--widths", "8", "--rule", "backprop", "--norm", "unit")
    assert code == 2
    assert "--norm is of feedback by signs, got --rule backprop" in shown.err


def test_an_image_from_a_file(capsys, tmp_path):
    pixels, file = np.random.default_rng(0).standard_normal((8, 8)), tmp_path / "image.txt"
    np.savetxt(file, pixels, delimiter=",", fmt="%.17g")
    code, shown = run(capsys, *MAPS, "--image", file, "--json")
    network = dmft.LayeredNetwork([8, 6], vector_units=4, nonnegative=True, convolutional=True)
    expected = dmft.solve_alignment(network, dmft.GlobalErrorVector(), image=pixels).angles
    assert not code
    told = json.loads(shown.out)
    assert [told["angle_1"], told["angle_2"]] == pytest.approx(expected.tolist(), rel=1e-12)
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        stream.truncate(10**8)
    file.write_bytes(b"\xff\x00 1 2")
    for wrong, said in (
        ((), "image must be given"),
        (("--image", file), "must be a text file of numbers"),
        (("--image", huge), "more than 10 MB"),
        (("--image", tmp_path / "none"), "No such file"),
    ):
        code, shown = run(capsys, *MAPS, *wrong)
        assert code == 2, wrong
        assert said in shown.err
        assert len(shown.err) < 600
