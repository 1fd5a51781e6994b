"""Which modules are mutated, and the tests of each."""

from collections import defaultdict
from pathlib import Path
from random import Random

from mutants.operators import mutant, sites

ROOT = Path(__file__).parents[2]

PAPER, BEYOND = "tests/theory/paper/test_", "tests/theory/beyond/test_"
PROVING, RUNS = "tests/theory/proving/test_", "tests/theory/runs/test_"
CRADL, NUMERICS = "tests/cradl/test_", "tests/cradl/numerics/test_"
RESULTS, EXAMPLES = "tests/cradl/results/test_", "tests/cradl/test_doctests.py"
OF_PROOFS = "tests/theory/test_written_proofs.py::test_the_page_is_what_the_ledger_proves"
TESTS: dict[str, list[str]] = {
    "theory/ledger": ["tests/theory/test_ledger.py"],
    "theory/second_solver": ["tests/theory/test_second_solver.py"],
    "theory/written_proofs": ["tests/theory/test_written_proofs.py"],
    "theory/__main__": ["tests/theory/test_shell.py"],
    "theory/shell": ["tests/theory/test_shell.py"],
    "theory/proving/statement": [PROVING + "statement.py"],
    "theory/proving/symbols": [PROVING + "statement.py"],
    "theory/proving/tables": ["tests/theory/test_ledger.py"],
    "theory/proving/evaluation": [PAPER + "theorem1.py", PAPER + "lemma1.py"],
    "theory/proving/exact_rules": [PAPER + "table1_proofs.py", BEYOND + "true_constants.py"],
    "theory/proving/grouped_rules": [BEYOND + "worst_inputs.py"],
    "theory/proving/small_instances": [PAPER + "lemma1.py", PAPER + "lemma2.py"],
    "theory/proving": [PROVING + "proofs.py", PROVING + "deciding.py"],
    "theory/paper/lemma2": [PAPER + "lemma2.py"],
    "theory/paper/lemma1": [PAPER + "lemma1.py"],
    "theory/paper/remark1": [PAPER + "lemma1.py"],
    "theory/paper/remarks": [PAPER + "remarks.py"],
    "theory/paper/redundancy": [PAPER + "remarks.py"],
    "theory/paper/threshold": [PAPER + "remarks.py", PAPER + "theorem1.py"],
    "theory/paper/definitions": [PAPER + "definitions.py"],
    "theory/paper/table1_proofs": [PAPER + "table1_proofs.py"],
    "theory/paper/table1": [PAPER + "table1.py"],
    "theory/paper/theorem2": [PAPER + "theorem2.py"],
    "theory/paper/setting": [PAPER + "setting.py"],
    "theory/paper": [PAPER + "theorem1.py"],
    "theory/beyond/worst_inputs": [BEYOND + "worst_inputs.py"],
    "theory/beyond/second_eigenvalue": [BEYOND + "second_eigenvalue.py"],
    "theory/beyond/update_error": [BEYOND + "primed_theorems.py"],
    "theory/beyond/primed": [BEYOND + "primed_theorems.py"],
    "theory/beyond": [BEYOND + "true_constants.py", BEYOND + "worst_inputs.py"],
    "theory/runs/threshold_map": [RUNS + "thresholds.py"],
    "theory/runs/hypotheses": [RUNS + "hypotheses.py"],
    "theory/runs": [RUNS + "judge_paper.py", RUNS + "judge_primed.py"],
    "cradl/aggregation": [
        f"{EXAMPLES}::test_examples_are_right[cradl.aggregation]",
        CRADL + "vector_rules.py",
        CRADL + "aggregation.py",
        NUMERICS + "krum.py",
        NUMERICS + "worst_reply.py",
    ],
    "cradl/allocation": [
        f"{EXAMPLES}::test_examples_are_right[cradl.allocation]",
        NUMERICS + "designs.py",
        NUMERICS + "spreads.py",
        CRADL + "allocation.py",
    ],
    "cradl/attacking/single": [
        f"{EXAMPLES}::test_examples_are_right[cradl.attacking.single]",
        CRADL + "attacks.py",
        CRADL + "literature_attacks.py",
    ],
    "cradl/attacking/collusion": [
        f"{EXAMPLES}::test_examples_are_right[cradl.attacking.collusion]",
        CRADL + "attacks.py",
        CRADL + "literature_attacks.py",
    ],
    "cradl/attacking/replies": [
        CRADL + "attacks.py",
        CRADL + "best_replies.py",
        CRADL + "literature_attacks.py",
        NUMERICS + "worst_reply.py",
    ],
    "cradl/attacks": [
        f"{EXAMPLES}::test_examples_are_right[cradl.attacks]",
        CRADL + "attacks.py",
    ],
    "cradl/numerics/balanced": [
        NUMERICS + "balanced.py",
        NUMERICS + "designs.py",
        CRADL + "allocation.py",
    ],
    "cradl/numerics/designs": [
        f"{EXAMPLES}::test_examples_are_right[cradl.numerics.designs]",
        NUMERICS + "designs.py",
        CRADL + "allocation.py",
    ],
    "cradl/numerics/fields": [
        f"{EXAMPLES}::test_examples_are_right[cradl.numerics.fields]",
        NUMERICS + "fields.py",
        NUMERICS + "designs.py",
    ],
    "cradl/numerics/neighbour_sums": [NUMERICS + "krum.py"],
    "cradl/numerics/spreads": [
        f"{EXAMPLES}::test_examples_are_right[cradl.numerics.spreads]",
        NUMERICS + "spreads.py",
        CRADL + "allocation.py",
    ],
    "cradl/results/statistics": [
        f"{EXAMPLES}::test_examples_are_right[cradl.results.statistics]",
        RESULTS + "statistics.py",
    ],
    "cradl/results/verdicts": [
        f"{EXAMPLES}::test_examples_are_right[cradl.results.verdicts]",
        RESULTS + "verdicts.py",
    ],
}
"""The tests of a module: of the longest path that it begins with.

Of `cradl` those modules on which the paper's findings rest and that are not compiled: numba caches
a compiled loop by the file, which a mutant in memory leaves as it is.
"""


