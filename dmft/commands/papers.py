"""`dmft papers [KEY]`: the papers that are reproduced, their claims, and what gives them."""

from __future__ import annotations

import textwrap

import click

from dmft.citation import told
from dmft.commands.columns import WIDTH, entry
from dmft.reproduced import PAPERS, Paper, paper


@click.command()
@click.argument("key", required=False, type=click.Choice([one.key for one in PAPERS]), metavar="[KEY]")
def papers(key: str | None) -> None:
    """List the papers that are reproduced; of KEY its claims, calls, and the command that makes its figures.

    \b
    dmft papers
    dmft papers clark2023
    """
    if key is None:
        for one in PAPERS:
            click.echo(entry(one.key, told(one.key), to=16))
        click.echo("\ndmft papers KEY says more.")
    else:
        click.echo(_page(paper(key)))


def _page(one: Paper) -> str:
    """Return what is said of a paper."""
    lines = [textwrap.fill(told(one.key), WIDTH, break_long_words=False, break_on_hyphens=False), ""]
    lines += [textwrap.fill(claim, WIDTH, initial_indent="- ", subsequent_indent="  ") for claim in one.claims]
    lines += ["", *(f"  {call}" for call in one.calls), ""]
    lines += [
        f"  notebook      notebooks/{one.notebook}.py",
        f"  figures       dmft-validate reproduce {one.key} --quick",
    ]
    return "\n".join(lines)
