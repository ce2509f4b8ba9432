# Every target sets up what it needs: a virtual environment in .venv.
PYTHON ?= python3
BIN := .venv/bin
# One BLAS thread: the work is spread over processes, and thin products lose by threads.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: report report-full test test-long lint docs bench notebooks gallery clean
.DEFAULT_GOAL := report

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

report: .venv/.installed  ## theory beside networks, the quick report
	$(BIN)/dmft-validate report --quick --out report

report-full: .venv/.installed  ## larger networks, more realizations; resumable
	$(BIN)/dmft-validate report --out report-full

test: .venv/.installed
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-long: .venv/.installed
	$(BIN)/python -m pytest -n 2 --dist loadfile -m long

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

notebooks: .venv/.installed  ## every notebook in full, as .ipynb beside its script, with its figures in notebooks/figures/
	$(BIN)/python .docs/notebooks.py

gallery: .venv/.installed  ## the pictures of the guide's gallery, from the quick notebooks
	$(BIN)/python .docs/notebooks.py --quick --gallery

.venv/.docs: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	touch $@

docs: .venv/.docs  ## the guide, into site/: open site/index.html, no network needed
	$(BIN)/python -m sphinx -q -a -b html .docs site
	$(BIN)/python .docs/links.py site

bench: .venv/.installed  ## the speed table, as ratios to plain baselines
	$(BIN)/python -m pytest tests/benchmarks -m benchmark --bench-table tests/benchmarks/speed.md

clean:
	rm -rf .venv report report-full site
