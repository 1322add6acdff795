"""Lists that are rendered on two real ComfyUI servers: this run's own, and a second one that may be killed."""

import json

import pytest
from flowbrush.shots.planning import planned
from flowbrush.shots.server_place import ServerPlace, check_servers
from flowbrush.shots.shot_list import read_list
from flowbrush.shots.store import Store

from .conftest import assert_one_motion, write_csv
from .test_local import modified, parts, start, until


@pytest.fixture(scope="module")
def second(comfyui_path, tmp_path_factory):
    """A ComfyUI of this file's own."""
    from ..comfyui.server import Server

    server = Server(comfyui_path, tmp_path_factory.mktemp("second"))
    yield server
    server.stop()


@pytest.fixture
def eight(folder):
    """A list of eight shots."""
    rows = [[f"shot{number}", "warp.json", "stone.png", str(number + 3)] for number in range(8)]
    return write_csv(folder / "list.csv", [["id", "workflow", "LoadImage.image", "2.length"], *rows])


def runs(*servers):
    """How many graphs the servers have run."""
    return sum(len(server.get("/history")) for server in servers)


def test_what_a_server_lacks_is_told_before_the_start(
    comfyui, three, folder, rendered, capsys, known, tmp_path
):
    content = json.loads((folder / "warp.json").read_text())
    content["8"] = {"class_type": "NodeOfTomorrow", "inputs": {}}
    content["9"] = {"class_type": "VAELoader", "inputs": {"vae_name": "lost.safetensors"}}
    place = ServerPlace(comfyui.url(""), Store(tmp_path / "out"))
    (folder / "warp.json").write_text(json.dumps(content))
    shots = planned(read_list(three), place.known, here=False)
    with pytest.raises(ValueError) as error:
        check_servers([place], shots)
    first, second = str(error.value).splitlines()
    assert (
        first
        == f"{place.name} has no node `NodeOfTomorrow`: install the pack that has it (shots: one, two, three)."
    )
    assert second.startswith(
        f"{place.name} does not offer `lost.safetensors` as `vae_name` of node 9 VAELoader"
    )
    assert rendered(three, "--on", f"{place.name},http://127.0.0.1:9")[0] == 1
    assert "There is no ComfyUI at http://127.0.0.1:9" in capsys.readouterr().err


def test_a_kill_between_a_shot_and_the_one_that_continues_it_loses_nothing(
    comfyui, second, chain, folder, rendered
):
    out, urls = rendered.out, f"{comfyui.url('')},{second.url('')}"
    driver = start(chain, out, "--on", urls)
    until(lambda: "one" in finished(out), driver)
    driver.kill()
    driver.communicate(timeout=60)
    before = modified(out)
    assert "one" in finished(out) and "three" not in finished(out)
    film = folder / "film.mp4"
    status, results = rendered(chain, "--on", urls, "--join", str(film))
    assert status == 0 and [result["state"] for result in results.values()] == ["done"] * 4
    after = modified(out)
    assert len(after) == 4 and before.items() <= after.items()
    assert {result["place"] for result in results.values()} <= {comfyui.url(""), second.url("")}
    assert_one_motion(film)


def finished(out):
    """The ids of the shots that are finished."""
    return {json.loads(path.read_text())["id"] for path in out.glob("*/done.json")}


def test_a_server_and_the_driver_are_killed_and_nothing_is_lost_or_rendered_twice(
    comfyui, second, eight, rendered
):
    out, urls = rendered.out, f"{comfyui.url('')},{second.url('')}"
    at_first, at_second = runs(comfyui), runs(second)
    driver = start(eight, out, "--on", urls)
    until(lambda: len(modified(out)) >= 2 and parts(out), driver)
    driver.kill()  # what is in the queues goes on, and is fetched by the next run
    driver.communicate(timeout=60)
    before = modified(out)
    assert 2 <= len(before) < 8
    driver = start(eight, out, "--on", urls)
    until(lambda: len(modified(out)) >= len(before) + 2, driver)
    fetched = {json.loads(path.read_text())["place"] for path in out.glob("*/done.json")}
    assert fetched == {comfyui.url(""), second.url("")}
    assert runs(comfyui, second) - at_first - at_second <= len(modified(out)) + 2
    second.process.kill()
    errors = driver.communicate(timeout=300)[1]
    assert driver.returncode == 0, errors
    after = modified(out)
    assert len(after) == 8 and before.items() <= after.items()
    places = [json.loads(path.read_text())["place"] for path in out.glob("*/done.json")]
    kept = places.count(comfyui.url(""))
    assert runs(comfyui) - at_first == kept
    assert not parts(out) and not list(out.glob(".*.queued.json"))
    assert rendered(eight, "--on", comfyui.url(""))[0] == 0
    assert modified(out) == after
    assert runs(comfyui) - at_first == kept
