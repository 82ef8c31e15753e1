# make demo test quick lint fuzz bench native docs: each makes its own environment first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
NATIVE := $(wildcard agora_cli/native/*.c agora_cli/native/*.h) agora_cli/native/build.py
STAMP := $(VENV)/.installed

.PHONY: demo test quick unit lint fuzz bench native docs clean

demo: $(STAMP)
	$(BIN)/python scripts/demo.py

test: lint native unit

# While working: no processes that talk to each other, under two minutes. CI runs everything.
quick: lint
	$(BIN)/python -m pytest -n 2 tests/unit

unit: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/lint_js.py

# The C tests under ASan and UBSan.
native: $(STAMP)
	$(MAKE) -C tests/native

fuzz: $(STAMP)
	$(MAKE) -C tests/fuzz

bench: $(STAMP)
	$(BIN)/python -m tests.bench

docs: $(STAMP)
	$(BIN)/python scripts/docs.py

$(STAMP): pyproject.toml setup.py $(NATIVE)
	$(PYTHON) scripts/bootstrap.py $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,earshot]'
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist *.egg-info agora_cli/native/_core.c agora_cli/native/*.so
	$(MAKE) -C tests/native clean
