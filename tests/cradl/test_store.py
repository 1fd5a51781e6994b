"""Stores are written whole or not at all, and hold nothing but their content and its origin."""

import errno
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from cradl import store
from cradl.labelled import of_xarray

CONFIG = {"seed": 20250517, "title": "α = 0.2", "redraw": {"data": True}}
SOURCE = "0123456789abcdef"


def example() -> xr.Dataset:
    """Return one variable of every kind that results have."""
    rng = np.random.default_rng(1)
    loss = rng.standard_normal((2, 3, 50))
    loss[0, 0, 7:] = np.inf
    loss[1, 2, 0] = np.nan
    loss[1, 1, 1] = -0.0
    return xr.Dataset(
        {
            "loss": (("curve", "trial", "iteration"), loss, {"units": "1"}),
            "S": (("trial", "subset"), rng.integers(0, 2, (3, 4), np.uint8)),
            "diverged_at": (("curve", "trial"), np.array([[7, -1, -1], [0, -1, -1]])),
            "smoothness": ((), 2.5),
        },
        {
            "curve": ("curve", [0, 1]),
            "trial": ("trial", [0, 1, 2]),
            "label": ("curve", ["RBA-DL (median), α = 0.2", ""]),
        },
        {"experiment": "fig2a", "title": "Sign-flipping attack, α = 0.2"},
    )


def written(path: Path, dataset: xr.Dataset | None = None) -> Path:
    store.write(dataset or example(), path, config=CONFIG, source=SOURCE)
    return path


def test_what_is_read_equals_what_was_written(tmp_path):
    found, expected = store.read(written(tmp_path / "one.nc")), example()
    xr.testing.assert_equal(found, expected)
    for name, variable in expected.variables.items():
        if variable.dtype.kind in "fiu":
            assert found[name].dtype == variable.dtype, name
        assert found[name].attrs == variable.attrs, name
    assert np.signbit(found["loss"].values[1, 1, 1])
    assert expected.attrs.items() <= found.attrs.items()


def test_what_is_read_equals_what_xarray_reads(tmp_path):
    path = written(tmp_path / "one.nc")
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        expected = opened.load()
    found = store.read(path)
    xr.testing.assert_identical(found, expected)
    assert {name: one.dtype for name, one in found.variables.items()} == {
        name: one.dtype for name, one in expected.variables.items()
    }


def test_a_part_is_read_with_its_coordinates(tmp_path):
    path = written(tmp_path / "one.nc")
    found = store.read(path, only=["loss", "absent"])
    xr.testing.assert_identical(found, store.read(path)[["loss"]])


def test_origin_is_recorded(tmp_path):
    attributes = store.read(written(tmp_path / "one.nc")).attrs
    assert json.loads(attributes["config"]) == CONFIG
    assert attributes["seed"] == CONFIG["seed"]
    assert attributes["source_hash"] == SOURCE
    versions = json.loads(attributes["versions"])
    assert versions["numpy"] == np.__version__
    assert {"cradl", "numba", "scipy", "xarray", "h5netcdf", "h5py"} <= versions.keys()


def test_origin_replaces_that_of_the_parts(tmp_path):
    part = store.read(written(tmp_path / "part.nc"))
    store.write(part, tmp_path / "whole.nc", config={"seed": 3}, source="other")
    attributes = store.read(tmp_path / "whole.nc").attrs
    assert (json.loads(attributes["config"]), attributes["seed"]) == ({"seed": 3}, 3)
    assert attributes["source_hash"] == "other"


def test_same_content_gives_the_same_bytes_at_another_time_and_place(tmp_path):
    first = written(tmp_path / "one.nc").read_bytes()
    # The time stamps of HDF5 count seconds.
    time.sleep(1.1)
    again = written(tmp_path / "a" / "longer" / "path" / "another name.nc").read_bytes()
    assert again == first
    reordered = dict(reversed(CONFIG.items()))
    store.write(example(), tmp_path / "three.nc", config=reordered, source=SOURCE)
    assert (tmp_path / "three.nc").read_bytes() == first


