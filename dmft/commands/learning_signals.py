"""`dmft solve alignment` and `dmft solve online-learning`: learning signals against the gradient."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

import dmft
from dmft.commands.outcome import deliver
from dmft.commands.reading import numbers_of
from dmft.storage import check_writable

_LONGEST = 10**7  # bytes of an image
_RULES = {
    "backprop": dmft.Backprop,
    "global": dmft.GlobalErrorVector,
    "feedback": dmft.FeedbackAlignment,
    "direct": dmft.DirectFeedback,
    "sign-uniform": partial(dmft.SignFeedback, "uniform"),
    "sign-fixed": partial(dmft.SignFeedback, "fixed"),
    "sign-batch": partial(dmft.SignFeedback, "batch"),
}


@click.command()
@click.option("--widths", required=True, metavar="N1,N2,...", help="Hidden units of each layer, first to last.")
@click.option("--rule", type=click.Choice(list(_RULES)), required=True, help="What carries the error back.")
@click.option("--norm", type=click.Choice(["drawn", "layer", "unit"]), help="Of feedback by signs: |B| = |W|.")
@click.option("--sizes", type=click.Choice(["drawn", "initial"]), help="Of feedback by signs, fixed: whose sizes.")
@click.option("--weights", type=click.Choice(["gaussian", "uniform", "sign"]), default="gaussian", show_default=True)
@click.option("--vector-units", type=int, default=None, metavar="K", help="Components of units; left out: scalar ones.")
@click.option("--nonnegative", is_flag=True, help="Vectorised nonnegative network.")
@click.option("--convolutional", is_flag=True, help="Widths are channels of convolutions.")
@click.option("--image", type=click.Path(dir_okay=False, path_type=Path), help="Numbers in a text file: the input.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def alignment(
    widths: str,
    rule: str,
    norm: str | None,
    sizes: str | None,
    image: Path | None,
    output: Path | None,
    as_json: bool,
    **stated: Any,
) -> None:
    """Angle between updates by a rule and the gradient in each hidden layer, at the initial weights.

    \b
    dmft solve alignment --widths 512,512,512 --rule global \\
        --vector-units 10 --nonnegative
    dmft solve alignment --widths 256,256 --rule sign-uniform --weights uniform
    """
    if output is not None:
        check_writable(output)
    network = dmft.LayeredNetwork(numbers_of("--widths", widths), **stated)
    settings = {name: value for name, value in (("norm", norm), ("sizes", sizes)) if value is not None}
    if settings and not rule.startswith("sign-"):
        raise ValueError(f"--{next(iter(settings))} is of feedback by signs, got --rule {rule}")
    pixels = None if image is None else _pixels(image)
    deliver(dmft.solve_alignment(network, _RULES[rule](**settings), image=pixels), output, as_json)


def _pixels(file: Path) -> tuple[float, ...]:
    """Return the numbers of a text file, with spaces, commas or lines between them."""
    try:
        if file.stat().st_size > _LONGEST:
            raise ValueError(f"more than {_LONGEST // 10**6} MB")
        text = file.read_text(encoding="utf-8")
        return tuple(float(word) for word in text.replace(",", " ").split())
    except (OSError, ValueError) as error:
        raise ValueError(f"--image must be a text file of numbers, {file}: {str(error)[:80]}") from None


@click.command("online-learning")
@click.option("--students", type=int, default=2, show_default=True, metavar="K", help="Units of the student.")
@click.option("--teachers", type=int, default=2, show_default=True, metavar="M", help="Units of the teacher.")
@click.option("--size", type=float, default=0.5, show_default=True, help="Standard deviation of the first weights.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the first overlaps.")
@click.option("--feedback", metavar="F1,F2,...", help="Direct feedback to each unit; left out: backpropagation.")
@click.option("--rate", type=float, default=0.2, show_default=True, help="Learning rate.")
@click.option("--duration", type=float, default=200.0, show_default=True, help="Steps per input dimension.")
@click.option("--label-noise", type=float, default=0.0, show_default=True, help="Standard deviation.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def online_learning(
    students: int,
    teachers: int,
    size: float,
    seed: int,
    feedback: str | None,
    output: Path | None,
    as_json: bool,
    **settings: float,
) -> None:
    """Error and alignment of a student that learns from a teacher, drawn in 500 dimensions, by order parameters.

    \b
    dmft solve online-learning --feedback 1,-0.5 --duration 1000
    """
    if output is not None:
        check_writable(output)
    problem = dmft.TeacherStudent.drawn(students, teachers, seed=seed, size=size)
    rule = dmft.Backprop() if feedback is None else dmft.DirectFeedback(numbers_of("--feedback", feedback))
    deliver(dmft.solve_online_learning(problem, rule, **settings, on_failure="ignore"), output, as_json)
