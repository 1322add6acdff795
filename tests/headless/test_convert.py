import json

import pytest
from flowbrush.hosts.headless.convert import load, set_inputs
from flowbrush.hosts.headless.graph import WorkflowError, parse
from flowbrush.hosts.headless.runner import run

pytestmark = pytest.mark.usefixtures("toys")


def canvas_workflow():
    """What the canvas saves: Frames -> Reroute -> Create Video -> Save Video, a note, and a muted node."""
    return {
        "nodes": [
            {"id": 1, "type": "Frames", "mode": 0, "inputs": [], "outputs": [{"name": "frames", "type": "IMAGE", "links": [1]}],
             "widgets_values": [4, 7, "randomize", "large", True]},
            {"id": 2, "type": "Reroute", "mode": 0, "inputs": [{"name": "", "type": "*", "link": 1}],
             "outputs": [{"name": "", "type": "IMAGE", "links": [2]}]},
            {"id": 3, "type": "CreateVideo", "mode": 0, "title": "Clip",
             "inputs": [{"name": "images", "type": "IMAGE", "link": 2}, {"name": "audio", "type": "AUDIO", "link": None}],
             "outputs": [{"name": "VIDEO", "type": "VIDEO", "links": [3]}], "widgets_values": [12, 8]},
            {"id": 4, "type": "SaveVideo", "mode": 0, "inputs": [{"name": "video", "type": "VIDEO", "link": 3}], "outputs": [],
             "widgets_values": ["clips/toy", "mp4", "h264", "re-encode", 18, "auto", "auto"]},
            {"id": 5, "type": "Note", "mode": 0, "inputs": [], "outputs": [], "widgets_values": ["hello"]},
            {"id": 6, "type": "OnlyInComfyUI", "mode": 2, "inputs": [], "outputs": []},
        ],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"], [3, 3, 0, 4, 0, "VIDEO"]],
        "version": 0.4,
    }  # fmt: skip


def write_workflow(tmp_path, content):
    path = tmp_path / "workflow.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_canvas_workflow_becomes_a_graph(tmp_path):
    graph = load(write_workflow(tmp_path, canvas_workflow()))
    assert sorted(graph.nodes) == ["1", "3", "4"]
    assert graph.nodes["1"].values() == {"count": 4, "seed": 7, "size": "large", "grey": True}
    assert graph.nodes["4"].values() == {
        "filename_prefix": "clips/toy",
        "format": "mp4",
        "format.codec": "h264",
        "format.codec.encoding": "re-encode",
        "format.codec.encoding.crf": 18,
        "format.codec.encoding.color_space": "auto",
        "codec": "auto",
    }
    assert graph.nodes["3"].links()["images"].node_id == "1"
    (path,) = run(graph).files()
    assert path.is_file()


def test_an_api_workflow_is_read_as_it_is(tmp_path):
    prompt = {"1": {"class_type": "Frames", "inputs": {"count": 1, "seed": 0, "size": "small"}}}
    assert load(write_workflow(tmp_path, prompt)).nodes.keys() == {"1"}
    assert load(write_workflow(tmp_path, {"prompt": prompt, "extra_data": {}})).nodes.keys() == {"1"}


def test_nodes_of_other_packs_are_named(tmp_path):
    workflow = canvas_workflow()
    workflow["nodes"][5]["mode"] = 0
    with pytest.raises(WorkflowError, match="exist only in ComfyUI: OnlyInComfyUI"):
        load(write_workflow(tmp_path, workflow))


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is not a JSON file"), ("[]", "a JSON list"), ({"1": {"inputs": {}}}, "has no `class_type`")],
)
def test_other_files_are_refused(tmp_path, content, message):
    with pytest.raises(WorkflowError, match=message):
        load(write_workflow(tmp_path, content))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WorkflowError, match=r"There is no workflow file .*nowhere\.json"):
        load(tmp_path / "nowhere.json")


@pytest.mark.parametrize("name", ["3", "CreateVideo", "Clip"])
def test_inputs_are_set_by_number_class_or_title(tmp_path, name):
    graph = load(write_workflow(tmp_path, canvas_workflow()))
    set_inputs(graph, [f"{name}.fps=25", "SaveVideo.format.codec=auto"])
    assert graph.nodes["3"].inputs["fps"] == "25"
    assert graph.nodes["4"].inputs["format.codec"] == "auto"
    assert run(graph).outputs["4"][0].get_frame_rate() == 25


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("3.fps", "is not an assignment"),
        ("fps=3", "is not an assignment"),
        ("9.fps=3", "no node `9`"),
        ("3.speed=3", 'node 3 "Clip" has no input `speed`; it has: images, fps, audio, bit_depth'),
    ],
)
def test_assignments_that_cannot_be_meant_are_refused(tmp_path, assignment, message):
    graph = load(write_workflow(tmp_path, canvas_workflow()))
    with pytest.raises(WorkflowError, match=message):
        set_inputs(graph, [assignment])


def test_two_nodes_of_a_class_need_their_numbers():
    entry = {"class_type": "Frames", "inputs": {"count": 1, "seed": 0, "size": "small"}}
    graph = parse({"1": entry, "2": entry})
    with pytest.raises(WorkflowError, match="more than one node `Frames`"):
        set_inputs(graph, ["Frames.count=2"])


def test_a_link_can_be_replaced_by_a_value():
    graph = parse(
        {
            "1": {"class_type": "Frames", "inputs": {"count": 1, "seed": 0, "size": "small"}},
            "2": {"class_type": "Frames", "inputs": {"count": ["1", 1], "seed": 0, "size": "small"}},
        }
    )
    set_inputs(graph, ["2.count=3"])
    assert not graph.nodes["2"].links()