def test_no_clock_host_or_path_is_recorded(tmp_path):
    content = written(tmp_path / "one.nc").read_bytes()
    now = datetime.now(UTC)
    revealing = [
        str(tmp_path),
        str(Path.home()),
        str(Path.cwd()),
        f"{now:%Y-%m-%d}",
        f"{now:%Y%m%d}",
        f"{now:%Y-%m}",
        platform.release(),
    ]
    # A host with a name of two letters is found in random bytes by chance.
    revealing += [name for name in [platform.node()] if len(name) > 4]
    for text in revealing:
        assert text.encode() not in content, text


def fail_before_writing(path: Path) -> None:
    raise OSError(errno.ENOSPC, "no space left on device")


def fail_halfway(path: Path) -> None:
    path.write_bytes(b"half of ")
    raise OSError(errno.ENOSPC, "no space left on device")


def interrupted(path: Path) -> None:
    path.write_bytes(b"half of ")
    raise KeyboardInterrupt


@pytest.mark.parametrize("fail", [fail_before_writing, fail_halfway, interrupted])
@pytest.mark.parametrize("old", [b"old content", None])
def test_a_failing_write_leaves_what_was_there(tmp_path, fail, old):
    path = tmp_path / "one.nc"
    if old is not None:
        path.write_bytes(old)
    with (
        pytest.raises((OSError, KeyboardInterrupt), match=r"no space left|^$"),
        store.replacing(path) as temporary,
    ):
        fail(temporary)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == ([old] if old else [])


def test_a_data_set_that_netcdf_cannot_hold_leaves_what_was_there(tmp_path):
    path = written(tmp_path / "one.nc")
    before = path.read_bytes()
    impossible = example().assign(odd=("curve", np.array([object(), object()])))
    with pytest.raises((TypeError, ValueError)):
        written(path, impossible)
    assert [one.name for one in tmp_path.iterdir()] == ["one.nc"]
    assert path.read_bytes() == before


def test_the_temporary_name_is_hidden_unique_and_keeps_the_suffix(tmp_path):
    path = tmp_path / "fig2.svg"
    with store.replacing(path) as one, store.replacing(path) as other:
        assert one != other
        for temporary in (one, other):
            assert temporary.parent == path.parent
            assert (temporary.name[0], temporary.suffix) == (".", ".svg")
            temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["fig2.svg"]


@pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
def test_files_have_the_mode_that_the_user_asks_for(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        written(tmp_path / "one.nc")
        store.write_text(tmp_path / "one.csv", "α")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {mode}


def test_text_is_utf8_everywhere(tmp_path):
    store.write_text(tmp_path / "new folder" / "one.tex", "α ≤ 1\n")
    assert (tmp_path / "new folder" / "one.tex").read_bytes() == "α ≤ 1\n".encode()


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1))
def test_labels_and_settings_come_back_as_they_were(tmp_path_factory, labels):
    path = tmp_path_factory.getbasetemp() / "labels.nc"
    config = {"seed": 1, "labels": labels}
    dataset = xr.Dataset(coords={"label": ("curve", labels)}, attrs={"title": labels[0]})
    store.write(dataset, path, config=config, source="")
    assert store.read(path)["label"].to_numpy().tolist() == labels
    assert store.attributes(path)["title"] == labels[0]
    assert store.from_json(store.attributes(path)["config"]) == config
    with xr.open_dataset(path, engine="h5netcdf") as read:
        assert read["label"].to_numpy().tolist() == labels


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 1])
def test_a_truncated_store_is_refused_by_name(tmp_path, share):
    content = written(tmp_path / "one.nc").read_bytes()
    path = tmp_path / "cut.nc"
    path.write_bytes(content[: int(share * (len(content) - 1))])
    with pytest.raises(ValueError, match=r"need a complete NetCDF-4 store, got .*cut\.nc: "):
        store.read(path)


