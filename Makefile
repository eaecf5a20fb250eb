# Needs Python 3.11+ and make. Each target makes .venv and installs on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/smartroute-runbook
WORKERS ?= 3
WITNESSES := tests/truth/test_velox.py tests/standins/test_readme_pyathena.py $(wildcard tests/standins/test_awswrangler_*.py)

# Without bytecode every process, and every kernel, would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install rehearse test lint types unit notebooks lab bench soak soak-record soak-weeks soak-commands soak-texts soak-translate soak-workload soak-mutations soak-screens witness witness-clients witness-trino witness-postgres trino lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed; this is " + sys.version.split()[0] + ". Say PYTHON=python3.12") if not (3, 11) <= sys.version_info < (3, 14) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

install: $(VENV)/.installed ## .venv with everything in it

rehearse: install ## all four weeks and the rollback on this machine; prints where the record is
	@$(RUN) rehearse $(ARGS)

test: lint types unit notebooks ## lint, types, tests, notebooks

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/nbstripout --keep-id --verify runbooks/*.ipynb

types: install
	$(BIN)/mypy

unit: install
	$(BIN)/python tests/run.py $(WORKERS) $(ARGS)

notebooks: install
	$(BIN)/python tests/notebooks_with_stand_ins.py

lab: install ## JupyterLab on the runbooks, with the stand-ins started
	@$(RUN) lab --rehearsal $(ARGS)

bench: install ## the benchmarks; prints their tables
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

lock: ## requirements.lock from pyproject.toml, with hashes that each install checks (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-emit-index-url --no-annotate --generate-hashes -o requirements.lock

clean: ## remove .venv and caches; records stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

witness: ## other clients and evaluators against the stand-ins, in .venv-witness
	$(PYTHON) -m venv .venv-witness
	.venv-witness/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[witness]'
	.venv-witness/bin/python -m pytest $(WITNESSES)
	TRINO_CASES=all .venv-witness/bin/python -m pytest -s tests/witness
	$(MAKE) witness-clients

witness-clients: install ## dbt, psql, asyncpg, psycopg, SQLAlchemy and JDBC against the stand-ins (CLIENTS=psql: one); ten minutes
	PYTHONPATH=tests $(BIN)/python -m witness.clients.run $(CLIENTS)

witness-trino: install ## real Trino 435 and 483 (JDK 17 and 25, Maven) asked again; keeps their answers in tests/witness
	PYTHONPATH=tests $(BIN)/python -m witness.trino.record $(ARGS)
	TRINO_URL=start $(BIN)/python -m pytest -p no:nbval tests/witness/test_athena_on_trino.py
	TRINO_URL=start TRINO_VERSION=483 $(BIN)/python -m pytest -p no:nbval tests/witness/test_athena_on_trino.py

trino: install ## real Trino 435 with its Hive connector until Ctrl-C; prints its address, for rehearse --trino (JDK 17, Maven)
	@PYTHONPATH=tests $(BIN)/python -m witness.trino.server $(ARGS)

witness-postgres: install ## PostgreSQL 15 (Debian: postgresql) asked again what Redshift inherits from it
	PYTHONPATH=tests $(BIN)/python -m witness.postgres.record

soak: install ## loads killed 100 times, each proven; minutes to hours
	PYTHONPATH=tests $(BIN)/python -m soak.shuffled
	PYTHONPATH=tests $(BIN)/python -m soak.kills $(ARGS)

soak-record: install ## a rehearsed record changed 2,300 times, 78 lies told in it: each noticed; half an hour
	$(RUN) rehearse --records .soak/records --json > .soak.json
	PYTHONPATH=tests $(BIN)/python -m soak.tamper $$($(BIN)/python -c 'import json; print(json.load(open(".soak.json"))["records"])') $(ARGS)
	PYTHONPATH=tests $(BIN)/python -m soak.forged $$($(BIN)/python -c 'import json; print(json.load(open(".soak.json"))["records"])')
	@rm -rf .soak .soak.json

soak-weeks: install ## whole weeks killed 200 times, headless and in JupyterLab, each continued; hours
	PYTHONPATH=tests $(BIN)/python -m soak.kills_weeks $(ARGS)

soak-commands: install ## weeks and commands killed at their writes for an hour, two at once too, each run again
	PYTHONPATH=tests $(BIN)/python -m soak.kills_commands $(ARGS)

soak-screens: install ## all five notebooks in JupyterLab and Chromium by keyboard alone, each output looked at; ten minutes
	PYTHONPATH=tests $(BIN)/python -m soak.screens $(ARGS)

soak-texts: install ## 10,000 random harmless texts at every entrance; half an hour
	PYTHONPATH=tests $(BIN)/python -m soak.texts $(ARGS)

soak-workload: install ## 400 queries of the kinds that Athena users run, on both stand-ins over made rows; a minute
	PYTHONPATH=tests $(BIN)/python -m soak.workload $(ARGS)

soak-mutations: install ## each rule, type and table entry of the translator left out: a query of its tests notices; ten minutes
	PYTHONPATH=tests $(BIN)/python -m soak.mutations $(ARGS)

soak-translate: install ## 10,000 random queries translated and run on both stand-ins; a quarter of an hour
	PYTHONPATH=tests $(BIN)/python -m soak.translate $(ARGS)
