"""The soak on a toy graph: cancels are counted by node, and problems are told."""

import time

import pytest
from comfy_api.latest import io
from flowbrush.benchmarks.soak import Soak, Stage, soak
from flowbrush.hosts import host
from flowbrush.hosts.headless import registry
from flowbrush.hosts.headless.graph import parse


class Slow(io.ComfyNode):
    """Takes a second, and looks for a cancel all the time."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="Slow", inputs=[], outputs=[io.Int.Output()], is_output_node=True)

    @classmethod
    def execute(cls):
        for _ in range(100):
            host().check_cancel()
            time.sleep(0.01)
        return io.NodeOutput(1)


@pytest.fixture
def toys(monkeypatch):
    monkeypatch.setattr(registry, "node_classes", lambda: {"Slow": Slow})


def test_cancels_are_counted_by_node(toys, tmp_path):
    found = soak(lambda: parse({"1": {"class_type": "Slow", "inputs": {}}}), 6, 0, tmp_path)
    stage = found.stages["Slow"]
    assert len(stage.waits) + stage.finished == 3
    assert len(stage.waits) >= 2
    assert found.completed == 3 + stage.finished
    assert len(found.memory) == 6
    assert found.problems() == []
    assert "Slow" in found.table()


def test_problems_are_told():
    found = Soak(stages={"Slow": Stage(waits=[12.0])}, memory=[100.0] * 4 + [400.0] * 4, left=["a.part"])
    assert found.problems() == [
        "Slow went on for 12.0 s after a cancel",
        "memory grew by 300 MB",
        "a partial file was left: a.part",
    ]
