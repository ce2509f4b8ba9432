"""The code of the guide's pages: read, run as a reader would type it, and shown with what it prints and draws.

A page is Markdown. Its blocks of python share their names, from the first to the last; what the last line of a block
evaluates to is shown if it is a figure, as in a notebook. `long: true` in the head of a page says that it takes more
than a second or two. `tests/unit/test_guide.py` runs every page through `run`, the guide shows what `shown` adds.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_BLOCK = re.compile(r"^```python\n(.*?)^```$\n?", flags=re.DOTALL | re.MULTILINE)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
_FILES = re.compile(r"^```\{code-block\} toml\n:caption: (\S+)\n\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """What a block did: its code, what it printed, the value of its last line, and its figure or None."""

    code: str
    printed: str
    value: Any
    figure: Any


def pages() -> list[Path]:
    """Return the pages of the guide that hold code or commands."""
    found = sorted(path for path in HERE.rglob("*.md") if "reference" not in path.relative_to(HERE).parts)
    return [path for path in found if _BLOCK.search(text := path.read_text()) or _COMMANDS.search(text)]


def is_long(page: Path) -> bool:
    """Whether the head of a page says that it takes long."""
    return page.read_text().startswith("---\nlong: true\n")


def commands(page: Path) -> list[str]:
    """Return the command lines of a page, those of this package."""
    lines = "\n".join(_COMMANDS.findall(page.read_text())).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.startswith(("dmft ", "dmft-validate "))]


def files(page: Path) -> dict[str, str]:
    """Return the files that a page shows whole, by name."""
    return dict(_FILES.findall(page.read_text()))


def run(text: str, name: str) -> Iterator[Done]:
    """Run the blocks of a page, one after the other, in names that they share."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for code in _BLOCK.findall(text):
        yield cell(code, name, names)


def cell(code: str, name: str, names: dict[str, Any]) -> Done:
    """Run a block as a notebook runs a cell: the value of its last line, if that is an expression, is what it shows."""
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, name, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), names)
    figure = getattr(value, "figure", value)  # axes have a figure
    return Done(code, printed.getvalue(), value, figure if hasattr(figure, "savefig") else None)


def shown(text: str, page: str, pictures: Path, *, folder: str) -> str:
    """Return the page with the output and the figure of each block below it.

    Parameters
    ----------
    text : of the page.
    page : its name, without ending.
    pictures : where figures are written.
    folder : where they are, as seen from the root of the guide.
    """
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(empty):  # examples write files
        done = iter(list(run(text, page)))
    pictures.mkdir(parents=True, exist_ok=True)

    def with_results(match: re.Match[str]) -> str:
        block = next(done)
        out = match[0].rstrip("\n") + "\n"
        if block.printed.strip():
            out += f"\n```{{code-block}} text\n:class: output\n\n{block.printed.rstrip()}\n```\n"
        if block.figure is not None:
            name = f"{page.replace('/', '-')}-{hashlib.sha256(block.code.encode()).hexdigest()[:8]}.png"
            block.figure.savefig(pictures / name, dpi=160, bbox_inches="tight")
            out += f"\n```{{image}} /{folder}/{name}\n:alt: what the last line draws\n:class: drawn\n```\n"
        return out

    return _BLOCK.sub(with_results, text)
