import json
from itertools import combinations

import pytest
from flowbrush.hosts.headless import convert
from flowbrush.hosts.headless.validation import check_node
from flowbrush.motion.document.document import parse
from flowbrush.workflows.graphs.apps import APPS
from flowbrush.workflows.graphs.build import FOLDER
from flowbrush.workflows.graphs.bundled import GRAPHS, IN_COMFYUI
from flowbrush.workflows.graphs.canvas import TITLE, Graph, Group, Node
from flowbrush.workflows.graphs.documents import (
    BALLOON_ALONE,
    BALLOONS_AND_CLOUDS,
    BOAT_AND_WATER,
    CLOUDS,
)
from flowbrush.workflows.graphs.native import NATIVE
from flowbrush.workflows.graphs.schemas import KINDS, object_info, stock

NAMES = [
    "start_here",
    "text_to_video",
    "seamless_loop",
    "image_to_video",
    "motion_brush",
    "camera_move",
    "motion_transfer",
    "restyle",
    "first_last_frame",
    "best_of_n",
    "followed_object",
    "animate_picture",
    "long_shot",
    "drive_motion",
    "spatial_photo",
    "edit_clip",
    "shot_list",
]
IN_COMFYUI_NAMES = ["guided"]
APP_NAMES = ["start_here.app", "animate_picture.app"]


NATIVE_NAMES = [
    "time_to_move_h3",
    "h3_guides",
    "h3_reference",
    "h3_in_place",
    "time_to_move_ltx2",
    "time_to_move_ltx25",
    "ltx2_two_stages",
    "ltx2_motion_track",
    "ltx2_in_place",
    "wan_move",
    "ati",
    "time_to_move_wan22",
    "time_to_move_wan22_4_steps",
    "time_to_move_wan22_5b",
    "animate2",
    "scail2",
    "bernini_r",
    "uni3c",
    "time_to_move_causal",
    "time_to_move_hunyuan",
    "time_to_move_hunyuan15",
    "time_to_move_kandinsky5",
    "time_to_move_cosmos",
    "time_to_move_svd",
    "ltx_in_place",
    "vace",
    "fun_control",
    "fun_camera",
    "fun_control_wan22",
    "fun_control_wan22_5b",
    "fun_camera_wan22",
    "vace_wan22",
    "cogvideox",
    "long_shot_wan22",
    "long_shot_ltx2",
    "long_shot_h3",
    "restyle_wan22",
    "restyle_ltx2",
    "restyle_h3",
    "cascade",
    "cascade_wan22",
    "enlarge_seedvr2",
]
ALL_NAMES = [*NAMES, *APP_NAMES, *IN_COMFYUI_NAMES, *NATIVE_NAMES]


@pytest.fixture(params=[*GRAPHS, *APPS, *IN_COMFYUI, *NATIVE], ids=lambda make: make.__name__)
def graph(request):
    return request.param()


def file_of(graph):
    return json.loads((FOLDER / f"{graph.name}.json").read_text("utf-8"))


def subgraphs_of(content):
    return content.get("definitions", {}).get("subgraphs", [])


def all_nodes(content):
    """The nodes of a workflow and those in its subgraphs."""
    return [node for level in (content, *subgraphs_of(content)) for node in level["nodes"]]


def test_there_is_a_graph_for_every_use():
    assert [make().name for make in GRAPHS] == NAMES
    assert [make().name for make in APPS] == APP_NAMES
    assert [make().name for make in IN_COMFYUI] == IN_COMFYUI_NAMES
    assert [make().name for make in NATIVE] == NATIVE_NAMES
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(ALL_NAMES)


def test_the_file_is_what_the_description_says(graph):
    assert file_of(graph) == graph.as_json()


