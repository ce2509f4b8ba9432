"""Configuration of Sphinx: `make docs` builds the guide into `site/`. Nothing of it needs a network, nor its search."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import docstrings
import examples
import matplotlib as mpl
import reference

import dmft
import validation

mpl.use("agg")
os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "error")  # read when a page loads it

project = "dmft"
author = "the dmft developers"
project_copyright = author
release = version = dmft.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "mathml"]
exclude_patterns = ["_build", "_drawn", "__pycache__"]
html_theme = "furo"
html_title = f"dmft {dmft.__version__}"
html_static_path = ["_static"]
html_css_files = ["guide.css"]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Accuracy", "Cost", "Source", "Method", "Symbols"]
add_function_parentheses = False
suppress_warnings = ["ref.python"]  # words that several classes have as fields are not linked


def _run_examples(app: Any, docname: str, source: list[str]) -> None:
    """Run the code of a page of the guide, and show what it prints and draws."""
    path = Path(app.srcdir) / f"{docname}.md"
    if path.exists() and path in examples.pages():
        source[0] = examples.shown(source[0], docname, Path(app.srcdir) / "_drawn", folder="_drawn")
    if path.exists():
        source[0] = _with_links(source[0])


def _with_links(text: str) -> str:
    """Return a page with each public name in its text linked to the page of it."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"`((dmft|validation)\.)?(\w+)(\([^`]*\))?`", _link, parts[i])
    return "".join(parts)


def _link(found: re.Match[str]) -> str:
    package, name = found[2], found[3]
    homes = [package] if package else ["dmft", "validation"]
    known = {"dmft": dmft._HOMES, "validation": validation.__all__}
    home = next((home for home in homes if name in known[home]), None)
    return found[0] if home is None else f"[{found[0]}](/reference/{home}.{name}.rst)"


def _prepare(_app: Any, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = docstrings.prepared(lines)


def setup(app: Any) -> None:
    """Connect what this guide does beside Sphinx."""
    app.connect("builder-inited", lambda app: reference.written(Path(app.srcdir) / "reference"))
    app.connect("source-read", _run_examples)
    app.connect("autodoc-process-docstring", _prepare, priority=400)  # before napoleon
