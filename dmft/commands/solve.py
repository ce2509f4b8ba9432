"""`dmft solve THEORY`: solve a theory and write the solution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import dmft
from dmft.commands.completion import nonlinearities, settings
from dmft.commands.estimate import Estimating
from dmft.commands.exits import EXIT_CODES
from dmft.commands.implicit_bias import implicit_bias
from dmft.commands.learning_signals import alignment, online_learning
from dmft.commands.manifolds import manifolds
from dmft.commands.outcome import deliver
from dmft.commands.stating import EXAMPLE, network_in
from dmft.models.serialization import network_from_options
from dmft.progress import waiting
from dmft.storage import check_writable

_TYPES = {"random": "RandomNetwork", "balanced": "BalancedNetwork"}


def _options(*, kinds: bool) -> Callable[[Any], Any]:
    """Return the decorator for the options that all theories share."""
    shared = [
        click.option("--g", "gain", required=not kinds, metavar="G", help="Gain: J_ij has variance g^2/N."),
        click.option(
            "--nonlinearity",
            default=None,
            metavar="PHI",
            shell_complete=nonlinearities,
            help="tanh, erf, relu, linear, threshold-power, or an expression of x such as "
            '"tanh(x) + 0.1*x".  [default: relu in a balanced network, else tanh]',
        ),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="FIELD=VALUE",
            shell_complete=settings,
            help="A field of the network, such as drive=WhiteNoise and drive.intensity=0.5; repeat for several.",
        ),
        click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write."),
        click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON."),
    ]
    if kinds:
        shared.insert(
            0,
            click.option(
                "--network",
                "kind",
                type=click.Choice(list(_TYPES)),
                default=None,
                help="A balanced one needs --set size=K.  [default: random]",
            ),
        )
        file = click.Path(exists=True, dir_okay=False, path_type=Path)
        shared.insert(
            1,
            click.option("--file", type=file, help="TOML file, or a result, that states it (dmft solve --help)."),
        )

    def decorate(command: Any) -> Any:
        for option in reversed(shared):
            command = option(command)
        return command

    return decorate


def _stated(
    fields: list[str],
    *,
    gain: str | None,
    nonlinearity: str | None,
    settings: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    kind: str | None = "",
    file: Path | None = None,
) -> tuple[Any, dict[str, Any]]:
    """Return the network that the shared options state, and the arguments of `deliver`; refuse a file out of reach."""
    if output is not None:
        check_writable(output)
    if file is not None:
        if gain or nonlinearity or settings or kind:
            raise ValueError(f"the network is stated by {file}: leave out --g, --network, --nonlinearity and --set")
        return network_in(file), {"output": output, "as_json": as_json}
    if gain is None:
        raise ValueError("the network must be stated: give --g, or --file with its populations")
    if nonlinearity is not None:
        fields = [*fields, f"nonlinearity={nonlinearity}"]
    kind = "PlasticNetwork" if kind == "" else _TYPES[kind or "random"]
    network = network_from_options(kind, [f"g={gain}", *fields, *settings])
    return network, {"output": output, "as_json": as_json}


_HELP = f"""Solve a theory, print its numbers, and write the solution to a netCDF file.

    \b
    dmft solve stationary --g 2 -o chaos.nc
    dmft solve stationary --g 2 --set drive=OrnsteinUhlenbeck \\
        --set drive.variance=0.5 --set drive.correlation_time=1
    dmft solve stationary --network balanced --g 2 --set size=5000
    dmft solve stationary --file ei.toml -o ei.nc
    dmft solve periodic --network balanced --g 2 --set size=5000 \\
        --set drive=Sinusoid --set drive.amplitude=85 --set drive.frequency=0.2
    dmft solve nonstationary --file populations.toml --duration 20 -o transient.nc
    dmft solve plastic --g 2 --k -2 --p 2.5 --exponent
    dmft solve capacity --excitatory 0.8 --cv 1.4,1 --positive 0.1
    dmft solve robustness --excitatory 0.8 --activity 0.3,0.15 --positive 0.3 \\
        --load 0.25 --to output --size 120
    dmft solve regression --excitatory 0.8 --load 1.5 --limits 0,2 --ridge 0.1
    dmft solve implicit-bias --random 40,20 --units 6
    dmft solve manifolds --radius 1 --dimension 5
    dmft solve alignment --widths 256,256 --rule sign-uniform
    dmft solve online-learning --feedback 1,-0.5

    \b
    A file says (or has as its table [network]), rows are targets:
    {EXAMPLE}
    {EXIT_CODES}
    """


@click.group(cls=Estimating, context_settings={"help_option_names": ["-h", "--help"]}, help=_HELP)
def solve() -> None:
    """Solve a theory (the text of --help is above)."""


@solve.command()
@_options(kinds=True)
@click.option("--rtol", type=float, default=1e-9, show_default=True, help="Residual that counts as converged.")
def stationary(rtol: float, **shared: Any) -> None:
    """Stationary state: quiescent, chaotic, or driven by noise or sinusoids of random phase."""
    network, how = _stated([], **shared)
    with waiting("solving"):
        solution = dmft.solve_stationary(network, rtol=rtol, on_failure="ignore")
    deliver(solution, **how)


@solve.command()
@_options(kinds=True)
@click.option("--duration", type=float, required=True, metavar="T", help="Time to follow, in units of tau.")
@click.option("--mean", type=float, default=0.0, show_default=True, help="Mean of x at time 0.")
@click.option("--variance", type=float, default=1.0, show_default=True, help="Variance of x at time 0.")
def nonstationary(duration: float, mean: float, variance: float, **shared: Any) -> None:
    """Mean, variance and covariance against time, from a Gaussian initial state."""
    network, how = _stated([], **shared)
    with waiting("following the transient"):
        solution = dmft.solve_nonstationary(network, duration, init=(mean, variance), on_failure="ignore")
    deliver(solution, **how)


@solve.command()
@_options(kinds=True)
def periodic(**shared: Any) -> None:
    """State that is locked to a sinusoid, with its exponent: it is the network's if that is negative."""
    network, how = _stated([], **shared)
    with waiting("solving"):
        solution = dmft.solve_periodic(network, on_failure="ignore")
    deliver(solution, **how)


