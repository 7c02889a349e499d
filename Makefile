# Everything a newcomer types. A .venv is made once per change of pyproject.toml; the stamp files say which rooms it has.
PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
BIN := .venv/bin

.PHONY: demo test lint types unit bench starter-encoders clean

.venv/.local: pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Vitrine needs Python 3.11 or later; say make PYTHON=python3.12"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local]'
	touch $@

# The test room holds torch, to compare exported encoders with their originals; the demo never needs it.
.venv/.test: .venv/.local
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

demo: .venv/.local
	$(BIN)/vitrine demo $(if $(filter 0,$(SERVE)),--no-serve,--port $(PORT))

test: lint types unit

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.test
	$(BIN)/mypy

unit: .venv/.test
	$(BIN)/python -m pytest

bench: .venv/.test
	$(BIN)/python -m bench

# Makes the two encoders that ship with the project again: half an hour on two cores, mostly the image one.
starter-encoders: .venv/.test
	$(BIN)/python -m indexer.starter.text
	$(BIN)/python -m local.demo_shop.training_set var/starter
	$(BIN)/python -m indexer.starter.image var/starter

clean:
	rm -rf .venv var
