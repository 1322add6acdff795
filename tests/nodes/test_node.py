"""The base of all nodes."""

import pytest
from comfy_api.latest import io
from flowbrush.hosts import host
from flowbrush.hosts.headless import Cancelled
from flowbrush.interruption import check_interruption
from flowbrush.nodes import node_classes
from flowbrush.nodes.node import Node


class Slow(Node):
    @classmethod
    def execute(cls, rounds):
        """Rounds of work, each of which notices a cancel."""
        for _ in range(rounds):
            check_interruption()
        return io.NodeOutput(rounds)


def test_what_runs_in_a_node_ends_after_a_cancel():
    assert Slow.execute(rounds=3).args == (3,)
    host().cancelled.set()
    with pytest.raises(Cancelled):
        Slow.execute(3)


def test_work_outside_of_a_node_does_not_notice_it():
    Slow.execute(1)
    host().cancelled.set()
    check_interruption()


@pytest.mark.parametrize("node", node_classes(), ids=lambda node: node.__name__)
def test_every_node_has_this_base(node):
    assert issubclass(node, Node)
