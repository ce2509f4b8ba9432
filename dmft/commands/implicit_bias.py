"""`dmft solve implicit-bias [DATA.npz]`: where gradient descent ends on a training set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

import dmft
from dmft.commands.outcome import deliver
from dmft.cost import check_cost
from dmft.storage import check_writable


@click.command("implicit-bias")
@click.argument("data", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--random", "drawn", metavar="N,D", help="In place of DATA: N Gaussian inputs of D components, random labels."
)
@click.option("--units", type=int, default=20, show_default=True, metavar="H", help="Units.")
@click.option("--half-spaces", type=int, default=1, show_default=True, metavar="S", help="Half-spaces a unit.")
@click.option("--shared-gate", is_flag=True, help="One gate for all units.")
@click.option("--offsets", type=click.Choice(["normal", "median"]), default="normal", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of half-spaces, and of --random.")
@click.option("--convolution", is_flag=True, help="A linear convolutional network, without units and gates.")
@click.option("--layers", type=int, default=2, show_default=True, metavar="L", help="Layers, of each chain.")
@click.option("--readout", type=click.Choice(["ungated", "gated"]), default="ungated", show_default=True)
@click.option(
    "--norm",
    type=click.Choice(["parameters", "zeta", "function"]),
    default="parameters",
    show_default=True,
    help="Norm: that of gradient descent, or for comparison.",
)
@click.option("--starts", type=int, default=1, show_default=True, help="Of more than two layers: ways to go down.")
@click.option("--rtol", type=float, default=1e-7, show_default=True, help="Gap between primal and dual.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def implicit_bias(
    data: Path | None,
    drawn: str | None,
    units: int,
    half_spaces: int,
    shared_gate: bool,
    offsets: Any,
    seed: int,
    convolution: bool,
    layers: int,
    readout: Any,
    norm: Any,
    starts: int,
    rtol: float,
    output: Path | None,
    as_json: bool,
) -> None:
    """Limit of gradient descent in a gated or convolutional linear network, on the training set of DATA.

    DATA is a .npz file with `inputs` (n, n_input), a constant one among them, and `labels` (n,), +1 and -1; where it
    holds `test_inputs` and `test_labels` too, the accuracy on them is printed. Exit code 3 where they cannot be
    separated.

    \b
    dmft solve implicit-bias digits.npz --units 20
    dmft solve implicit-bias --random 40,20 --units 6 --half-spaces 2
    dmft solve implicit-bias --random 12,16 --convolution
    """
    if output is not None:
        check_writable(output)
    if (data is None) == (drawn is None):
        raise click.UsageError("give either DATA, a .npz file, or --random N,D")
    held = _arrays(data) if data is not None else _drawn(str(drawn), seed)
    gates = dmft.HalfSpaces(1 if shared_gate else units, half_spaces, seed, offsets=offsets)
    network: Any = dmft.GatedLinear(gates, layers=layers, readout=readout, units=units)
    if convolution:
        network = dmft.LinearConvolution(layers)
    solution = dmft.solve_implicit_bias(network, held["inputs"], held["labels"], norm=norm, rtol=rtol, starts=starts)
    extra = {}
    if {"test_inputs", "test_labels"} <= held.keys() and np.isfinite(solution.norm):
        extra["accuracy"] = lambda: dmft.accuracy(solution, held["test_inputs"], held["test_labels"])
    deliver(solution, output, as_json, further=extra)


def _drawn(text: str, seed: int) -> dict[str, Any]:
    """Return Gaussian inputs with a constant one, and labels that they know nothing of."""
    try:
        count, length = (int(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError(f"--random must be two whole numbers, such as 40,20; got {text!r}") from None
    if count < 1 or length < 1:
        raise click.UsageError(f"--random must be positive, got {text!r}")
    check_cost(f"{count} inputs of {length} components", memory=24.0 * count * (length + 1), remedy="take fewer")
    rng = np.random.default_rng(seed)
    inputs = np.column_stack([rng.standard_normal((count, length)), np.ones(count)])
    return {"inputs": inputs, "labels": np.where(rng.random(count) < 0.5, 1.0, -1.0)}


def _arrays(path: Path) -> dict[str, Any]:
    """Return the arrays of a .npz file; nothing pickled is read.

    Raises
    ------
    ValueError : for what is no such file, or lacks inputs or labels.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {str(name): file[name] for name in getattr(file, "files", ())}
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path} cannot be read as a .npz file of numbers: {reason}") from error
    lacking = [name for name in ("inputs", "labels") if name not in held]
    if lacking:
        raise ValueError(f"{path} must hold inputs and labels; it lacks {' and '.join(lacking)}")
    return held
