# Every tool is taken from PATH: activate an environment with the `dev` extra first.
.PHONY: bench check lint test smoke cluster docs lock mutants prove studies

check: lint test smoke

lint:
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	snakefmt --check Snakefile workflow
	snakemake --lint --configfile config/smoke.yaml

test:
	pytest

smoke:
	snakemake --cores all --configfile config/smoke.yaml
	pytest -n 2 --dist load tests/workflow/test_report.py --results results/smoke

# The same bytes from Slurm as from here; needs root and Debian's packages, exit code 77 without.
cluster:
	python tests/cluster/run.py

# Ratios on this machine, none of them a time: fails if one is not as demanded.
bench:
	python benchmarks/engine.py --check

# Every implication of the ledger again by a second solver, cvc5: fails if the two disagree.
prove:
	python -m theory.second_solver

# Faults planted one at a time; fails if too few are found. About 40 minutes on two cores.
mutants:
	python tests/mutants/run.py

# Ten thousand small studies, valid and broken: fails if one is taken for the other.
studies:
	pytest -n 2 --dist load --studies 10000 tests/cradl/config/test_many_studies.py

# The documentation site, into results/docs.
docs:
	sphinx-build -W -b html docs/site results/docs

# One version of each package for every Python, so that results do not depend on the interpreter.
# These versions install on Python 3.11 to 3.14 (3.14 compiles one package from source).
lock:
	uv pip compile pyproject.toml --output-file requirements.lock --upgrade --quiet \
	    --universal --python-version 3.11 --all-extras --fork-strategy fewest \
	    --no-emit-index-url --no-emit-find-links --no-annotate \
	    --custom-compile-command "make lock"
