import json
import math

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import MotionField, field_from_document, field_from_flow, painted_layers
from flowbrush.motion.field.region import Grid
from flowbrush.motion.preview.layer_mesh import UNPAINTED, FieldMeshes
from flowbrush.motion.preview.mesh_nodes import even_nodes

SIDE = 512
FRAMES = 5
DISC = {"strokes": [{"radius": 0.2, "points": [[0.4, 0.45], [0.5, 0.5]]}]}
BOX = {"polygons": [{"points": [[0.55, 0.55], [0.9, 0.55], [0.9, 0.9], [0.55, 0.9]]}]}
CAMERA = [{"time": 1, "pan": 6, "tilt": -3, "dolly": 0.15, "roll": 8, "zoom": 1.1}]
SOFT = {"polygons": [{"points": [[-0.2, -0.2], [1.2, -0.2], [1.2, 0.4], [-0.2, 0.4]]}], "feather": 0.25}


def layer(region, order=0, freeze=False, **motion):
    return {"region": region, "motion": motion, "order": order, "freeze": freeze}


def field(*layers, camera=(), aspect=1.0, **more) -> MotionField:
    document = {"version": 2, "layers": list(layers), "camera": {"keyframes": list(camera)}}
    return field_from_document(json.dumps(document), FRAMES, aspect=aspect, **more)


def meshes_of(motion, side=256) -> FieldMeshes:
    grid = Grid(side, round(side * motion.aspect), motion.aspect)
    return FieldMeshes(motion, grid, [layer.coverage(grid) for layer in motion.layers])


