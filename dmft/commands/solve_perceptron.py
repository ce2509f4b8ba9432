"""`dmft solve capacity` and `dmft solve robustness`: perceptrons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import dmft
from dmft.commands.outcome import deliver
from dmft.models.serialization import network_from_options
from dmft.storage import check_writable


def _perceptron(command: Any) -> Any:
    """Decorate with the options that state a perceptron."""
    options = [
        click.option("--excitatory", metavar="F", help="Fraction of excitatory inputs; left out: signs are free."),
        click.option("--cv", metavar="E,I", help="Coefficients of variation of the inputs.  [default: 1]"),
        click.option("--sd", metavar="E,I", help="Standard deviations of the inputs.  [default: 1]"),
        click.option("--activity", metavar="E,I", help="Of binary inputs, in place of --cv and --sd."),
        click.option("--positive", default="0.5", show_default=True, metavar="P", help="Fraction of labels +1."),
        click.option("--norm-bound", default="1", show_default=True, metavar="GAMMA", help="Largest norm of w."),
        click.option("--size", type=int, metavar="N", help="Number of inputs.  [default: the limit of many]"),
        click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write."),
        click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _perceptron_of(activity: str | None, cv: str | None, sd: str | None, **fields: str | None) -> Any:
    """Return the perceptron that the options state."""
    given = {name: value for name, value in {"cv": cv, "sd": sd, **fields}.items() if value is not None}
    if activity is None:
        return network_from_options("Perceptron", [f"{name}={value}" for name, value in given.items()])
    if cv is not None or sd is not None:
        raise click.UsageError("--activity stands in place of --cv and --sd; give one or the other")
    try:
        shares = tuple(float(part) for part in activity.split(","))
    except ValueError:
        raise click.UsageError(f"--activity must be a number or two, such as 0.3,0.15; got {activity!r}") from None
    stated = network_from_options("Perceptron", [f"{name}={value}" for name, value in given.items()])
    return dmft.Perceptron.binary(
        stated.excitatory,
        shares[0] if len(shares) == 1 else shares,
        positive=stated.positive,
        norm_bound=stated.norm_bound,
    )


@click.command()
@_perceptron
@click.option("--margin", type=float, default=0.0, show_default=True, help="Margin to input noise that is to be kept.")
def capacity(margin: float, size: int | None, output: Path | None, as_json: bool, **stated: Any) -> None:
    """Largest load of a neuron with sign-constrained weights, balanced or not."""
    if output is not None:
        check_writable(output)
    deliver(dmft.solve_capacity(_perceptron_of(**stated), margin=margin, size=size), output, as_json)


@click.command()
@_perceptron
@click.option("--load", type=float, required=True, metavar="ALPHA", help="Patterns per input.")
@click.option("--to", type=click.Choice(["input", "output"]), default="input", show_default=True, help="Noise.")
def robustness(load: float, to: Any, size: int | None, output: Path | None, as_json: bool, **stated: Any) -> None:
    """Largest margin to input or output noise at a load; exit code 3 beyond capacity."""
    if output is not None:
        check_writable(output)
    deliver(dmft.solve_robustness(_perceptron_of(**stated), load, to=to, size=size), output, as_json)
