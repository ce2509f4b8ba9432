"""What the commands have in common: they end in order when they are interrupted, or when nobody reads on."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO, cast

import click

from dmft.commands.exits import INTERRUPTED


class Group(click.Group):
    """A group of commands that exits with 130 when it is interrupted, and finishes its work when its pipe is closed."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the command line."""
        with contextlib.redirect_stdout(cast(TextIO, _Unread(sys.stdout))):
            return super().main(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(f"{ctx.info_name}: interrupted", err=True)
            ctx.exit(INTERRUPTED)


class _Unread:
    """Standard output that is dropped from when its reader has closed it, as `head` does.

    Files are then written all the same, and the exit code says what became of the work.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except BrokenPipeError:
            self._drop()
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._drop()

    def _drop(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())  # where the interpreter, at its end, flushes what is left
        os.close(nowhere)
