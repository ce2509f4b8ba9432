"""Mathematics as MathML, which browsers draw by themselves: no script, no fonts, no network."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from latex2mathml.converter import convert as mathml_of
from sphinx.util.math import get_node_equation_number

_BAR = "&#x0007C;"  # of an absolute value: browsers would set it apart, like a relation
_ALPHABETS = {"mathbb": "DOUBLE-STRUCK", "mathcal": "SCRIPT"}


def convert(text: str, display: str = "inline") -> str:
    """Return TeX as MathML that browsers draw whole.

    They know no alphabets but by their characters, and draw a prime as small as the font has it: neither is marked up.
    """
    text = re.sub(r"\\(mathbb|mathcal)\s*\{?([A-Z])\}?", lambda found: _letter(found[1], found[2]), text)
    text = re.sub(r"\\[bB]igg?[lr](?=\\)", "", text)  # before a named bracket it would stand there as text
    made = mathml_of(text.replace("'", "\u2032 ").replace(r"\prime", "\u2032 "), display=display)
    return re.sub(f'<mo stretchy="false">(?={_BAR})', '<mo stretchy="false" lspace="0em" rspace="0em">', made)


def _letter(alphabet: str, letter: str) -> str:
    name = f"{_ALPHABETS[alphabet]} CAPITAL {letter}"
    try:
        return unicodedata.lookup(f"MATHEMATICAL {name}")
    except KeyError:  # the first of them are older than the others
        return unicodedata.lookup(name)


def _inline(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(convert(node.astext()))
    raise SkipNode


def _block(writer: Any, node: Any) -> None:
    from docutils.nodes import SkipNode

    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "link to this equation")
        writer.body.append("</span>")
    writer.body.append(convert(node.astext(), display="block"))
    writer.body.append("</div>\n")
    raise SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Make it known to Sphinx under the name "mathml"."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
