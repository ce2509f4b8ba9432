"""What is said of the package in several places is the same in all of them."""

import re
import tomllib
from pathlib import Path

import dmft

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_one_version_everywhere():
    (cited,) = re.findall(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), flags=re.MULTILINE)
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert {dmft.__version__, PROJECT["version"], cited, newest[1]} == {dmft.__version__}


def test_every_extra_is_named_where_one_learns_to_install():
    told = (ROOT / ".docs" / "install.md").read_text()
    for extra in PROJECT["optional-dependencies"]:
        assert f"`{extra}`" in told, extra


def test_the_classifiers_name_no_python_on_which_the_tests_were_not_run():
    told = (ROOT / ".docs" / "install.md").read_text().replace("\n", " ")
    run = re.search(r"its tests were run on ((?:3\.\d+(?:, | and )?)+)", told)[1]
    named = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    assert set(named) == set(re.findall(r"3\.\d+", run))


def test_the_oldest_python_of_the_classifiers_is_the_one_required():
    named = re.findall(r"Python :: 3\.(\d+)", " ".join(PROJECT["classifiers"]))
    assert f">=3.{min(map(int, named))}" == PROJECT["requires-python"]
