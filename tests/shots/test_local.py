"""Lists that are rendered by worker processes of this machine."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from flowbrush.shots.dispatch import Dispatch
from flowbrush.shots.local_place import LocalPlace
from flowbrush.shots.places import Place, PlaceLost, Rendered, ShotFailed
from flowbrush.shots.planning import planned
from flowbrush.shots.shot_list import read_list
from flowbrush.shots.store import Store

from .conftest import write_csv

pytestmark = pytest.mark.slow


def modified(out):
    """The time at which each finished shot was written, by the name of its folder; a folder that is still being written has a dot in front."""
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("[!.]*/done.json")}


def test_a_list_is_rendered_and_a_second_run_renders_only_what_changed(folder, three, rendered, capsys):
    status, results = rendered(three, "--workers", "2")
    assert status == 0
    assert [result["state"] for result in results.values()] == ["done"] * 3
    for result in results.values():
        found = {path.name for path in (rendered.out / result["folder"]).iterdir()}
        assert found == {"done.json", "sheet.jpg", "shot_00001_.mp4"}
        assert result["motion"][0]["name"] == "stone"
        assert result["motion"][0]["asked"] == pytest.approx(9.6, abs=0.2)
        assert result["followed"] > 80
    before = modified(rendered.out)
    three.write_text(three.read_text().replace("three,warp.json,stone.png,6", "three,warp.json,stone.png,7"))
    capsys.readouterr()
    status, results = rendered(three)
    assert status == 0
    after = modified(rendered.out)
    assert len(after) == 4
    assert {name: after[name] for name in before} == before
    assert "2 of 3 shots are finished already." in capsys.readouterr().err
    page = (rendered.out / "index.html").read_text()
    assert "3 shots: 3 done." in page
    assert f'src="{results["three"]["folder"]}/sheet.jpg"' in page
    assert not list(rendered.out.glob(".*.part"))


def test_a_shot_that_fails_is_tried_again_and_the_others_are_rendered(folder, rendered):
    path = write_csv(
        folder / "list.csv",
        [
            ["id", "workflow", "LoadImage.image"],
            ["good", "warp.json", "stone.png"],
            ["bad", "warp.json", "broken.png"],
        ],
    )
    (folder / "broken.png").write_text("no picture")
    status, results = rendered(path)
    assert status == 1
    assert results["good"]["state"] == "done"
    assert results["bad"]["state"] == "failed"
    assert len(results["bad"]["errors"]) == 2
    assert "broken.png" in results["bad"]["errors"][0]
    assert "broken.png" in (rendered.out / "index.html").read_text()
    (folder / "broken.png").write_bytes((folder / "stone.png").read_bytes())
    before = modified(rendered.out)
    assert rendered(path)[0] == 0
    assert before.items() <= modified(rendered.out).items()


def test_a_list_with_mistakes_renders_nothing(folder, three, rendered, capsys):
    three.write_text(three.read_text().replace("6", "0").replace("sand.png", "lost.png"))
    assert rendered(three)[0] == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("Error: Row 3 (two), column `LoadImage.image`: there is no file 'lost.png'")
    assert errors[1].startswith("Error: Row 4 (three), column `2.length`: the value is '0'")
    assert [path.name for path in rendered.out.iterdir()] == [".lock"]


def test_shots_that_follow_too_little_get_new_seeds(folder, three, rendered):
    content = json.loads((folder / "warp.json").read_text())
    content["8"] = json.loads(json.dumps(content["2"]).replace("0.1}", "0.14}"))
    content["6"]["inputs"]["motion"] = ["8", 0]
    (folder / "warp.json").write_text(json.dumps(content))
    three.write_text(three.read_text().replace("2.length", "3.fill_holes").replace(",6", ",no"))
    status, results = rendered(three, "--redo-below", "40")
    before = modified(rendered.out)
    assert status == 0 and len(before) == 3
    assert all(60 <= result["followed"] <= 85 for result in results.values())
    status, results = rendered(three, "--redo-below", "90", "--redraws", "1")
    after = modified(rendered.out)
    assert status == 0 and len(after) == 6 and before.items() <= after.items()
    for result in results.values():
        assert result["draws"] == 2
        assert result["draw"] == 0  # of equal ones the first, as this graph does not use the seed
    assert rendered(three, "--redo-below", "90", "--redraws", "1")[0] == 0
    assert modified(rendered.out) == after


def test_a_worker_that_is_killed_gives_its_shot_back(three, known, tmp_path):
    shots = planned(read_list(three), known, here=True)
    store = Store(tmp_path / "out")
    place = LocalPlace(1)
    seen, failures = [], []

    def kill_once(node, share):
        if not failures and node == "FlowbrushWarpImage":
            failures.append(node)
            place.process.kill()

    def render(shot, place):
        rendered = place.render(shot, store.part(shot.folder_name), kill_once)
        seen.append((shot.row.id, rendered.files[0].name))

    errors = []
    Dispatch([place], render, lambda shot, for_good: errors.append((shot.errors[-1], for_good)), 2).run(shots)
    place.stop()
    assert sorted(seen) == [(name, "shot_00001_.mp4") for name in ("one", "three", "two")]
    ((error, for_good),) = errors
    assert "worker 1 died (exit status -9)" in error and not for_good


class Pretended(Place):
    """A place whose behaviour is a function of the shot."""

    def __init__(self, name, behave, kept=()):
        self.name, self.behave, self.kept, self.stopped = name, behave, kept, threading.Event()

    def keeps(self, shot):
        return shot.row.id in self.kept

    def render(self, shot, folder, on_progress):
        self.behave(shot)
        return Rendered()

    def stop(self):
        self.stopped.set()


def dispatched(shots, places, tries=2):
    done, failed = [], []
    run = Dispatch(
        places,
        lambda shot, place: done.append((shot.row.id, place.name, place.render(shot, None, None))[:2]),
        lambda shot, for_good: failed.append((shot.row.id, for_good)),
        tries,
    )
    run.run(shots)
    return done, failed, run


def test_a_place_that_is_lost_gives_its_shot_back_and_gets_no_more(three, known):
    shots = planned(read_list(three), known, here=True)
    first_is_gone = threading.Event()

    def vanish(shot):
        first_is_gone.set()
        raise PlaceLost("it does not answer")

    places = [Pretended("a", vanish), Pretended("b", lambda shot: first_is_gone.wait(20))]
    done, failed, run = dispatched(shots, places, tries=1)
    assert sorted(done) == [("one", "b"), ("three", "b"), ("two", "b")]
    assert failed == [] and run.lost == {"a": "it does not answer"}


def test_a_shot_that_an_earlier_run_has_left_in_a_place_is_for_that_place(three, known):
    shots = planned(read_list(three), known, here=True)
    quick = Pretended("a", lambda shot: None, kept=("three",))
    slow = Pretended("b", lambda shot: time.sleep(0.5), kept=("one",))
    done, failed, _ = dispatched(shots, [quick, slow])
    assert ("one", "b") in done and done[0] == ("three", "a")
    assert len(done) == 3 and failed == []


@pytest.mark.parametrize("error", [PlaceLost, ShotFailed])
def test_a_shot_left_in_a_place_that_fails_goes_elsewhere(three, known, error):
    shots = planned(read_list(three), known, here=True)

    def fail(shot):
        raise error("it cannot")

    places = [Pretended("a", lambda shot: None), Pretended("b", fail, kept=("one", "two"))]
    done, failed, _ = dispatched(shots, places, tries=3)
    assert sorted(done) == [("one", "a"), ("three", "a"), ("two", "a")]
    assert all(not for_good for _, for_good in failed)


def test_what_fails_in_one_place_is_tried_in_another(three, known):
    shots = planned(read_list(three), known, here=True)
    failed_on_a = threading.Event()

    def refuse(shot):
        failed_on_a.set()
        raise ShotFailed("no memory")

    done, failed, _ = dispatched(
        shots, [Pretended("a", refuse), Pretended("b", lambda shot: failed_on_a.wait(20))], tries=9
    )
    assert sorted(name for name, _ in done) == ["one", "three", "two"]
    assert {place for _, place in done} == {"b"}
    assert failed and not any(for_good for _, for_good in failed)


def test_shots_are_given_up_when_all_places_are_lost(three, known):
    def vanish(shot):
        raise PlaceLost("gone")

    shots = planned(read_list(three), known, here=True)
    done, failed, _ = dispatched(shots, [Pretended("a", vanish), Pretended("b", vanish)])
    assert done == []
    assert sorted(failed) == [("one", True), ("three", True), ("two", True)]


def start(path, out, *arguments):
    """A driver in a process of its own."""
    command = [sys.executable, "-m", "flowbrush.shots", str(path), "--out", str(out), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(condition, process, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def parts(out):
    return [path for path in out.glob(".*.part") if path.is_dir()] if out.is_dir() else []


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_a_driver_that_is_stopped_loses_nothing_and_renders_nothing_twice(three, rendered, how):
    out = rendered.out
    driver = start(three, out)
    until(lambda: modified(out) and parts(out), driver)
    driver.send_signal(how)
    errors = driver.communicate(timeout=120)[1]
    before = modified(out)
    assert 1 <= len(before) <= 2
    if how != signal.SIGKILL:
        assert driver.returncode == 130
        assert "Stopped. The finished shots are kept" in errors and "Traceback" not in errors
        assert not parts(out)
        assert "waiting" in (out / "index.html").read_text()
    status, results = rendered(three)
    assert status == 0
    assert {result["state"] for result in results.values()} == {"done"}
    after = modified(out)
    assert len(after) == 3 and before.items() <= after.items()
    assert not parts(out)


def test_a_second_run_into_the_same_folder_is_refused(three, rendered, capsys):
    with Store(rendered.out).locked():
        assert command_status(three, rendered.out) == 1
    assert f"Another run renders shots into {rendered.out}" in capsys.readouterr().err


def command_status(path, out):
    from flowbrush.shots import command

    return command.main([str(path), "--out", str(out)])
