# The two commands: `make demo` and `make test`. Each sets up what is missing first.
.PHONY: demo setup test test-boot lint clean

setup:
	@scripts/setup
	@.venv/bin/python kernel/lay-tree

demo: setup
	@.venv/bin/patchflow demo

test:
	@scripts/setup --test
	@.venv/bin/python kernel/lay-tree
	.venv/bin/python -m pytest -q -n 2 --dist loadfile

# Builds kernel modules and boots guests; fetches headers and a kernel from Debian the first time.
test-boot:
	@scripts/setup --boot
	@.venv/bin/python kernel/lay-tree
	.venv/bin/python -m pytest -q -m boot tests/e2e

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

clean:
	rm -rf demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
