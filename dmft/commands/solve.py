"""`dmft solve THEORY`: solve a theory and write the solution."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

import dmft
from dmft.commands.exits import NOT_CONVERGED
from dmft.models.serialization import network_from_options, network_to_mapping
from dmft.storage import check_writable, save


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def solve() -> None:
    """Solve a theory and write the solution to a netCDF file."""


@solve.command()
@click.option("--g", "gain", required=True, metavar="G", help="Gain: J_ij has variance g^2/N.")
@click.option(
    "--nonlinearity",
    default="tanh",
    show_default=True,
    metavar="PHI",
    help='tanh, erf, relu, linear, threshold-power, or an expression of x such as "tanh(x) + 0.1*x".',
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=VALUE",
    help="A field of the network, such as drive=WhiteNoise and drive.intensity=0.5; repeat for several.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write.")
@click.option("--rtol", type=float, default=1e-11, show_default=True, help="Residual that counts as converged.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def stationary(
    gain: str, nonlinearity: str, settings: tuple[str, ...], output: Path | None, rtol: float, as_json: bool
) -> None:
    """Stationary state of a random network: quiescent, chaotic or driven."""
    if output is not None:
        check_writable(output)
    network = network_from_options("RandomNetwork", [f"g={gain}", f"nonlinearity={nonlinearity}", *settings])
    solution = dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
    if output is not None:
        save(solution, output)
    numbers = _numbers(solution)
    outcome = solution.convergence
    if as_json:
        document = {"network": network_to_mapping(network), "status": outcome.status.name, **numbers}
        click.echo(json.dumps(document, allow_nan=False, default=str))
    else:
        click.echo(f"{network!r}")
        click.echo(f"  phase                {solution.phase}")
        for name, value in numbers.items():
            if isinstance(value, float):
                click.echo(f"  {name:<20} {value:.10g}")
        if output is not None:
            click.echo(f"  written              {output}")
    if not outcome.converged:
        click.echo(f"dmft: {outcome.message}", err=True)
        sys.exit(NOT_CONVERGED)


def _numbers(solution: Any) -> dict[str, Any]:
    if solution.phase == "none":
        return {"phase": "none"}
    numbers: dict[str, Any] = {
        "phase": solution.phase,
        "corr_x[0]": float(solution.corr_x[0]),
        "corr_phi[0]": float(solution.corr_phi[0]),
        "mean_slope": float(solution.mean_slope),
    }
    # Of a sampled state (partially symmetric couplings) neither is solved.
    if isinstance(solution, dmft.StationarySolution):
        numbers["lyapunov_exponent"] = float(dmft.lyapunov_exponent(solution))
        numbers["jacobian_radius"] = float(dmft.jacobian_spectrum(solution).radius)
    return numbers | {"residual": float(solution.convergence.residual)}