def test_a_file_of_another_kind_is_refused_by_name(tmp_path):
    path = tmp_path / "table.nc"
    path.write_text("N,f,D\n" * 1000, encoding="utf-8")
    with pytest.raises(ValueError, match=r"got .*table\.nc: "):
        store.read(path)


def test_a_store_that_does_not_exist_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.nc"):
        store.read(tmp_path / "absent.nc")


def test_several_stores_are_read_by_name(tmp_path):
    other = example() * 2
    paths = {
        "a": str(written(tmp_path / "one.nc")),
        "b": str(written(tmp_path / "two.nc", other)),
    }
    found = store.read_all(paths)
    assert list(found) == ["a", "b"]
    xr.testing.assert_equal(found["b"], other)


NO_LOCKS = """
#include <errno.h>
int flock(int descriptor, int operation) { errno = ENOLCK; return -1; }
"""
REFUSED = """
import fcntl, sys
try:
    fcntl.flock(sys.stdout, fcntl.LOCK_EX)
except OSError:
    print("refused")
"""
WITHOUT_LOCKS = """
import sys
import xarray as xr
from cradl import store
from cradl.labelled import of_xarray
store.write(xr.Dataset({"x": ("i", [0.5, 2])}), sys.argv[1], config={"a": 1}, source="given")
print(store.read(sys.argv[1])["x"].values.tolist(), store.attributes(sys.argv[1])["config"])
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD of Linux")
def test_a_file_system_without_locks_is_good_enough(tmp_path):
    (tmp_path / "flock.c").write_text(NO_LOCKS, encoding="utf-8")
    library = tmp_path / "flock.so"
    command = ["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "flock.c"]
    subprocess.run(command, check=True)
    environment = {key: one for key, one in os.environ.items() if key != "HDF5_USE_FILE_LOCKING"}

    def printed(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code, tmp_path / "one.nc"],
            env=environment | {"LD_PRELOAD": str(library)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.strip()

    assert printed(REFUSED) == "refused"
    assert printed(WITHOUT_LOCKS) == '[0.5, 2.0] {"a": 1}'


def test_a_refused_store_gives_its_reason(tmp_path):
    path = tmp_path / "one.nc"
    store.refuse(path, "need 1 <= r, got 0", config=CONFIG, source=SOURCE)
    for read in (store.read, lambda one: next(iter(store.Stores({"a": one}).values()))):
        with pytest.raises(store.Refused, match=r"one\.nc: need 1 <= r, got 0"):
            read(path)
    with (
        pytest.raises(store.Refused, match="need 1 <= r"),
        store.opened({"a": str(path)}) as found,
    ):
        raise AssertionError(found)


def test_opened_stores_hold_what_reading_gives(tmp_path):
    path = written(tmp_path / "one.nc")
    whole = store.read(path)
    numbers = [name for name, one in whole.variables.items() if one.dtype.kind != "U"]
    assert numbers
    with store.opened({"a": str(path)}) as found:
        opened = found["a"]
        assert opened.sizes == whole.sizes
        assert opened.attrs.items() >= whole.attrs.items()
        for name in numbers:
            np.testing.assert_array_equal(np.asarray(opened[name]), whole[name])


def test_labelled_arrays_are_written_as_xarray_writes_them(tmp_path):
    written(tmp_path / "one.nc")
    store.write(of_xarray(example()), tmp_path / "two.nc", config=CONFIG, source=SOURCE)
    assert (tmp_path / "two.nc").read_bytes() == (tmp_path / "one.nc").read_bytes()


def test_truth_values_stay_truth_values(tmp_path):
    values = xr.Dataset({"robust": ("curve", np.array([True, False]))})
    found = store.read(written(tmp_path / "one.nc", values))["robust"]
    assert found.dtype == np.bool_
    assert found.to_numpy().tolist() == [True, False]
