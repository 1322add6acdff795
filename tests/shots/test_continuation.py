"""Shots of a list that go on where the one before ends."""

import json

import pytest
from flowbrush.hosts.headless.graph import Link, parse
from flowbrush.hosts.headless.media import read_media
from flowbrush.hosts.headless.pictures import read_image
from flowbrush.motion import field_from_document
from flowbrush.motion.continuation.joint import joint_ratios
from flowbrush.motion.document import parse as parse_document
from flowbrush.rendering import warp_image
from flowbrush.shots.continuation import BEFORE, continued_graph, model_frames
from flowbrush.shots.planning import continued, planned
from flowbrush.shots.problems import ListError
from flowbrush.shots.shot_list import read_list

from .conftest import CHAIN_FRAMES as FRAMES
from .conftest import moving, node, workflow


def test_the_graph_begins_with_the_picture_and_carries_the_motion_of_the_shot_before_on(chain, known):
    first, second, third, _ = planned(read_list(chain), known, here=True)
    made = continued(second, first, first.graph, "last.png", known).graph
    (extend,) = [node for node in made.nodes.values() if node.class_type == "FlowbrushExtendShot"]
    assert extend.inputs["starts_at"] == FRAMES - 3 and extend.inputs["length"] == FRAMES
    assert extend.inputs["motion"] == Link(f"{BEFORE} 2", 0)
    assert made.nodes[f"{BEFORE} 1"].inputs["image"].endswith("stone.png")
    picture = made.nodes["3"].inputs["image"].node_id
    assert made.nodes[picture].inputs["image"] == "last.png"
    for number in ("3", "6"):
        assert made.nodes[number].inputs["motion"] == Link(extend.id, 1)
    assert "motion" in first.graph.nodes["3"].inputs and first.graph.nodes["3"].inputs["motion"] == Link(
        "2", 0
    )
    again = continued(third, second, made, "later.png", known).graph
    assert again.nodes[f"{BEFORE} {extend.id}"].inputs["motion"] == Link(f"{BEFORE} {BEFORE} 2", 0)


def test_a_shot_with_a_motion_of_its_own_takes_over_only_the_last_picture(chain, known):
    chain.write_text(chain.read_text().replace("continue 3", "continue picture"))
    first, second, *_ = planned(read_list(chain), known, here=True)
    made = continued(second, first, first.graph, "last.png", known).graph
    assert "FlowbrushExtendShot" not in [node.class_type for node in made.nodes.values()]
    assert made.nodes["2"].inputs["image"] == made.nodes["3"].inputs["image"] != Link("1", 0)
    assert made.nodes["3"].inputs["motion"] == Link("2", 0)


def graph_with(**more):
    return parse(workflow() | more)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (graph_with(**{"9": node("LoadImage", image="x.png")}), "its workflow has 2 pictures, and needs one"),
        (
            graph_with(
                **{
                    "9": node("FlowbrushMotionBrush", length=5),
                    "10": node("FlowbrushWarpImage", image=["1", 0], motion=["9", 0]),
                }
            ),
            r"several motions \(node 2 FlowbrushMotionBrush, node 9 FlowbrushMotionBrush\)",
        ),
    ],
)
def test_a_workflow_that_does_not_tell_what_continues_is_refused(chain, known, graph, message):
    (row,) = read_list(chain)[1:2]
    with pytest.raises(ValueError, match=message):
        continued_graph(graph, graph, row.transition, 2, "x.png", known)


def test_lengths_that_differ_are_named(known):
    graph = graph_with()
    graph.nodes["7"].inputs["length"] = 9
    with pytest.raises(ValueError, match="the lengths 5, 9; a shot that continues or is continued needs one"):
        model_frames(graph, known)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("continue 12", "it shares 12 frames, but the shot before has 9; share at most 9"),
        ("continue 9", "it shares 9 frames and has 9, so that nothing new is left"),
        ("continue 0", "the value is 'continue 0'; the shared frames of `continue` must be above 0"),
        ("go on", "the value is 'go on'; it must be `cut`, `dissolve` with seconds"),
    ],
)
def test_a_continuation_that_cannot_be_is_told_before_anything_is_rendered(chain, known, text, message):
    chain.write_text(chain.read_text().replace("continue 3", text))
    with pytest.raises(ListError, match=message) as error:
        planned(read_list(chain), known, here=True)
    assert "Row 3 (two), column `transition`: " in str(error.value)


def test_the_first_shot_cannot_continue_another(chain):
    chain.write_text(chain.read_text().replace("stone.png,", "stone.png,continue"))
    with pytest.raises(ListError, match="'continue 5', but no shot comes before it to be continued"):
        read_list(chain)


@pytest.mark.slow
def test_continued_shots_are_one_motion_over_the_joints(folder, chain, rendered):
    film = folder / "film.mp4"
    status, results = rendered(chain, "--workers", "2", "--join", str(film))
    assert status == 0
    whole = FRAMES + FRAMES - 3 + FRAMES - 5
    frames = read_media(film).images
    assert len(frames) == whole + FRAMES
    # The joined film shows what one warp of the whole length shows, after it went through a video file as often as the shots did.
    document = moving(0.1 * (whole - 1) / (FRAMES - 1))
    field = field_from_document(parse_document(json.dumps(document)), whole)
    ideal = warp_image(read_image(folder / "stone.png")[0][0], field, behind="smooth").frames
    error = (frames[:whole] - ideal).abs().mean((1, 2, 3))
    assert error.max() < 2 * error[0]  # the error of the video files, which grows a little from file to file
    joints = [(FRAMES - 3, FRAMES - 1), (2 * FRAMES - 8, 2 * FRAMES - 4)]
    assert joint_ratios(frames[:whole], joints).worst <= 1.2
    assert all(result["followed"] > 80 for result in results.values())

    before = {path: path.stat().st_mtime_ns for path in rendered.out.glob("*/done.json")}
    assert rendered(chain)[0] == 0
    assert {path: path.stat().st_mtime_ns for path in rendered.out.glob("*/done.json")} == before
    page = (rendered.out / "index.html").read_text()
    assert page.count("goes on from the shot before") == 2


@pytest.mark.slow
def test_a_shot_whose_predecessor_failed_is_not_rendered_and_says_why(folder, chain, rendered):
    good = (folder / "stone.png").read_bytes()
    (folder / "stone.png").write_text("no picture")
    status, results = rendered(chain, "--tries", "1")
    assert status == 1
    assert [result["state"] for result in results.values()] == ["failed", "failed", "failed", "done"]
    assert results["two"]["errors"] == ["one, which it continues, is not finished."]
    assert results["three"]["errors"] == ["two, which it continues, is not finished."]
    (folder / "stone.png").write_bytes(good)
    assert rendered(chain)[0] == 0
