"""The same in one process and in several."""

import os
import subprocess
import sys

import numpy as np
import pytest

from cradl.processes import mapped


def test_results_come_in_order_whatever_the_number_of_processes():
    data = np.arange(100.0)

    def part(place):
        return float(data[place] ** 2)

    expected = [float(one**2) for one in range(30)]
    for processes in (1, 2, 3, 50):
        assert list(mapped(part, range(30), processes=processes)) == expected


def test_several_processes_are_others():
    assert os.getpid() not in set(mapped(lambda one: os.getpid(), range(4), processes=2))
    assert set(mapped(lambda one: os.getpid(), range(4))) == {os.getpid()}


def test_an_error_in_a_process_is_raised_with_its_notes():
    def fail(one):
        error = ArithmeticError("planted")
        error.add_note(f"at {one}")
        raise error

    with pytest.raises(ArithmeticError, match="planted") as caught:
        list(mapped(fail, [1, 2], processes=2))
    assert caught.value.__notes__ == ["at 1"]


def test_a_simulation_in_two_processes_is_that_in_one(prepare):
    prepared = prepare([{"method": "cra_dl", "aggregator": ["median", "krum"]}], trials=5)
    alone = prepared.simulate()
    from cradl import simulate

    given = (prepared.experiment, prepared.datasets, prepared.allocations)
    assert simulate(*given, trials=range(5), processes=2).identical(alone)


def test_workers_end_although_the_process_handles_the_signal_itself():
    code = (
        "import signal, sys\n"
        "from cradl.processes import mapped\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\n"
        "for _ in range(60):\n"
        "    assert list(mapped(abs, [-1, 2], processes=2)) == [1, 2]\n"
        "assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
