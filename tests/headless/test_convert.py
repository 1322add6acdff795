import json

import pytest
from flowbrush.hosts.headless.assignments import set_inputs
from flowbrush.hosts.headless.convert import load
from flowbrush.hosts.headless.graph import WorkflowError, parse
from flowbrush.hosts.headless.runner import run
from PIL import Image
from PIL.PngImagePlugin import PngInfo

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
    workflow["nodes"][5] |= {"mode": 0, "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [2]}]}
    workflow["links"][1] = [2, 6, 0, 3, 0, "IMAGE"]
    with pytest.raises(WorkflowError, match="exist only in ComfyUI: OnlyInComfyUI"):
        load(write_workflow(tmp_path, workflow))


def test_a_name_that_cannot_be_printed_is_shown_as_an_escape(tmp_path):
    workflow = canvas_workflow()
    workflow["nodes"][5] |= {"mode": 0, "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [2]}]}
    workflow["nodes"][5]["type"] = "\ud800"
    workflow["links"][1] = [2, 6, 0, 3, 0, "IMAGE"]
    with pytest.raises(WorkflowError, match=r"exist only in ComfyUI: \\ud800"):
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


def test_unknown_nodes_that_do_not_take_part_are_left_out(tmp_path, caplog):
    workflow = canvas_workflow()
    workflow["nodes"][5] |= {"mode": 0, "widgets_values": ["1", 1]}
    assert sorted(load(write_workflow(tmp_path, workflow)).nodes) == ["1", "3", "4"]
    assert not caplog.messages
    workflow["nodes"][5]["inputs"] = [{"name": "images", "type": "IMAGE", "link": 4}]
    workflow["links"].append([4, 1, 0, 6, 0, "IMAGE"])
    assert sorted(load(write_workflow(tmp_path, workflow)).nodes) == ["1", "3", "4"]
    assert ["OnlyInComfyUI" in message for message in caplog.messages] == [True]


def with_primitive(workflow, value, target=1, slot_name="seed", kind="INT"):
    """The workflow with a Primitive node linked to a widget of a node, whose stored value is stale."""
    node = next(node for node in workflow["nodes"] if node["id"] == target)
    node["inputs"].append({"name": slot_name, "type": kind, "link": 90, "widget": {"name": slot_name}})
    workflow["nodes"].append(
        {"id": 80, "type": "PrimitiveNode", "mode": 0, "inputs": [], "widgets_values": [value, "fixed"],
         "outputs": [{"name": kind, "type": kind, "links": [90]}]}
    )  # fmt: skip
    workflow["links"].append([90, 80, 0, target, len(node["inputs"]) - 1, kind])
    return workflow


def test_a_primitive_wins_over_the_stale_widget(tmp_path):
    graph = load(write_workflow(tmp_path, with_primitive(canvas_workflow(), 4242)))
    assert graph.nodes["1"].inputs["seed"] == 4242


def test_a_widget_keeps_its_own_value_where_the_node_before_it_is_muted(tmp_path):
    workflow = with_primitive(canvas_workflow(), 4242)
    own = load(write_workflow(tmp_path, canvas_workflow())).nodes["1"].inputs["seed"]
    workflow["nodes"][-1] |= {"type": "PrimitiveInt", "mode": 2}
    assert load(write_workflow(tmp_path, workflow)).nodes["1"].inputs["seed"] == own
    workflow["nodes"][-1] |= {"type": "PrimitiveNode", "mode": 0, "widgets_values": []}
    assert load(write_workflow(tmp_path, workflow)).nodes["1"].inputs["seed"] == own


def in_subgraph(workflow):
    """The workflow's nodes in a subgraph that is used once, as node 50."""
    workflow = {**workflow, "links": [as_object(link) for link in workflow["links"]]}
    inner = {"id": "1f0e6a3c-0000-4000-8000-000000000001", "name": "Inner", "inputs": [], "outputs": []}
    inner |= {"nodes": workflow["nodes"], "links": workflow["links"]}
    outer = {"id": 50, "type": inner["id"], "mode": 0, "inputs": [], "outputs": [], "widgets_values": []}
    return {"nodes": [outer], "links": [], "version": 0.4, "definitions": {"subgraphs": [inner]}}


def as_object(link):
    return dict(
        zip(("id", "origin_id", "origin_slot", "target_id", "target_slot", "type"), link, strict=True)
    )


def test_a_primitive_in_a_subgraph_wins_too(tmp_path):
    graph = load(write_workflow(tmp_path, in_subgraph(with_primitive(canvas_workflow(), 4242))))
    assert graph.nodes["50:1"].inputs["seed"] == 4242
    assert graph.nodes["50:3"].links()["images"].node_id == "50:1"


def test_links_may_be_objects(tmp_path):
    workflow = canvas_workflow()
    workflow["links"] = [as_object(link) for link in workflow["links"]]
    expected = load(write_workflow(tmp_path, canvas_workflow())).prompt
    assert load(write_workflow(tmp_path, workflow)).prompt == expected


def test_a_muted_branch_leaves_the_others(tmp_path, capsys):
    workflow = canvas_workflow()
    workflow["nodes"].append(
        {"id": 7, "type": "Mean", "mode": 0, "inputs": [{"name": "frames", "type": "IMAGE", "link": 5}],
         "outputs": [], "widgets_values": [1.0]}
    )  # fmt: skip
    workflow["links"].append([5, 1, 0, 7, 0, "IMAGE"])
    workflow["nodes"][2]["mode"] = 2
    result = run(load(write_workflow(tmp_path, workflow)))
    assert list(result.outputs) == ["7"]
    assert 'node 4 "Save Video" is left out. Input `video` of node 4' in capsys.readouterr().err
    workflow["nodes"][-1]["mode"] = 2
    with pytest.raises(WorkflowError, match='Input `video` of node 4 "Save Video" is missing'):
        run(load(write_workflow(tmp_path, workflow)))


def test_a_group_node_stands_for_the_nodes_inside(tmp_path):
    workflow = canvas_workflow()
    frames, _, clip, save = workflow["nodes"][:4]
    for node in (frames, clip):
        node["inputs"] = [{**entry, "link": None} for entry in node["inputs"]]
    definition = {
        "nodes": [{**frames, "index": 0}, {**clip, "index": 1}],
        "links": [[0, 0, 1, 0, 1, "IMAGE"]],
        "external": [[1, 0, "VIDEO"]],
    }
    group = {"id": 9, "type": "workflow>clip", "mode": 0, "inputs": [],
             "outputs": [{"name": "VIDEO", "type": "VIDEO", "links": [3]}],
             "widgets_values": [2, 7, "randomize", "large", True, 24, 8]}  # fmt: skip
    workflow |= {"nodes": [group, save], "links": [[3, 9, 0, 4, 0, "VIDEO"]]}
    workflow["extra"] = {"groupNodes": {"clip": definition}}
    graph = load(write_workflow(tmp_path, workflow))
    assert graph.nodes["9:0"].inputs["count"] == 2
    assert graph.nodes["9:1"].inputs["fps"] == 24
    assert run(graph).outputs["4"][0].get_frame_count() == 2
    del workflow["extra"]
    with pytest.raises(WorkflowError, match="The group node 9 uses `clip`, which the file does not define"):
        load(write_workflow(tmp_path, workflow))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Int", 5), ("Float", 2.5), ("String", "a"), ("StringMultiline", "a"), ("Boolean", True)],
)
def test_primitive_nodes_of_comfyui_give_their_value(kind, value):
    graph = {
        "1": {"class_type": f"Primitive{kind}", "inputs": {"value": value}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    assert run(parse(graph)).texts() == [str(value)]


def test_widgets_of_other_nodes_go_into_file_names(tmp_path):
    workflow = canvas_workflow()
    workflow["nodes"][3]["widgets_values"][0] = "%Clip.fps%_%Frames.size%_%Frames.nothing%_%year%"
    prefix = load(write_workflow(tmp_path, workflow)).nodes["4"].inputs["filename_prefix"]
    assert prefix == "12_large_%Frames.nothing%_%year%"


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w["nodes"][0].update(type=["Frames"]),
        lambda w: w.update(definitions=5),
        lambda w: w.update(definitions={"subgraphs": [3]}),
        lambda w: w["nodes"].append("node"),
        lambda w: w["nodes"][0].update(inputs=7),
        lambda w: w["nodes"][0].update(id=[1]),
        lambda w: w["nodes"][0].update(widgets_values=5),
        lambda w: w.update(links={"1": 2}),
        lambda w: w["links"].append([1, {}]),
    ],
)
def test_damaged_workflows_are_refused_in_a_sentence(tmp_path, change):
    workflow = canvas_workflow()
    change(workflow)
    with pytest.raises(WorkflowError):
        load(write_workflow(tmp_path, workflow))


def test_a_byte_order_mark_is_skipped_and_a_folder_is_named(tmp_path):
    path = tmp_path / "windows.json"
    path.write_text(json.dumps(canvas_workflow()), encoding="utf-8-sig")
    assert sorted(load(path).nodes) == ["1", "3", "4"]
    with pytest.raises(WorkflowError, match="is a folder; name a workflow file in it"):
        load(tmp_path)


def test_the_workflow_in_a_picture_is_read(tmp_path):
    info = PngInfo()
    info.add_text("workflow", json.dumps(canvas_workflow()))
    Image.new("RGB", (8, 8)).save(tmp_path / "made.png", pnginfo=info)
    assert sorted(load(tmp_path / "made.png").nodes) == ["1", "3", "4"]
    exif = Image.Exif()
    exif[0x010F] = "workflow:" + json.dumps(canvas_workflow())
    Image.new("RGB", (8, 8)).save(tmp_path / "made.webp", exif=exif)
    assert sorted(load(tmp_path / "made.webp").nodes) == ["1", "3", "4"]
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    with pytest.raises(WorkflowError, match="is a picture or video without a workflow"):
        load(tmp_path / "photo.png")
