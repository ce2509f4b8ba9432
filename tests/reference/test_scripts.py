"""Each file of numbers here has the script that makes it beside it, and the script has nothing of what it judges."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = {path.stem: path for path in HERE.glob("make_*.py")}
ALLOWED = {
    "argparse",
    "dataclasses",
    "itertools",
    "json",
    "math",
    "pathlib",
    "typing",
    "__future__",
    "brian2",
    "mpmath",
    "numpy",
    "scipy",
}


def imported(path):
    """Names of the modules that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@pytest.mark.parametrize("numbers", sorted(path.name for path in HERE.glob("*.json")))
def test_each_file_of_numbers_has_its_script(numbers):
    script = SCRIPTS.get(f"make_{Path(numbers).stem}")
    assert script is not None, f"{numbers} has no make_{Path(numbers).stem}.py beside it"
    text = script.read_text()
    assert numbers in ast.get_docstring(ast.parse(text))
    assert f'"{numbers}"' in text  # and writes it


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_no_script_imports_what_it_judges(script):
    foreign = {name for name in imported(SCRIPTS[script]) if name.split(".")[0] not in ALLOWED}
    # the statement may be of the package; another script may lend its quadrature
    assert all(name in SCRIPTS or name == "dmft.models" or name.startswith("dmft.models.") for name in foreign), foreign
    assert "import_module" not in SCRIPTS[script].read_text()


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_each_script_says_how_to_run_it(script):
    assert f"python tests/reference/{script}.py" in ast.get_docstring(ast.parse(SCRIPTS[script].read_text()))