def interpolated(nodes, positions: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where points [P,2] (0..1) are at each time, [N,P,2], bilinear in the cells of a mesh."""

    def cells(lines, at):
        cell = np.clip(np.searchsorted(lines, at, side="right") - 1, 0, len(lines) - 2)
        return cell, ((at - lines[cell]) / (lines[cell + 1] - lines[cell]))[:, None]

    (column, x), (row, y) = cells(nodes.across, points[:, 0]), cells(nodes.down, points[:, 1])
    top = positions[:, row, column] * (1 - x) + positions[:, row, column + 1] * x
    bottom = positions[:, row + 1, column] * (1 - x) + positions[:, row + 1, column + 1] * x
    return top * (1 - y) + bottom * y


def drawn_by(meshes, index, points):
    """Where points [P,2] (0..1) of a layer are drawn at each time of its field."""
    nodes = meshes.nodes(index)
    return interpolated(nodes, meshes.positions(index, meshes.field.times, nodes), points)


def size_of(nodes):
    """Rows and columns of a mesh."""
    return len(nodes.down) - 1, len(nodes.across) - 1


def away(motion, index, weight=1.0, quantile=1.0):
    """How far the mesh is from the field where the layer owns so much of the picture and no crisp edge runs, in pixels
    of a picture of SIDE high."""
    height, width = SIDE, round(SIDE * motion.aspect)
    grid = Grid(height, width, motion.aspect)
    left, inside = np.ones((height, width), np.float32), None
    whole = np.ones((height, width), bool)
    for number in reversed(range(len(motion.layers))):
        exact = motion.layers[number].coverage(grid).exact
        if number == index:
            inside = exact * left
        left = left * (1 - exact)
        if motion.layers[number].edge_width < 0.1:
            whole &= (exact == 0) | (exact == 1)
    inside = left if index == UNPAINTED else inside
    rows, columns = np.nonzero((inside >= weight) & whole)
    assert len(rows) > 1000
    chosen = np.random.default_rng(0).permutation(len(rows))[:4000]
    pixels = np.stack([columns[chosen] + 0.5, rows[chosen] + 0.5], 1).astype(np.float32)
    exact = motion.displacement_of(torch.from_numpy(pixels), height, width).numpy() + pixels
    mesh = drawn_by(meshes_of(motion), index, pixels / [width, height]) * [width, height]
    return float(np.quantile(np.linalg.norm(mesh - exact, axis=-1), quantile))


@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 0.6])
@pytest.mark.parametrize(
    "motion",
    [
        {"horizontal": 0.2, "vertical": -0.1},
        {"rotation": 70, "pivot": [0.3, 0.6]},
        {"rotation": -30, "proximity": 0.8, "horizontal": 0.1, "ease": "ease_in_out"},
        {"paths": [{"points": [[0.4, 0.4], [0.7, 0.2], [0.8, 0.6]]}]},
    ],
)
def test_an_affine_mesh_is_the_field_inside_its_layer(motion, aspect):
    moving = field(layer(DISC, **motion), layer(BOX, order=-1, vertical=0.3), aspect=aspect)
    for index in (0, 1, UNPAINTED):
        assert size_of(meshes_of(moving).nodes(index)) == (2, 2)
        assert away(moving, index) < 1e-5 * SIDE * 10  # float32 pixels; the mesh itself is good to 1e-6


def test_an_affine_mesh_is_exact_in_coordinates_of_the_picture():
    moving = field(layer({"everything": True}, rotation=40, proximity=0.5, horizontal=0.2), aspect=1.5)
    points = np.random.default_rng(1).random((500, 2)).astype(np.float32)
    mesh = drawn_by(meshes_of(moving), 0, points)
    size = torch.tensor([1.5, 1.0])
    exact = moving.displacement_of(torch.from_numpy(points) * size * 64, 64, 96).numpy() / [96, 64]
    assert np.abs(mesh - points - exact).max() < 1e-5


@pytest.mark.parametrize("aspect", [1.0, 16 / 9])
@pytest.mark.parametrize(
    "motion",
    [
        {"ambient": {"amount": 0.03, "speed": 2, "seed": 5}},
        {
            "paths": [
                {"points": [[0.35, 0.4], [0.32, 0.36]]},
                {"points": [[0.55, 0.5], [0.58, 0.54]]},
                {"points": [[0.4, 0.55], [0.4, 0.57]]},
            ]
        },
        {"horizontal": 0.1, "rotation": 15},
    ],
)
def test_a_bending_mesh_under_a_camera_is_within_a_tenth_of_a_pixel(motion, aspect):
    moving = field(layer(DISC, **motion), layer(BOX, freeze=True), camera=CAMERA, aspect=aspect)
    for index in (0, 1, UNPAINTED):
        assert away(moving, index) < 0.1


def test_the_lines_of_a_mesh_crowd_where_points_are_pulled_far_apart():
    pulls = [[[0.35, 0.4], [0.3, 0.3]], [[0.55, 0.5], [0.7, 0.6]], [[0.4, 0.55], [0.4, 0.6]]]
    moving = field(layer(DISC, paths=[{"points": points} for points in pulls]))
    assert away(moving, 0) < 0.1
    for lines in meshes_of(moving).nodes(0):
        cells = np.diff(lines)
        assert 0.15 < lines[0] < 0.3 and 0.65 < lines[-1] < 0.75  # the part of the layer, with a margin
        assert cells.max() > 2 * cells.min()


def test_a_mesh_of_few_vertices_is_as_near_as_they_allow():
    pulls = [[[0.35, 0.4], [0.3, 0.3]], [[0.55, 0.5], [0.7, 0.6]], [[0.4, 0.55], [0.4, 0.6]]]
    moving = field(layer(DISC, paths=[{"points": points} for points in pulls]))
    grid = Grid(256, 256, 1.0)
    few = FieldMeshes(moving, grid, [layer.coverage(grid) for layer in moving.layers], 700).nodes(0)
    assert 500 < few.vertices <= 700 < meshes_of(moving).nodes(0).vertices


def test_a_strong_camera_gets_a_finer_mesh():
    gentle, strong = (field(layer(DISC), camera=[{"time": 1, "pan": pan, "dolly": 0.3}]) for pan in (3, 30))
    assert meshes_of(gentle).nodes(0).vertices < meshes_of(strong).nodes(0).vertices
    assert away(strong, UNPAINTED) < 0.1


def test_depth_gives_the_mesh_parallax():
    y, x = torch.meshgrid(torch.linspace(0, 1, 64), torch.linspace(0, 1, 64), indexing="ij")
    depth = (0.5 + 0.3 * torch.sin(3 * x) * torch.cos(2 * y)).clamp(0, 1)
    moving = field(layer(DISC, horizontal=0.1), camera=[{"time": 1, "truck": 0.1, "dolly": 0.1}], depth=depth)
    assert away(moving, 0) < 0.5 and away(moving, UNPAINTED) < 0.5


def test_a_frozen_layer_does_not_follow_the_camera():
    meshes = meshes_of(field(layer(DISC, freeze=True), camera=CAMERA))
    still = meshes.positions(0, meshes.field.times)
    assert still.shape[1:3] == (3, 3)
    assert np.abs(still - still[:1]).max() == 0
    assert np.abs(meshes.positions(UNPAINTED, np.array([1.0]))[0] - 0.5).max() > 0.6


def test_meshes_agree_with_the_field_across_a_wide_edge():
    moving = field(layer(SOFT, horizontal=0.1), layer(BOX, order=1, vertical=0.2))
    assert moving.layers[0].edge_width == 0.25
    for index in (0, UNPAINTED):
        assert away(moving, index, 0.3) < 0.1  # also where the field stretches between the two
    crisp = meshes_of(moving)
    assert size_of(crisp.nodes(1)) == (2, 2)  # in front of the wide edge: its own motion alone


def test_the_camera_fades_out_across_the_wide_edge_of_what_is_frozen():
    moving = field(layer(SOFT, freeze=True), camera=[{"time": 1, "pan": 3}])
    assert away(moving, 0, 0.3) < 0.5 and away(moving, UNPAINTED, 0.3) < 0.5


def test_shares_fill_the_picture():
    moving = field(
        layer(DISC, order=1, horizontal=0.1),
        layer(BOX | {"feather": 0.1}, order=-1, rotation=5),
        layer(SOFT, freeze=True),
        layer({"strokes": [{"radius": 0.3, "hardness": 0, "points": [[0.5, 0.5]]}]}, vertical=0.1),
    )
    shares = meshes_of(moving).shares
    total = sum(share.astype(int) for share in shares.values())
    assert set(shares) == {0, 1, 2, 3, UNPAINTED} and (total == 255).all()
    height = width = 256
    for number in range(4):
        share = moving.shares(height, width)[number].soft.reshape(height, width).numpy()
        assert np.abs(shares[number] / 255 - share).max() < 1.1 / 255


def test_layers_are_drawn_back_to_front_with_the_picture_between():
    layers = [layer(DISC, order=2), layer(BOX, order=-3), layer(SOFT), layer({}), layer(DISC, order=-1)]
    document = parse(json.dumps({"layers": layers, "version": 2}))
    meshes = meshes_of(field(*layers))
    painted = painted_layers(document)
    drawn = [UNPAINTED if index == UNPAINTED else painted[index] for index in meshes.drawing_order]
    assert drawn == [1, 4, UNPAINTED, 2, 0]


def test_only_what_starts_again_jumps():
    meshes = meshes_of(
        field(
            layer(DISC, horizontal=0.1, loop="repeat", end=0.5), layer(BOX, horizontal=0.1, loop="pingpong")
        )
    )
    assert [meshes.jumps(index) for index in (0, 1, UNPAINTED)] == [True, False, False]


def test_time_zero_is_the_picture_itself():
    moving = field(layer(DISC, rotation=math.degrees(1), ambient={"amount": 0.1}), camera=CAMERA)
    y, x = np.meshgrid(np.linspace(0, 1, 4), np.linspace(0, 1, 4), indexing="ij")
    meshes = meshes_of(moving)
    for index in (0, UNPAINTED):
        first = meshes.positions(index, np.zeros(1), even_nodes(3, 3))[0]
        assert np.abs(first - np.stack([x, y], -1)).max() < 1e-6


def test_measured_motion_has_no_mesh():
    measured = field_from_flow(torch.zeros(3, 8, 8, 2))
    with pytest.raises(ValueError, match="measured from a video"):
        FieldMeshes(measured, Grid(8, 8, 1.0), [])
