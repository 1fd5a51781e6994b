"""The package imports what is asked for, and no more."""

import subprocess
import sys

import pytest

import cradl
from cradl.config.resolving import load_study
from cradl.engine.experiment import simulate


def test_the_two_names_of_the_package_are_functions_of_its_modules():
    assert (cradl.simulate, cradl.load_study) == (simulate, load_study)
    with pytest.raises(AttributeError, match="absent"):
        _ = cradl.absent


def test_who_reads_a_store_waits_for_no_compiler():
    code = (
        "import cradl.store, cradl.results.statistics, sys;"
        "assert not {'numba', 'scipy.stats', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
