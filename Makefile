# Every tool is taken from PATH: activate the environment of CONTRIBUTING.md first.
.PHONY: bench check lint test smoke cluster docs faults lock mutants offline paper prove pythons ranking studies

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

# The tests that start no workflow under Python 3.11 to 3.14, as far as interpreters are here.
pythons:
	python tests/pythons/run.py

# The smoke run in a fresh clone, where there is no network interface; exit code 77 where the kernel
# allows no such namespace.
offline:
	unshare -rn true || exit 77
	clone=$$(mktemp -d) && trap 'rm -rf "$$clone"' EXIT && git clone -q . "$$clone" && cd "$$clone" \
	    && PYTHONPATH=. unshare -rn snakemake --cores all --configfile config/smoke.yaml

# docs/paper.tex from the results of a study, and its first pages as the manual shows them.
RESULTS ?= results/paper
paper:
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && for pass in 1 2; do \
	    pdflatex -interaction=nonstopmode -halt-on-error -output-directory="$$folder" \
	    '\def\results{$(RESULTS)}\input{docs/paper.tex}' >"$$folder/printed" || \
	    { tail -n 20 "$$folder/printed"; exit 1; }; done && \
	    pdftoppm -r 100 -l 2 -png "$$folder/paper.pdf" docs/site/howto/paper

# Ratios on this machine, none of them a time: fails if one is not as demanded.
bench:
	python benchmarks/engine.py --check

# The study of rules and remedies, and what the manual shows of it. About 15 minutes on two cores.
ranking:
	snakemake --cores all --configfile config/benchmark.yaml
	mkdir -p docs/bench
	cd results/benchmark && cp figures/remedies_ranked.png figures/rules_ranked.png \
	    figures/redundancy.png figures/heterogeneity.png verify/claims_summary.csv \
	    verify/leaderboards.csv ../../docs/bench/

# Every implication of the ledger again by a second solver, cvc5: fails if the two disagree.
prove:
	python -m theory.second_solver

# Faults planted one at a time; fails if too few are found. About 40 minutes on two cores.
mutants:
	python tests/mutants/run.py

# Faults of files, runs and machines, after each of which the same command must mend all. Half an
# hour on two cores.
faults:
	python tests/faults/run.py

# Ten thousand small studies, valid and broken: fails if one is taken for the other.
studies:
	pytest -n 2 --dist load --studies 10000 tests/cradl/config/test_many_studies.py

# The documentation site, into results/docs.
docs:
	sphinx-build -W -b html docs/site results/docs

# One version of each package for every Python, so that results do not depend on the interpreter.
# These versions install on Python 3.11 to 3.14 (3.14 compiles one package from source). Install the
# new lock and run `python docs/licences.py` afterwards.
lock:
	uv pip compile pyproject.toml --output-file requirements.lock --upgrade --quiet \
	    --extra dev --extra notebook --extra parquet --extra slurm --group build \
	    --universal --python-version 3.11 --fork-strategy fewest \
	    --no-emit-index-url --no-emit-find-links --no-annotate --generate-hashes \
	    --custom-compile-command "make lock"
