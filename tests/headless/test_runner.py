import errno

import pytest
import torch
from comfy_api.latest import io
from flowbrush.hosts import host
from flowbrush.hosts.headless import Cancelled
from flowbrush.hosts.headless.graph import WorkflowError, parse
from flowbrush.hosts.headless.runner import NodeError, run
from flowbrush.hosts.headless.videos import read_video

pytestmark = pytest.mark.usefixtures("toys")


def node(class_type, title=None, **inputs):
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title or class_type}}


def chain(**mean):
    return {
        "1": node("Frames", count=4, seed=7, size="small"),
        "2": node("Mean", frames=["1", 0], **({"times": 1.0} | mean)),
    }


def test_a_chain_runs_and_shows_its_result():
    result = run(parse(chain()))
    expected = torch.rand(4, 16, 16, 3, generator=torch.Generator().manual_seed(7)).mean()
    assert result.outputs["2"] == [pytest.approx(float(expected))]
    assert result.texts() == [f"node 2: {float(expected):.4f}"]


def test_only_what_output_nodes_need_is_run_and_each_node_once():
    graph = chain() | {
        "3": node("Mean", frames=["1", 0], times=2.0),
        "4": node("Frames", count=1, seed=0, size="large"),
    }
    nodes = []
    run(parse(graph), on_node=lambda node, done, total: nodes.append((node.id, done, total)))
    assert nodes == [("1", 0, 3), ("2", 1, 3), ("3", 2, 3)]


def test_nodes_run_under_inference_mode(toys):
    modes = []
    execute = toys["Frames"].execute
    toys["Frames"].execute = classmethod(
        lambda cls, **inputs: (modes.append(torch.is_inference_mode_enabled()), execute(**inputs))[1]
    )
    try:
        run(parse(chain()))
    finally:
        toys["Frames"].execute = execute
    assert modes == [True]


def test_a_list_output_runs_the_next_node_for_each_entry():
    graph = {
        "1": node("Frames", count=3, seed=7, size="small"),
        "2": node("Each", frames=["1", 0]),
        "3": node("Mean", frames=["2", 0], times=1.0),
    }
    frames = torch.rand(3, 16, 16, 3, generator=torch.Generator().manual_seed(7))
    assert run(parse(graph)).texts() == [f"node 3: {float(frame.mean()):.4f}" for frame in frames]


def test_a_number_output_feeds_a_widget():
    graph = {
        "1": node("Frames", count=2, seed=1, size="small"),
        "2": node("Frames", count=["1", 1], seed=1, size="small"),
        "3": node("Mean", frames=["2", 0], times=1.0),
    }
    assert run(parse(graph)).outputs["3"] == run(parse(chain() | graph | {"2": graph["1"]})).outputs["3"]


def test_a_failing_node_is_named():
    with pytest.raises(NodeError, match='node 2 "Average": `times` is 0; it must be above 0'):
        graph = chain(times=0.0)
        graph["2"]["_meta"]["title"] = "Average"
        run(parse(graph))


class Unusual(Exception):
    """An error that derives from no other, as that of OpenCV does."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unusual("out of the ordinary"), "out of the ordinary"),
        (AssertionError(), "AssertionError"),
        (MemoryError(), "too little memory"),
        (Unusual("Insufficient memory (Failed to allocate 9 bytes)"), "too little memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/full/clip.mp4"), "the disk is full"),
    ],
)
def test_every_error_of_a_node_names_it(toys, error, words):
    class Failing(toys["Frames"]):
        @classmethod
        def execute(cls, **inputs):
            raise error

    toys["Frames"] = Failing
    with pytest.raises(NodeError, match=f"node 1 .*{words}"):
        run(parse(chain()))


def test_cancel_stops_before_the_next_node():
    nodes = []

    def cancel_at_first(node, done, total):
        nodes.append(node.id)
        host().cancelled.set()

    with pytest.raises(Cancelled):
        run(parse(chain()), on_node=cancel_at_first)
    assert nodes == ["1"]


def test_a_graph_that_changes_itself_is_refused(toys):
    class Expanding(toys["Frames"]):
        @classmethod
        def execute(cls, **inputs):
            return io.NodeOutput(expand={"9": {}})

    toys["Frames"] = Expanding
    with pytest.raises(NodeError, match="only ComfyUI can do"):
        run(parse(chain()))


def test_save_video_writes_what_it_was_given(folders):
    graph = {
        "1": node("Frames", count=5, seed=3, size="large"),
        "2": node("CreateVideo", images=["1", 0], fps=8.0),
        "3": node(
            "SaveVideo",
            video=["2", 0],
            filename_prefix="clips/noise",
            format="mp4",
            **{"format.codec": "h264", "format.codec.encoding": "re-encode"},
            **{"format.codec.encoding.crf": 1, "format.codec.encoding.color_space": "auto"},
        ),
    }
    (path,) = run(parse(graph)).files()
    assert path == folders / "output" / "clips" / "noise_00001_.mp4"
    frames, rate = read_video(path)
    assert frames.shape == (5, 32, 32, 3)
    assert rate == 8
    graph["3"]["inputs"]["format.codec"] = "av1"
    with pytest.raises(NodeError, match=r"only H\.264 in MP4"):
        run(parse(graph))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"1": node("Frames", count=10, seed=7, size="small")},
            "`count` of node 1 Frames is 10; the maximum is 9",
        ),
        (
            {"1": node("Frames", count=0, seed=7, size="small")},
            "`count` of node 1 Frames is 0; the minimum is 1",
        ),
        ({"1": node("Frames", count="x", seed=7, size="small")}, "must be a whole number"),
        ({"1": node("Frames", count=1, seed=7, size="huge")}, "the choices are: small, large"),
        ({"1": node("Frames", count=1, seed=7, size="small", grey="maybe")}, "must be true or false"),
        ({"1": node("Frames", seed=7, size="small")}, "`count` of node 1 Frames is missing"),
        ({"2": node("Mean", frames=["1", 0], times=float("nan"))}, "must be a finite number"),
        (
            {"2": node("Mean", frames=["1", 1], times=1)},
            "takes IMAGE, and that output of node 1 Frames is INT",
        ),
        ({"2": node("Mean", frames=["1", 5], times=1)}, "output 5 of node 1 Frames, which has 2"),
        ({"2": node("Mean", frames=["8", 0], times=1)}, "linked to node 8, which does not exist"),
        (
            {"2": node("Mean", frames=3, times=1)},
            "must be linked to an output of type IMAGE; it has the value 3",
        ),
        ({"1": node("Each", frames=["1", 0])}, "form a loop"),
        ({"2": node("Frames", count=1, seed=7, size="small")}, "no node that saves or shows anything"),
        ({"1": node("Nowhere")}, "There is no node `Nowhere`"),
    ],
)
def test_a_wrong_graph_is_refused_before_anything_runs(change, message):
    started = []
    with pytest.raises(ValueError, match=message):
        run(parse(chain() | change), on_node=lambda *call: started.append(call))
    assert not started


def test_a_node_may_refuse_its_inputs(toys):
    class Refusing(toys["Mean"]):
        @classmethod
        def validate_inputs(cls, times):
            return "one is the only number" if times != 1 else True

    toys["Mean"] = Refusing
    run(parse(chain()))
    with pytest.raises(WorkflowError, match="one is the only number"):
        run(parse(chain(times=7.0)))


def test_written_text_becomes_numbers_and_switches():
    graph = chain(times="1.0")
    graph["1"]["inputs"].update(count="4", seed="7", grey="false")
    assert run(parse(graph)).outputs == run(parse(chain())).outputs
