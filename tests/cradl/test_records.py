"""Records tell a product that is not what was written, whatever times say and wherever it lies."""

import hashlib
import os
import shutil

import numpy as np
import pytest

from cradl import check, records
from cradl.records import Made, State

A, B = "simulate/a.nc", "verify/b.csv"
MADE = {A: Made("settings a", "code a"), B: Made("settings b", "code b", (A,))}


@pytest.fixture
def folder(tmp_path):
    written = tmp_path / "results" / "mine"
    for product, content in ((A, b"\x89HDF" + bytes(range(256))), (B, b"curve,loss\nx,1.5\n")):
        path = written / product
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        records.write(written, product, MADE[product])
    return written


def states(folder):
    return [records.state(folder, product, made) for product, made in MADE.items()]


def test_products_as_written_are_current(folder):
    assert states(folder) == [State.CURRENT] * 2
    kept = records.read(folder, B)
    assert kept.sha256 == hashlib.sha256((folder / B).read_bytes()).hexdigest()
    assert kept.inputs == {A: hashlib.sha256((folder / A).read_bytes()).hexdigest()}
    assert records.recorded(folder) == [A, B]


def test_every_flipped_bit_is_seen(folder):
    path = folder / B
    content = path.read_bytes()
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert records.state(folder, B, MADE[B]) is State.ALTERED


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_truncated_file_is_seen_by_its_size(folder, size):
    os.truncate(folder / A, size)
    os.utime(folder / A, (1, 1))
    assert records.state(folder, A, MADE[A], trust=True) is State.ALTERED


def test_times_say_nothing_and_nor_does_the_place(folder, tmp_path):
    for time in (1, 4e9):
        for path in folder.rglob("*"):
            os.utime(path, (time, time))
        assert states(folder) == [State.CURRENT] * 2
    copy = shutil.copytree(folder, tmp_path / "elsewhere", copy_function=shutil.copyfile)
    assert states(copy) == [State.CURRENT] * 2


def test_other_settings_code_or_inputs_are_told_apart(folder):
    made = MADE[B]
    assert records.state(folder, B, made._replace(config="others")) is State.SETTINGS
    assert records.state(folder, B, made._replace(source="others")) is State.CODE
    assert records.state(folder, B, made._replace(inputs=())) is State.SETTINGS
    (folder / A).write_bytes(b"made again")
    records.write(folder, A, MADE[A])
    assert states(folder) == [State.CURRENT, State.INPUTS]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"sha256": 1}', "null", "\x00"])
def test_a_damaged_record_is_no_record(folder, content):
    records.place(folder, A).write_text(content)
    assert records.state(folder, A, MADE[A]) is State.UNRECORDED


def test_what_is_not_there_is_absent(folder):
    (folder / A).unlink()
    assert states(folder) == [State.ABSENT, State.CURRENT]
    with pytest.raises(FileNotFoundError):
        records.write(folder, A, MADE[A])


def test_a_job_refuses_inputs_that_have_changed(folder):
    records.require_unaltered(folder, [A, B])
    (folder / B).write_bytes(b"curve,loss\nx,9.5\n")
    with pytest.raises(ValueError, match=r"verify/b.csv changed since .* run the same command"):
        records.require_unaltered(folder, [A, B])


def test_what_a_killed_process_left_is_found(folder):
    left = folder / "simulate" / ".a.0123456789abcdef.nc"
    left.write_bytes(b"half")
    (folder / "simulate" / ".hidden.nc").write_bytes(b"a user's own")
    assert list(records.leftovers(folder)) == [left]


def test_the_check_names_each_product_that_is_not_in_order(folder, capsys):
    assert check.main([str(folder)]) == 0
    assert "2 products are as they were written" in capsys.readouterr().out
    (folder / A).write_bytes(b"other")
    (folder / "verify" / "unknown.csv").write_bytes(b"who wrote this?")
    records.place(folder, B).unlink()
    assert check.main([str(folder)]) == 1
    told = capsys.readouterr().out
    for product, state in ((A, "changed"), (B, "without a record"), ("verify/unknown.csv", "with")):
        assert f"{folder / product}: {state}" in told


def test_parts_that_are_gathered_are_in_order_and_damaged_ones_are_not(folder, capsys):
    part = folder / records.PARTS / "a" / "0-1.nc"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"part")
    name = part.relative_to(folder).as_posix()
    records.write(folder, name, Made("settings", "code"))
    part.write_bytes(b"trap")
    assert check.check(folder) == [check.Found(name, State.ALTERED)]
    part.unlink()
    assert check.main([str(folder)]) == 0
    assert "2 products are as they were written" in capsys.readouterr().out


def test_the_check_tells_results_of_a_version_without_records(folder, capsys):
    shutil.rmtree(folder / records.FOLDER)
    assert check.main([str(folder)]) == 1
    assert "cradl 0.1.0" in capsys.readouterr().out


def test_the_check_needs_a_folder_of_results(tmp_path, capsys):
    assert check.main([str(tmp_path)]) == 2
    assert check.main([str(tmp_path / "nowhere")]) == 2
    assert "need a folder of results" in capsys.readouterr().err


def test_digests_tell_settings_apart_and_not_their_order():
    assert records.digest({"a": 1, "b": [1]}) == records.digest({"b": [1], "a": 1})
    other = [{"a": 1}, {"a": "1"}, {"a": 1.5}, {"a": [1]}, {"a": None}, {"b": 1}]
    assert len({records.digest(one) for one in other}) == len(other)
    rng = np.random.default_rng(0)
    values = rng.random(50).tolist()
    assert len({records.digest({"a": one}) for one in values}) == 50
