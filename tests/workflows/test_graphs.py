import json
from itertools import combinations

import pytest
from flowbrush.hosts.headless import convert
from flowbrush.hosts.headless.validation import check_node
from flowbrush.motion.document.document import parse
from flowbrush.workflows.graphs.build import FOLDER
from flowbrush.workflows.graphs.bundled import GRAPHS, IN_COMFYUI
from flowbrush.workflows.graphs.canvas import TITLE, Node
from flowbrush.workflows.graphs.documents import (
    BALLOON_ALONE,
    BALLOONS_AND_CLOUDS,
    BOAT_AND_WATER,
    CLOUDS,
    DRIFTING_BALLOON,
)
from flowbrush.workflows.graphs.native import NATIVE
from flowbrush.workflows.graphs.schemas import KINDS, stock

NAMES = [
    "text_to_video",
    "image_to_video",
    "motion_brush",
    "camera_move",
    "motion_transfer",
    "first_last_frame",
    "best_of_n",
    "followed_object",
    "animate_picture",
]
IN_COMFYUI_NAMES = ["guided"]


NATIVE_NAMES = [
    "time_to_move_h3",
    "h3_guides",
    "h3_reference",
    "time_to_move_ltx2",
    "ltx2_motion_track",
    "wan_move",
    "ati",
    "time_to_move_wan22",
    "time_to_move_wan22_5b",
    "time_to_move_hunyuan",
    "time_to_move_svd",
    "ltx_in_place",
    "vace",
    "fun_control",
    "fun_camera",
    "fun_control_wan22",
    "cogvideox",
]
ALL_NAMES = [*NAMES, *IN_COMFYUI_NAMES, *NATIVE_NAMES]


@pytest.fixture(params=[*GRAPHS, *IN_COMFYUI, *NATIVE], ids=lambda make: make.__name__)
def graph(request):
    return request.param()


def file_of(graph):
    return json.loads((FOLDER / f"{graph.name}.json").read_text("utf-8"))


def test_there_is_a_graph_for_every_use():
    assert [make().name for make in GRAPHS] == NAMES
    assert [make().name for make in IN_COMFYUI] == IN_COMFYUI_NAMES
    assert [make().name for make in NATIVE] == NATIVE_NAMES
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(ALL_NAMES)


def test_the_file_is_what_the_description_says(graph):
    assert file_of(graph) == graph.as_json()


@pytest.mark.parametrize("name", ALL_NAMES)
def test_the_template_browser_has_a_small_picture(name):
    assert 5_000 < (FOLDER / f"{name}.jpg").stat().st_size < 100_000


@pytest.mark.parametrize("make", NATIVE, ids=lambda make: make.__name__)
def test_the_note_names_every_file_with_its_folder_and_the_setting_to_touch(make):
    graph = make()
    folders = {
        "unet_name": "diffusion_models",
        "vae_name": "vae",
        "ckpt_name": "checkpoints",
        "lora_name": "loras",
        "clip_name1": "text_encoders",
        "clip_name2": "text_encoders",
    }
    sections = dict(part.split("/\n", 1) for part in graph.about.split("```")[1].split("├─ ")[1:])
    files = [
        (folders.get(name, "clip_vision" if node["type"] == "CLIPVisionLoader" else "text_encoders"), value)
        for node in graph.as_json()["nodes"]
        for name, value in zip(
            [entry["name"] for entry in node["inputs"] if "widget" in entry],
            node["widgets_values"],
            strict=False,
        )
        if name.endswith(("_name", "_name1", "_name2")) and name != "sampler_name"
    ]
    assert files
    for folder, name in files:
        assert name in sections[folder]
    assert "## The setting to touch" in graph.about


def test_every_stored_schema_is_of_use():
    assert sorted(stock()) == sorted(KINDS)
    used = {node["type"] for make in (*IN_COMFYUI, *NATIVE) for node in make().as_json()["nodes"]}
    assert set(KINDS) <= used


@pytest.mark.parametrize("graph", [make() for make in GRAPHS], ids=lambda graph: graph.name)
def test_every_input_is_accepted(graph):
    converted = convert.load(FOLDER / f"{graph.name}.json")
    for node in converted.nodes.values():
        check_node(converted, node)


def boxes(content):
    return [
        (node["pos"][0], node["pos"][1] - TITLE, *map(sum, zip(node["pos"], node["size"], strict=True)))
        for node in content["nodes"]
    ]


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_nothing_overlaps(graph):
    content = file_of(graph)
    assert all(apart(a, b) for a, b in combinations(boxes(content), 2))
    frames = [(x, y, x + w, y + h) for x, y, w, h in (group["bounding"] for group in content["groups"])]
    assert all(apart(a, b) for a, b in combinations(frames, 2))


def test_every_node_but_the_note_lies_in_one_titled_group(graph):
    content = file_of(graph)
    frames = [group["bounding"] for group in content["groups"]]
    assert all(group["title"] and group["color"] for group in content["groups"])
    for node, box in zip(content["nodes"], boxes(content), strict=True):
        holding = [
            (x, y, w, h)
            for x, y, w, h in frames
            if x <= box[0] and y <= box[1] and box[2] <= x + w and box[3] <= y + h
        ]
        assert len(holding) == (0 if node["type"] == "MarkdownNote" else 1)


def test_links_name_each_other_from_both_ends(graph):
    content = file_of(graph)
    nodes = {node["id"]: node for node in content["nodes"]}
    for number, source, slot, target, place, kind in content["links"]:
        assert number in nodes[source]["outputs"][slot]["links"]
        assert nodes[target]["inputs"][place]["link"] == number
        assert kind == nodes[source]["outputs"][slot]["type"]


def test_a_link_of_the_wrong_kind_is_refused_when_building():
    noise = Node("FlowbrushLatentNoise", {})
    with pytest.raises(ValueError, match="FlowbrushLatentNoise has no output 'IMAGE'"):
        noise["IMAGE"]


@pytest.mark.parametrize(
    "document", [BALLOON_ALONE, BALLOONS_AND_CLOUDS, BOAT_AND_WATER, CLOUDS, DRIFTING_BALLOON]
)
def test_the_documents_ask_for_motion(document):
    assert not parse(document).is_empty
