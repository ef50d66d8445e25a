# Two set-up commands: `make run` serves the form and the API, `make test` proves them.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVING := $(VENV)/.serving
STAMP := $(VENV)/.installed
LOCKED := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)
PORT ?= 8000
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.PHONY: run test check audit lock bench validation image image-check fuzz soak clean

$(SERVING): pyproject.toml requirements/run.txt requirements/build.txt
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) --requirement requirements/run.txt --requirement requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(STAMP): $(SERVING) requirements/dev.txt
	$(LOCKED) --requirement requirements/dev.txt
	touch $@

run: $(SERVING)  ## install, print a sample estimate, serve form and API
	$(BIN)/estimator estimate review-sentiment
	$(BIN)/estimator serve --port $(PORT)

test: $(STAMP)  ## install and run everything
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --cov --cov-report=term

check: $(STAMP)  ## style, types, direction of imports, licences, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.packaging.licences
	$(BIN)/python -m tests.packaging.audit

audit: $(STAMP)  ## known vulnerabilities of everything locked, where a public list of them can be reached
	$(BIN)/python -m tests.packaging.audit

lock: $(STAMP)  ## write the locked requirements again; UPGRADE=--upgrade takes the newest versions
	$(LOCK) --extra limits --output-file requirements/run.txt pyproject.toml
	$(LOCK) --extra limits --group dev --constraint requirements/run.txt --output-file requirements/dev.txt pyproject.toml
	$(LOCK) --group fuzz --output-file requirements/fuzz.txt
	$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/build.txt

bench: $(STAMP)  ## speed and memory, as ratios within one run
	$(BIN)/python -m tests.bench

validation: $(STAMP)  ## fit and score the hardware models, write docs/validation.md
	$(BIN)/python -m tests.hardware.validation

image:  ## build the container image; SOURCE=address of the repository for its label
	buildah build --format docker --tag tune-or-prompt:$(VERSION) --build-arg VERSION=$(VERSION) \
	    --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(date -u +%Y-%m-%dT%H:%M:%SZ) \
	    $(if $(SOURCE),--build-arg SOURCE=$(SOURCE)) .

image-check: $(STAMP)  ## build the image without a registry and prove it (root, buildah, debootstrap)
	mkdir -p build
	tests/packaging/check_image.sh

fuzz: $(STAMP)  ## thousands of requests against a real server, and random documents against the readers
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/fuzz.txt
	$(BIN)/python -m tests.web.fuzz
	mkdir -p build
	ESTIMATOR_PORT=18124 ESTIMATOR_WORKERS=2 $(BIN)/estimator serve >build/fuzz.log 2>&1 & service=$$!; \
	    sleep 5; FUZZ_URL=http://127.0.0.1:18124 FUZZ_EXAMPLES=250 $(BIN)/python -m pytest tests/web/test_fuzz.py -q; \
	    status=$$?; kill $$service; exit $$status

soak: $(STAMP)  ## light and heavy requests side by side against a real server
	$(BIN)/python -m tests.web.soak

clean:
	rm -rf $(VENV) build dist .coverage
