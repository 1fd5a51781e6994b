"""The sample, the tests of every module, and what is made of the results."""

import json
from collections import Counter

import pytest
import scipy.stats
from mutants import plan, run

STRATA = {"theory": 60, "cradl": 40, "proofs": 24}


@pytest.mark.parametrize("stratum", STRATA)
def test_every_module_has_tests_that_are_there(stratum):
    for path in plan.modules(stratum):
        assert (plan.ROOT / path).is_file()
        for test in plan.tests_of(path):
            file, _, name = test.partition("::")
            source = (plan.ROOT / file).read_text(encoding="utf-8")
            assert f"def {name.partition('[')[0]}(" in source or not name


def test_no_entry_of_the_table_is_for_nothing():
    names = [path.with_suffix("").as_posix() for one in STRATA for path in plan.modules(one)]
    used = {max((key for key in plan.TESTS if name.startswith(key)), key=len) for name in names}
    assert used == set(plan.TESTS)


@pytest.mark.parametrize(("stratum", "count"), STRATA.items())
def test_a_sample_is_what_its_seed_says(stratum, count):
    drawn, again = (plan.sample(stratum, count, 5) for _ in range(2))
    assert drawn == again
    assert drawn != plan.sample(stratum, count, 6)
    assert abs(len(drawn) - count) <= len(plan.modules(stratum))
    assert len({(path, one.source) for path, one in drawn}) == len(drawn)
    for path, one in drawn:
        assert one.source != (plan.ROOT / path).read_text(encoding="utf-8")


def test_proofs_are_sampled_by_kind():
    counts = Counter(one.kind for _, one in plan.sample("proofs", 80, 1))
    assert set(counts.values()) == {10}


def row(outcome, stratum="cradl", before="a"):
    file = f"{stratum.replace('proofs', 'theory')}/one.py"
    one = {"file": file, "stratum": stratum, "code": "x = a", "before": before, "after": "b"}
    return one | {"outcome": outcome}


@pytest.mark.parametrize(("killed", "planted"), [(9, 10), (196, 205), (0, 3), (3, 3)])
def test_the_interval_is_wilsons(killed, planted):
    truth = scipy.stats.binomtest(killed, planted).proportion_ci(0.95, method="wilson")
    assert run.interval(killed, planted) == pytest.approx((truth.low, truth.high), abs=1e-6)


def test_a_summary_counts_time_as_killed_and_a_reason_as_argued():
    results = [row("killed")] * 8 + [row("timed out"), row("survived")]
    table, met = run.summary(results, set())
    assert met
    assert "planted   10  killed    9 (of them by time 1)  argued   0  survived   1" in table
    table, met = run.summary(results, {("cradl/one.py", "x = a", "a", "b")})
    assert "killed    9 (of them by time 1)  argued   1  survived   0" in table
    assert not run.summary([*results, row("survived")], set())[1]


def test_of_proofs_none_may_survive_without_a_reason():
    results = [row("killed", "proofs")] * 99 + [row("survived", "proofs")]
    assert not run.summary(results, set())[1]
    assert run.summary(results, {("theory/one.py", "x = a", "a", "b")})[1]


def test_a_survivor_is_printed_as_it_is_listed():
    one = row("survived", before='"β" \\ 2') | {"kind": "number", "line": 7}
    text = run.written(one)
    assert text.startswith("# number, line 7\n[[survivor]]\n")
    assert run.argued(f'{text.rstrip()}\nreason = "none can see it"') == {run.named(one)}


def test_survivors_are_argued_for_by_name():
    listed = (
        '[[survivor]]\nfile = "a.py"\ncode = "x = 1"\nbefore = "1"\nafter = "2"\nreason = "{}"\n'
    )
    known = run.argued(listed.format("a bound that no input reaches"))
    assert known == {("a.py", "x = 1", "1", "2")}
    with pytest.raises(ValueError, match=r"need a reason, got none for '1' in a\.py"):
        run.argued(listed.format(" "))


def test_every_survivor_that_is_listed_is_still_a_mutant():
    listed = run.argued((plan.ROOT / "tests/mutants/survivors.toml").read_text(encoding="utf-8"))
    for file, *what in listed:
        source = (plan.ROOT / file).read_text(encoding="utf-8")
        made = [
            plan.mutant(source, site, proofs=proofs)
            for proofs in (False, True)
            for site in plan.sites(source, proofs=proofs)
        ]
        assert what in [[one.code, one.before, one.after] for one in made if one], (file, what)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch):
    tried = []

    def outcome(root, path, source, tests, *, limit):
        tried.append(path)
        return ("survived" if limit == 900 else "killed"), 1.0

    monkeypatch.setattr(run, "outcome", outcome)
    monkeypatch.setattr(run, "PRELOADED", ())
    file = tmp_path / "results" / "mutants.jsonl"
    options = ["--theory", "0", "--proofs", "0", "--cradl", "20", "--jobs", "1"]
    options += ["--results", str(file)]
    assert run.main(options) == 0
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    without_fault = len(tried) - len(lines)
    # Every mutant has its line, two of one line of code too.
    assert len(lines) == len(plan.sample("cradl", 20, 1))
    assert without_fault > 0
    file.write_text("".join(lines[:-4]), encoding="utf-8")
    tried.clear()
    assert run.main(options) == 0
    # Tests are tried without a fault again: a broken environment would kill all mutants.
    assert len(tried) == without_fault + 4
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert sorted(map(json.dumps, rows)) == sorted(line.rstrip() for line in lines)


def test_tests_that_fail_without_a_fault_are_no_measure(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "outcome", lambda *_, limit: ("killed", 1.0))
    monkeypatch.setattr(run, "PRELOADED", ())
    with pytest.raises(RuntimeError, match="need tests that pass without a fault, got killed"):
        run.main(
            [
                "--theory",
                "0",
                "--proofs",
                "0",
                "--cradl",
                "9",
                "--jobs",
                "1",
                "--results",
                str(tmp_path / "results"),
            ]
        )
