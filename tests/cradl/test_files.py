"""What is kept for all studies is taken only if it is what was written."""

import hashlib

import pytest

from cradl.files import kept


def never():
    raise AssertionError("made anew")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "shared" / "table.csv"
    assert kept(path, lambda: "rule,ρ\nmedian,1.5\n", never) == "rule,ρ\nmedian,1.5\n"
    return path


def test_what_was_made_is_kept_with_its_checksum(table):
    assert kept(table, never, never) == "rule,ρ\nmedian,1.5\n"
    digest = hashlib.sha256("rule,ρ\nmedian,1.5\n".encode()).hexdigest()
    assert table.with_name("table.csv.sha256").read_text("utf-8") == f"{digest}  table.csv\n"


@pytest.mark.parametrize("name", ["table.csv", "table.csv.sha256"])
@pytest.mark.parametrize("content", [b"", b"rule,\xcf\xb1\nmedian,1.6\n", b"\xff", None])
def test_what_is_not_what_was_written_is_told_and_made_anew(table, name, content):
    before = {one.name: one.read_bytes() for one in table.parent.iterdir()}
    damaged = table.with_name(name)
    damaged.unlink() if content is None else damaged.write_bytes(content)
    told = []
    assert kept(table, lambda: "rule,ρ\nmedian,1.5\n", told.append) == "rule,ρ\nmedian,1.5\n"
    assert {one.name: one.read_bytes() for one in table.parent.iterdir()} == before
    # Where there is no table, there is nothing to tell.
    absent = content is None and damaged == table
    assert ["table.csv is not what" in one for one in told] == ([] if absent else [True])
