"""The benchmark of the joints of the long_shot graphs: what it reads from a graph, and a short joint of each kind."""

import pytest
from flowbrush.benchmarks.long_shot import LIMIT
from flowbrush.benchmarks.part_joints import GRAPHS, joint_row, parts_of, setting


@pytest.mark.parametrize("name", GRAPHS)
def test_the_lengths_are_those_of_the_graph(name):
    given = setting(name)
    assert given["whole"] == 2 * given["length"] - given["overlap"]


def test_a_joint_of_parts_that_drift_is_smooth_and_a_cut_is_not():
    first, second, overlap = parts_of("long_shot_h3", 96)
    ends = first[-16:], second[:16], overlap
    assert joint_row(*ends, "exact")[0]["worst"] <= LIMIT
    assert joint_row(*ends, "drift")[0]["worst"] <= LIMIT
    row, frames = joint_row(*ends, "cut")
    assert row["worst"] > 3 and len(frames) == 32 - overlap
