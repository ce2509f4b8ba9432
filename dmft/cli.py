"""The command `dmft`: each command is a file in `dmft.commands`, loaded when it is called."""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

import click

from dmft.commands.exits import EXIT_CODES, INTERNAL, NOT_CONVERGED, USAGE
from dmft.commands.group import Group
from dmft.errors import DMFTError, NotConvergedError

# Command -> (module, one line for the overview). The module defines a click command of that name.
_COMMANDS = {
    "solve": ("solve", "Solve a theory and write the solution to a file."),
    "branches": ("branches", "List every state of a network from a file, with its stability."),
    "show": ("show", "Show what a file holds: inputs, outcome, numbers."),
    "plot": ("plot", "Draw what a file holds."),
    "phase": ("phase", "Compute a phase diagram from a TOML file or a preset."),
    "cite": ("cite", "Print the BibTeX entries of what a file was made with."),
    "papers": ("papers", "List the papers that are reproduced, with their claims and calls."),
}


class _Lazy(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"dmft.commands.{_COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


_HELP = f"""Dynamical mean-field theory of neural networks.

    \b
    dmft solve stationary --g 2 -o chaos.nc   correlation functions, exponent
    dmft branches ei.toml                     every state of a network
    dmft show chaos.nc                        inputs, numbers, versions
    dmft plot chaos.nc                        its curves, as chaos.png
    dmft phase --preset noise                 where there is chaos, as a map
    dmft cite chaos.nc                        what to cite
    dmft papers clark2023                     its claims, calls and command

    {EXIT_CODES}

    \b
    Tab completion: eval "$(_DMFT_COMPLETE=bash_source dmft)" in ~/.bashrc;
    zsh_source and fish_source for the other shells.
    """


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}, help=_HELP)
@click.version_option(package_name="dmft", prog_name="dmft")
def _dmft() -> None:
    """Commands of theory (the text of --help is above)."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; a failure is one line on stderr and an exit code, a warning is one line."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return _dmft.main(args=arguments, prog_name="dmft")
    except Exception as error:
        text, code = _told(error)
        click.echo(f"dmft: {text}", err=True)
        sys.exit(code)


def _told(error: Exception) -> tuple[str, int]:
    """Return what is said of an error, and the exit code."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
    if isinstance(error, NotConvergedError):
        return str(error), NOT_CONVERGED
    # What arithmetic, linear algebra and eigensolvers give up on: the question is a right one, and has no answer here.
    if isinstance(error, ArithmeticError) or type(error).__module__.startswith(("scipy.", "numpy.linalg")):
        return f"the computation failed, the parameters may be too extreme for it: {line}", NOT_CONVERGED
    if isinstance(error, MemoryError):
        return "there is not enough memory for this", USAGE
    if isinstance(error, ValueError | TypeError | OSError):
        return str(error), USAGE
    if isinstance(error, DMFTError):
        return str(error), NOT_CONVERGED
    return f"internal error: {line}", INTERNAL


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    click.echo(f"dmft: {category.__name__}: {' '.join(str(message).split())}", err=True)


if __name__ == "__main__":
    main()