@pytest.mark.parametrize("make", APPS, ids=lambda make: make.__name__)
def test_an_app_has_the_picture_and_the_editor_as_controls_and_shows_the_video(make):
    content = file_of(make())
    kinds = {node["id"]: node["type"] for node in content["nodes"]}
    controls, shown = content["extra"]["linearData"]["inputs"], content["extra"]["linearData"]["outputs"]
    assert content["extra"]["linearMode"] is True
    assert [(kinds[node], widget) for node, widget in controls] == [
        ("FlowbrushExampleImage", "name"),
        ("FlowbrushMotionBrush", "document"),
    ]
    assert [kinds[node] for node in shown] == ["SaveVideo"]


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
        "model_name": "latent_upscale_models",
        "clip_name1": "text_encoders",
        "clip_name2": "text_encoders",
    }
    special = {"CLIPVisionLoader": "clip_vision", "UpscaleModelLoader": "upscale_models"}
    sections = dict(part.split("/\n", 1) for part in graph.about.split("```")[1].split("├─ ")[1:])
    files = [
        (
            special.get(node["type"]) or folders.get(name, "text_encoders"),
            value,
        )
        for node in all_nodes(graph.as_json())
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
    used = {node["type"] for make in (*IN_COMFYUI, *NATIVE) for node in all_nodes(make().as_json())}
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
    for level in (content, *subgraphs_of(content)):
        assert all(apart(a, b) for a, b in combinations(boxes(level), 2))
    frames = [(x, y, x + w, y + h) for x, y, w, h in (group["bounding"] for group in content["groups"])]
    assert all(apart(a, b) for a, b in combinations(frames, 2))


def test_the_whole_graph_is_shown_at_60_percent_or_more_in_a_small_window(graph):
    """ComfyUI fits the nodes of a template, with a margin of 10 px, into three quarters of the window."""
    shown = boxes(file_of(graph))
    width = max(box[2] for box in shown) - min(box[0] for box in shown) + 20
    height = max(box[3] for box in shown) - min(box[1] for box in shown) + 20
    assert 0.75 * min(1280 / width, 720 / height) >= 0.6


def test_sampling_is_one_node_that_shows_the_prompt_the_seed_and_the_steps(graph):
    content = file_of(graph)
    if graph.name.startswith(
        ("animate_picture", "drive_motion", "spatial_photo", "edit_clip", "shot_list")
    ):  # they have no model
        assert "Make the video" not in [definition["name"] for definition in subgraphs_of(content)]
        return
    (made,) = [definition for definition in subgraphs_of(content) if definition["name"] == "Make the video"]
    (use,) = [node for node in content["nodes"] if node["type"] == made["id"]]
    names = [entry["name"] for entry in use["inputs"] if "widget" in entry]
    values = dict(zip(names, use["widgets_values"], strict=True))
    if graph.name not in ("time_to_move_svd", "enlarge_seedvr2"):  # these models read no prompt
        assert len((values.get("prompt") or values["text"]).split()) >= 5
    assert {"seed", "noise_seed"} & set(values)
    assert values["steps"] == prompt_steps(content, made)
    assert not {node["type"] for node in content["nodes"]} & {
        "KSampler",
        "FlowbrushSampler",
        "FlowbrushLoadModel",
    }


def prompt_steps(content, definition):
    """The value of `steps` in the nodes inside a subgraph, to which its own value leads."""
    (slot,) = [number for number, port in enumerate(definition["inputs"]) if port["name"] == "steps"]
    targets = {
        link["target_id"]
        for link in definition["links"]
        if (link["origin_id"], link["origin_slot"]) == (-10, slot)
    }
    converted = convert.load(FOLDER / f"{name_of(content)}.json", object_info())
    (host,) = [node["id"] for node in content["nodes"] if node["type"] == definition["id"]]
    (steps,) = {converted.nodes[f"{host}:{target}"].inputs["steps"] for target in targets}
    return steps


def name_of(content):
    """The name of the graph, from its Save Video."""
    saved = next(node for node in content["nodes"] if node["type"] == "SaveVideo")
    return saved["widgets_values"][0].removeprefix("video/")


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


def test_links_inside_a_subgraph_name_each_other_from_both_ends(graph):
    content = file_of(graph)
    for made in subgraphs_of(content):
        nodes = {node["id"]: node for node in made["nodes"]}
        for link in made["links"]:
            source, target = link["origin_id"], link["target_id"]
            output = (
                made["inputs"][link["origin_slot"]]
                if source == -10
                else nodes[source]["outputs"][link["origin_slot"]]
            )
            assert link["id"] in output["linkIds" if source == -10 else "links"]
            assert link["type"] == output["type"]
            if target == -20:
                assert link["id"] in made["outputs"][link["target_slot"]]["linkIds"]
            else:
                assert nodes[target]["inputs"][link["target_slot"]]["link"] == link["id"]


def test_ids_of_nodes_are_unique_over_all_levels(graph):
    """The canvas would renumber the nodes inside otherwise, and their names in the prompt would change."""
    ids = [node["id"] for node in all_nodes(file_of(graph))]
    assert len(ids) == len(set(ids))


def test_a_link_of_the_wrong_kind_is_refused_when_building():
    noise = Node("FlowbrushLatentNoise", {})
    with pytest.raises(ValueError, match="FlowbrushLatentNoise has no output 'IMAGE'"):
        noise["IMAGE"]


@pytest.mark.parametrize("document", [BALLOON_ALONE, BALLOONS_AND_CLOUDS, BOAT_AND_WATER, CLOUDS])
def test_the_documents_ask_for_motion(document):
    assert not parse(document).is_empty


def test_a_lane_whose_title_comfyuis_buttons_would_hide_begins_lower():
    lanes = [
        Group("1  Picture", "#fff", [Node("FlowbrushExampleImage", {}, extra_height=560)]),
        Group("2  Motion", "#fff", [Node("FlowbrushExampleImage", {}, width=800, extra_height=740)]),
        Group("3  Video", "#fff", [Node("FlowbrushExampleImage", {}, extra_height=560)]),
    ]
    written = Graph("high", "# High", lanes=[(lane,) for lane in lanes], about_at=(0, 1)).as_json()
    scale, offset = written["extra"]["ds"].values()
    tops = [(group["bounding"][1] + offset[1]) * scale for group in written["groups"]]
    assert tops[0] >= 88 and tops[2] >= 92
    assert tops[1] < 88  # nothing lies over the middle
