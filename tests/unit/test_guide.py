"""Every block of code and every command of the guide runs, and what its pages name is there."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path

import matplotlib
import pytest

import dmft
import validation

ROOT = Path(__file__).parents[2]


def _loaded(name):
    spec = importlib.util.spec_from_file_location(f"guide_{name}", ROOT / ".docs" / f"{name}.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


EXAMPLES = _loaded("examples")
PAGES = EXAMPLES.pages()
NAMES = {page: str(page.relative_to(ROOT / ".docs")) for page in PAGES}
MARKED = [pytest.param(p, marks=pytest.mark.long if EXAMPLES.is_long(p) else (), id=NAMES[p]) for p in PAGES]


@pytest.mark.parametrize("page", MARKED)
def test_every_block_and_command_runs(page, tmp_path, monkeypatch, capsys):
    from dmft.cli import main

    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    done = list(EXAMPLES.run(page.read_text(), NAMES[page]))
    if page.parent.name == "theories":  # a theory shows at least one figure
        assert any(block.figure is not None for block in done)
    for name, text in EXAMPLES.files(page).items():
        Path(name).write_text(text)
    for command in EXAMPLES.commands(page):
        program, *arguments = shlex.split(command)
        assert program == "dmft", f"{command}: the commands of networks are tested where they are"
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert not stop.value.code, (command, capsys.readouterr().err)


def test_lines_of_code_are_not_wider_than_their_box():
    for page, name in NAMES.items():
        for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL):
            assert max(map(len, block.splitlines())) <= 88, (name, block)


def test_there_is_a_page_for_each_theory():
    listed = re.findall(r"^(\w+)$", (ROOT / ".docs/theories/index.md").read_text(), flags=re.MULTILINE)
    assert {path.stem for path in (ROOT / ".docs/theories").glob("*.md")} == {*listed, "index"}
    told = "\n".join(page.read_text() for page in PAGES)
    for name in dmft.__all__:
        assert not name.startswith("solve_") or name in told, f"no page says anything of {name}"


@pytest.mark.parametrize("page", sorted((ROOT / ".docs").rglob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_names_is_there(page):
    if "reference" in page.parts:
        return
    text = page.read_text()
    for path in re.findall(r"`((?:tests|notebooks)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path
    for package, name in re.findall(r"\b(dmft|validation)\.([A-Za-z]\w*)\b(?!\.\w)", text):
        if f"{package}.{name}" in ("dmft.nc",):
            continue
        assert hasattr({"dmft": dmft, "validation": validation}[package], name), f"{package}.{name}"
    for link in re.findall(r"\]\((?!http)([^)#]+\.md)\)", text):
        assert (page.parent / link).exists(), link


def test_code_fits_the_width_of_a_page():
    for page in PAGES:
        for block in re.findall(r"^```python\n(.*?)^```$", page.read_text(), flags=re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                assert len(line) <= 110, f"{NAMES[page]}: {line}"


def test_docstrings_become_markup_without_losing_their_words():
    prepare = _loaded("docstrings").prepared
    text = "Return C^x_a, |x| * 2 of `corr_x`.\n\nAs\n    (1 - d^2) C = g^2\nsays.\n\nParameters\n---\nx_ : a number."
    lines = text.split("\n")
    out = prepare(lines)
    assert out[0] == r"Return C^x_a, \|x\| \* 2 of `corr_x`."
    assert out[out.index("::") + 2] == "    (1 - d^2) C = g^2"  # an equation stays as it is
    assert out[-2:] == [r"x\_", "    a number."]
