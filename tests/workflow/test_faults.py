"""The quick faults of the suite: they are told, and the same command mends a finished study.

`tests/faults/run.py` tries all of them.
"""

import shutil

import pytest
from faults import damage
from faults.trial import differences, products
from tiny_study import snakemake

OTHER_BYTES = "results/tiny/{} has other bytes than those that were written: it is made anew"


@pytest.mark.parametrize(
    ("inject", "told"),
    [
        pytest.param(
            lambda folder, results: damage.flip_one(results / damage.RUN),
            OTHER_BYTES.format(damage.RUN),
            id="flipped bit",
        ),
        pytest.param(
            lambda folder, results: damage.edit_digit(results / damage.TABLE),
            OTHER_BYTES.format(damage.TABLE),
            id="edited table",
        ),
        pytest.param(
            lambda folder, results: (results / damage.RUN).unlink(), "Simulate", id="deleted run"
        ),
        pytest.param(
            lambda folder, results: shutil.rmtree(folder / ".snakemake"),
            "Nothing to be done",
            id="no .snakemake",
        ),
        pytest.param(
            lambda folder, results: damage.date(results, damage.FAR["2030"]),
            "Nothing to be done",
            id="2030",
        ),
        pytest.param(
            lambda folder, results: shutil.rmtree(results / "records"),
            "results/tiny has no records of what is in it",
            id="no records",
        ),
    ],
)
def test_the_same_command_mends_it(finished, tmp_path, inject, told):
    folder, _ = finished
    used = shutil.copytree(folder, tmp_path / "used")
    results = used / "results" / "tiny"
    inject(used, results)
    code, output = snakemake(used, "--cores", "2")
    assert code == 0, output
    assert told in output
    found, expected = products(results), products(folder / "results" / "tiny")
    assert differences(found, expected) == []