def modules(stratum):
    """Return the modules of a stratum, as paths within the project."""
    if stratum == "cradl":
        return [Path(f"{name}.py") for name in TESTS if name.startswith("cradl/")]
    files = sorted((ROOT / "theory").rglob("*.py"))
    paths = [path.relative_to(ROOT) for path in files if path.name != "__init__.py"]
    return [path for path in paths if path.name not in ("rba.py", "worst_case.py")]


def tests_of(path):
    """Return the tests of a module, the page of its proofs first if it has some."""
    name = path.with_suffix("").as_posix()
    tests = TESTS[max((key for key in TESTS if name.startswith(key)), key=len)]
    if "@statement(" in (ROOT / path).read_text(encoding="utf-8"):
        return (f"{OF_PROOFS}[{name.replace('/', '.')}]", *tests)
    if name.startswith(("theory/paper", "theory/beyond")):
        return (*tests, OF_PROOFS)
    return tuple(tests)


def sample(stratum, count, seed):
    """Draw mutants: from each module in proportion to its sites, inside proofs of each kind."""
    proofs = stratum == "proofs"
    groups = defaultdict(list)
    for path in modules(stratum):
        for site in sites((ROOT / path).read_text(encoding="utf-8"), proofs=proofs):
            groups[site.kind if proofs else path.as_posix()].append((path, site))
    total, drawn = sum(map(len, groups.values())), []
    for group, all_of_it in sorted(groups.items()):
        rng = Random(f"{seed} {group} {stratum}")
        share = count / len(groups) if proofs else count * len(all_of_it) / total
        # Rounded at random, so that small modules have their chance.
        number = int(share) + (rng.random() < share % 1)
        for path, site in rng.sample(all_of_it, len(all_of_it)):
            source = (ROOT / path).read_text(encoding="utf-8")
            if number and (one := mutant(source, site, proofs=proofs)) is not None:
                drawn.append((path, one))
                number -= 1
    Random(seed).shuffle(drawn)
    return drawn
