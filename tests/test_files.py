"""Atomic writes: what other programs see of a file before, during and after it is written."""

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flowbrush.files import (
    atomic_write,
    remove_abandoned_folders,
    remove_temporary_folders,
    temporary_folder,
    write_json,
    write_text,
)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX permissions")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_file_has_the_permissions_of_the_umask(tmp_path, usual_umask, umask, mode):
    os.umask(umask)
    path = tmp_path / "weights"
    for _ in range(2):  # new, and over itself
        with atomic_write(path) as temporary:
            temporary.write_text("whole")
        assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX permissions")
def test_a_writer_that_replaces_the_temporary_file_does_not_change_the_permissions(tmp_path, usual_umask):
    path = tmp_path / "weights"
    with atomic_write(path) as temporary:
        private = tmp_path / "private"
        private.touch(mode=0o600)
        private.replace(temporary)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_write_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path, stop):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(stop), atomic_write(path) as temporary:
        temporary.write_text("half")
        raise stop
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file_and_leaves_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_unfinished_file_is_in_no_list_of_models(tmp_path):
    with atomic_write(tmp_path / "clips.safetensors") as temporary:
        temporary.write_text("half")
        assert temporary.parent == tmp_path and temporary.name.startswith(".")
        assert not list(tmp_path.glob("*.safetensors"))
    assert [path.name for path in tmp_path.glob("*")] == ["clips.safetensors"]


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "made" / "shared.txt"
    with atomic_write(path) as first:
        first.write_text("first")
        with atomic_write(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_json_that_cannot_be_written_keeps_the_old_file(tmp_path):
    path = tmp_path / "numbers.json"
    write_json(path, {"error": 0.5, "name": "Größe"})
    with pytest.raises(TypeError):
        write_json(path, {"error": object()})
    assert json.loads(path.read_text("utf-8")) == {"error": 0.5, "name": "Größe"}
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_heavy_is_imported():
    code = "import sys, flowbrush.files; print(*{'torch', 'numpy', 'PIL', 'av'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not shown.stdout.strip()


def test_temporary_files_of_killed_processes_are_removed_when_they_are_old(tmp_path):
    abandoned, fresh, foreign = (
        tmp_path / name for name in (".a.txt.0123abcd.part", ".b.txt.0123abcd.part", ".download.part")
    )
    for path in (abandoned, fresh, foreign):
        path.write_text("half")
    for path in (abandoned, foreign):
        os.utime(path, (time.time() - 4000,) * 2)
    write_text(tmp_path / "c.txt", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [fresh.name, foreign.name, "c.txt"]


def test_temporary_folders_of_killed_processes_are_removed_when_nothing_in_them_is_new(tmp_path):
    day_ago = time.time() - 90_000
    for name, changed in (("run-old", ()), ("run-used", ("frame",)), ("other-old", ())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "frame").write_text("x")
        for path in (tmp_path / name / "frame", tmp_path / name):
            if path.name not in changed:
                os.utime(path, (day_ago, day_ago))
    remove_abandoned_folders(tmp_path, "run-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other-old", "run-used"]


def test_a_process_that_ends_at_once_can_delete_its_temporary_folders(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = [temporary_folder("run-") for _ in range(2)]
    (tmp_path / "run-of-another").mkdir()
    (Path(kept[0].name) / "frame").write_text("x")
    remove_temporary_folders()
    assert [path.name for path in tmp_path.iterdir()] == ["run-of-another"]
    remove_temporary_folders()  # nothing is left to do
