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


def test_a_study_whose_fields_are_of_prime_order_loads_no_others():
    code = (
        "import sys, numpy as np, cradl.config.resolving; from cradl.allocation import ALLOCATIONS;"
        "draw = lambda kind, *sizes: ALLOCATIONS[kind]("
        "    np.random.default_rng(1), **dict(zip('NMr', sizes)));"
        "draw('balanced', 100, 1331, 121); draw('equal_overlap', 31, 31, 15);"
        "assert ALLOCATIONS['balanced'].requirement(100, 1024, 256) is None;"
        "assert 'galois' not in sys.modules;"
        "draw('balanced', 5, 16, 4);"
        "assert 'galois' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