@solve.command()
@_options(kinds=False)
@click.option("--k", "strength", required=True, metavar="K", help="Strength of plasticity; Hebbian if positive.")
@click.option("--p", "ratio", required=True, metavar="P", help="Time constant of the synapses, in units of tau.")
@click.option("--accuracy", type=float, default=2e-3, show_default=True, help="Standard error to reach, relative.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sampled noise.")
@click.option("--exponent", is_flag=True, help="The Lyapunov exponent too (some seconds).")
def plastic(strength: str, ratio: str, accuracy: float, seed: int, exponent: bool, **shared: Any) -> None:
    """Stationary state of a network with plastic synapses, sampled, with standard errors."""
    network, how = _stated([f"k={strength}", f"p={ratio}"], **shared)
    with waiting("sampling"):
        solution = dmft.solve_plastic(network, accuracy=accuracy, seed=seed, on_failure="ignore")
    deliver(solution, **how, exponent=exponent)


def _perceptron(command: Any) -> Any:
    """Decorate with the options that state a perceptron."""
    options = [
        click.option("--excitatory", metavar="F", help="Fraction of excitatory inputs; left out: signs are free."),
        click.option("--cv", metavar="E,I", help="Coefficients of variation of the inputs.  [default: 1]"),
        click.option("--sd", metavar="E,I", help="Standard deviations of the inputs.  [default: 1]"),
        click.option("--activity", metavar="E,I", help="Of binary inputs, in place of --cv and --sd."),
        click.option("--positive", default="0.5", show_default=True, metavar="P", help="Fraction of labels +1."),
        click.option("--norm-bound", default="1", show_default=True, metavar="GAMMA", help="Largest norm of w."),
        click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="netCDF file to write."),
        click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


_size = click.option("--size", type=int, metavar="N", help="Number of inputs.  [default: the limit of many]")
_load = click.option("--load", type=float, required=True, metavar="ALPHA", help="Patterns per input.")


def _perceptron_of(activity: str | None, cv: str | None, sd: str | None, **fields: str | None) -> Any:
    """Return the perceptron that the options state."""
    given = {name: value for name, value in {"cv": cv, "sd": sd, **fields}.items() if value is not None}
    if activity is None:
        return network_from_options("Perceptron", [f"{name}={value}" for name, value in given.items()])
    if cv is not None or sd is not None:
        raise click.UsageError("--activity stands in place of --cv and --sd; give one or the other")
    shares = _numbers("--activity", activity, "a number or two, such as 0.3,0.15")
    stated = network_from_options("Perceptron", [f"{name}={value}" for name, value in given.items()])
    return dmft.Perceptron.binary(
        stated.excitatory,
        shares[0] if len(shares) == 1 else shares,
        positive=stated.positive,
        norm_bound=stated.norm_bound,
    )


def _numbers(option: str, text: str, allowed: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError(f"{option} must be {allowed}; got {text!r}") from None


@solve.command()
@_perceptron
@_size
@click.option("--margin", type=float, default=0.0, show_default=True, help="Margin to input noise that is to be kept.")
def capacity(margin: float, size: int | None, output: Path | None, as_json: bool, **stated: Any) -> None:
    """Largest load of a neuron with sign-constrained weights, balanced or not."""
    if output is not None:
        check_writable(output)
    deliver(dmft.solve_capacity(_perceptron_of(**stated), margin=margin, size=size), output, as_json)


@solve.command()
@_perceptron
@_size
@_load
@click.option("--to", type=click.Choice(["input", "output"]), default="input", show_default=True, help="Noise.")
def robustness(load: float, to: Any, size: int | None, output: Path | None, as_json: bool, **stated: Any) -> None:
    """Largest margin to input or output noise at a load; exit code 3 beyond capacity."""
    if output is not None:
        check_writable(output)
    deliver(dmft.solve_robustness(_perceptron_of(**stated), load, to=to, size=size), output, as_json)


@solve.command()
@_perceptron
@_load
@click.option(
    "--limits", metavar="LOW,HIGH", help="Bounds of sqrt(N) |w_i|, or without signs of sqrt(N) w_i; inf is one."
)
@click.option("--ridge", type=float, default=0.0, show_default=True, help="Strength of the penalty N |w|^2.")
def regression(
    load: float, limits: str | None, ridge: float, output: Path | None, as_json: bool, **stated: Any
) -> None:
    """Least squares by weights of the signs, of targets that are independent of the inputs."""
    if output is not None:
        check_writable(output)
    bounds: Any = None if limits is None else _numbers("--limits", limits, "two numbers, such as 0,2")
    deliver(dmft.solve_regression(_perceptron_of(**stated), load, limits=bounds, ridge=ridge), output, as_json)


solve.add_command(implicit_bias)
solve.add_command(manifolds)
solve.add_command(alignment)
solve.add_command(online_learning)
