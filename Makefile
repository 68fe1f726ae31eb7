# The two commands: `make demo` and `make test`. Each sets up what is missing first.
PYTHON ?= python3
GROUPS = --group test --group lint --group docs --group release
# More processes than two cores, because half of the time of many tests is waiting: for a terminal, a server, a lock.
# What test-cases runs waits more.
PROCESSES ?= 3
PYTEST = -m pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --durations=15
.PHONY: demo setup setup-test venv test test-fast test-cases test-attack test-boot test-boot-quick lay-linux lay-projects coverage lint docs man changelog release deb sbom audit lock floor test-floor test-floor-quick clean

# Packages first: to lay a tree wants some. Then what takes long side by side.
setup:
	@scripts/setup --packages
	@$(MAKE) -s -j2 venv lay-linux

demo: setup
	@.venv/bin/patchflow demo

test: export PATCHFLOW_SAMPLE ?= 1
# What pytest makes of the tests' asserts is kept for the next run.
test test-fast test-cases: export PYTHONDONTWRITEBYTECODE =
test: setup-test
	.venv/bin/python $(PYTEST)

setup-test:
	@scripts/setup --test --packages
	@$(MAKE) -s -j3 venv lay-linux lay-projects

venv:
	@scripts/setup

lay-linux:
	$(PYTHON) kernel/lay-tree

# Other projects' sources, from Debian; where they cannot be had, the tests that want them say so.
lay-projects:
	for name in qemu u-boot; do $(PYTHON) kernel/lay-tree --project $$name || true; done

# The loop while one works: what needs no terminal, no server and no clone. Two processes: nothing here waits.
FAST = tests/formats tests/rules tests/flow tests/test_docs.py tests/test_imports.py tests/test_mutations.py $(addprefix tests/cli/test_,plain_line.py cc.py thread_todo.py)
test-fast: setup-test
	.venv/bin/python $(PYTEST) -n 2 $(FAST)

# All tests, and which lines they reach in each process they start; below the floor of pyproject.toml it fails.
coverage: setup-test
	rm -rf build/coverage && mkdir -p build/coverage
	.venv/bin/python -m coverage run $(PYTEST) -m 'not boot'
	.venv/bin/python -m coverage combine -q
	.venv/bin/python -m coverage report

# What `make test` leaves out (tests/sampled.py): the other cases of its tables, and the tests marked `long`. CI runs it,
# and random tests a while longer.
test-cases: PROCESSES = 4
test-cases: export PATCHFLOW_ALL_CASES ?= 1
test-cases: export PATCHFLOW_LEFT_OUT ?= 1
test-cases: export PATCHFLOW_MAIL_EXAMPLES ?= 150
test-cases: export PATCHFLOW_RANDOM_KEYS ?= 150
test-cases: export PATCHFLOW_SIGNED_MAILS ?= 100
test-cases: export PATCHFLOW_REVIEW_MAILS ?= 100
test-cases: export PATCHFLOW_KILLED_COMMANDS ?= 4
test-cases: export PATCHFLOW_KILLS ?= 8
test-cases: export PATCHFLOW_REVIEW_KILLS ?= 3
test-cases: setup-test
	.venv/bin/python $(PYTEST) -m 'not boot'

# All tests with all cases, the random ones longest: hostile trees, servers, mails, settings and kills (SECURITY.md).
test-attack: export PATCHFLOW_ALL_CASES ?= 1
test-attack: export PATCHFLOW_REVIEW_MAILS ?= 1000
test-attack: export PATCHFLOW_SYNC_RUNS ?= 500
test-attack: export PATCHFLOW_B4_SERIES ?= 50
test-attack: export PATCHFLOW_ALL_FAULTS ?= 1
test-attack: setup-test
	.venv/bin/python $(PYTEST) -m 'not boot'

# Builds kernel modules and boots guests; fetches headers and a kernel from Debian the first time.
# Not in /dev/shm: a guest that is shown this machine's files has one of its own.
# test-boot-quick, for CI, leaves out what is built of a whole tree, and virtme-ng, whose guest is slow to start.
test-boot test-boot-quick: export PATCHFLOW_TEMP ?= /tmp
test-boot test-boot-quick:
	@scripts/setup --boot
	@.venv/bin/python kernel/lay-tree
	.venv/bin/python -m pytest -q --durations=5 -m '$(if $(findstring quick,$@),boot and not long,boot)' tests/e2e

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .
	$(MAKE) docs

# Not --quiet: mkdocs then counts no warning, and --strict passes whatever link is dead.
docs:
	.venv/bin/mkdocs build --strict

changelog:
	.venv/bin/towncrier build --yes

# The same commit gives the same bytes: built twice, and compared.
release: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
release:
	rm -rf dist build/again
	.venv/bin/python -m build --no-isolation --outdir dist .
	.venv/bin/python -m build --no-isolation --outdir build/again . >/dev/null
	for file in dist/*; do cmp "$$file" "build/again/$${file#dist/}" || exit 1; done

# For the Debian release and the architecture it is built on.
deb:
	scripts/deb

# What the wheel brings along, in the versions of constraints.txt: an SBOM, and a line for each licence.
sbom:
	rm -rf build/sbom build/audit && python3 -m venv --without-pip build/sbom && python3 -m venv build/audit && mkdir -p dist
	build/audit/bin/python -m pip install -q --upgrade 'pip>=25.1'
	PIP_CONSTRAINT=constraints.txt build/audit/bin/python -m pip --python build/sbom/bin/python install -q '.[trace,patatt]'
	build/audit/bin/python -m pip install -q 'cyclonedx-bom>=5,<8' 'pip-audit>=2.7,<3'
	build/audit/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o dist/patchflow.cdx.json build/sbom/bin/python
	build/audit/bin/python scripts/licences dist/patchflow.cdx.json

# Known faults of those versions; asks PyPI.
audit: sbom
	build/audit/bin/pip-audit --strict --path "$$(build/sbom/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

# What CI installs; made anew from the newest versions that pyproject.toml allows.
lock:
	rm -rf build/lock && python3 -m venv build/lock
	build/lock/bin/python -m pip install -q --upgrade 'pip>=25.1'
	build/lock/bin/python -m pip install -q -e '.[trace]' $(GROUPS)
	build/lock/bin/python -m pip freeze --exclude-editable --exclude pip > constraints.txt

# The lowest versions that pyproject.toml allows; `make test` runs on those of constraints.txt.
floor:
	rm -rf build/floor && python3 -m venv build/floor
	build/floor/bin/python -m pip install -q uv
	build/floor/bin/uv pip install -q --python build/floor/bin/python --resolution lowest-direct -e '.[trace]' --group test

# The pictures are of the newest Textual; other ones draw other pictures.
test-floor: floor
	build/floor/bin/python $(PYTEST) --ignore tests/tui/test_pictures.py

# CI's share of it: the terminal UI, and for each other library what it is used for.
test-floor-quick: floor
	build/floor/bin/python $(PYTEST) -n 2 $(addprefix tests/tui/test_,app.py models.py try.py typing_ahead.py tabs.py) \
		tests/rules/test_examples.py tests/adapters/test_lore.py tests/cli/test_try_trace.py tests/cli/test_completion.py

man:
	.venv/bin/python scripts/man > man/patchflow.1

clean:
	rm -rf demo build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
