# make demo | test | test-long | lint | types | golden | matrix | clean
#
# Needs Python 3.11 or newer with venv and pip.  Another interpreter: make test PYTHON=python3.13

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# Without its requirements: they are TensorFlow (README.md); what its layers need is in pyproject.toml.
NEURAL_TANGENTS := neural-tangents==0.6.5

.DEFAULT_GOAL := demo
.PHONY: demo test test-long lint types golden matrix clean

demo: $(INSTALLED)
	$(BIN)/symkern derive sin

test: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-long: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy --strict symkern

golden: $(INSTALLED)
	$(BIN)/symkern check

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo 'symkern needs Python 3.11 or newer, and $(PYTHON) is not: make PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[dev,tinygp,gpjax]'
	$(BIN)/python -m pip install --quiet --no-deps $(NEURAL_TANGENTS)
	@touch $@

# The layer tests on old and new JAX.  A row is the Pythons to look for, first found first, and the JAX version.
# A Python that the machine lacks is reported, and fails with STRICT=1.  What is found goes to docs/matrix.md; a row takes an hour.
MATRIX ?= 3.11/0.4.38 3.11/0.6.2 3.11/0.10.2 3.13,3.12/newest
STRICT ?= 0

matrix:
	@summary=; status=0; \
	for row in $(MATRIX); do \
		pythons=$$(echo "$${row%%/*}" | tr , ' '); jax=$${row#*/}; python=; versions=; \
		for version in $$pythons; do \
			for candidate in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python3; do \
				if [ -z "$$python" ] && "$$candidate" -c 'import venv, ensurepip' 2>/dev/null; then python=$$candidate; fi; \
			done; \
		done; \
		if [ -z "$$python" ]; then \
			line="not run: no python$$(echo $$pythons | sed 's/ / or python/g')"; [ "$(STRICT)" = 0 ] || status=1; \
		else \
			env=.venv-jax-$$jax; pin="jax jaxlib"; \
			[ "$$jax" = newest ] || pin="jax==$$jax jaxlib==$$jax"; \
			echo "== JAX $$jax"; rm -f $$env/log $$env/layers.xml; \
			if "$$python" -m venv $$env \
				&& $$env/bin/python -m pip install --quiet --upgrade --editable '.[dev]' $$pin \
				&& $$env/bin/python -m pip install --quiet --no-deps $(NEURAL_TANGENTS) \
				&& versions=$$($$env/bin/python -c 'import jax, platform; print(jax.__version__, platform.python_version(), sep=", ")') \
				&& $$env/bin/python -m pytest -n 2 --dist worksteal -m layers --junitxml=$$env/layers.xml \
					-o junit_suite_name="$$versions, layers" > $$env/log 2>&1; \
			then outcome=ok; else outcome=FAILED; status=1; fi; \
			[ ! -f $$env/log ] || [ $$outcome = ok ] || cat $$env/log; \
			line="$$outcome: $$(tail -n 1 $$env/log 2>/dev/null)"; \
			line="$$line [$$versions]"; \
		fi; \
		summary="$$summary\nJAX $$jax  $$line"; \
	done; \
	! ls .venv-jax-*/layers.xml > /dev/null 2>&1 || $(PYTHON) benchmarks/matrix.py .venv-jax-*/layers.xml; \
	printf '%b\n' "$$summary"; exit $$status

clean:
	rm -rf .venv .venv-jax-* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
