import json

import pytest
import torch
from flowbrush.motion.document.document import Camera, Keyframe
from flowbrush.motion.field.camera import CameraMotion
from flowbrush.motion.field.field import MotionField, camera_field, field_from_document, field_from_flow

SIZE = 48


def field(*layers, camera=None, frames=5):
    document = {"flowbrush": "motion", "version": 2, "layers": list(layers)}
    if camera:
        document["camera"] = {"keyframes": [{"time": 0}, {"time": 1, **camera}]}
    return field_from_document(json.dumps(document), frames, aspect=1.0)


def disc(x, y, radius=0.15, **more):
    return {"region": {"strokes": [{"radius": radius, "points": [[x, y]]}]}, **more}


def test_a_layer_carries_places_as_the_field_carries_its_own_points():
    motion = field(
        disc(0.3, 0.4, motion={"rotation": 50, "horizontal": 0.2}), camera={"zoom": 1.3, "roll": 5}
    )
    layers = motion.in_layers(SIZE, SIZE)
    assert [layer.index for layer in layers.layers] == [-1, 0]
    at = (torch.arange(SIZE) + 0.5) / SIZE
    places = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).reshape(-1, 2)
    wanted = motion.displacement(SIZE, SIZE).reshape(5, -1, 2) / SIZE + places
    own = motion.moving(SIZE, SIZE).reshape(-1)
    for index, mine in ((0, own > 0.999), (-1, own < 0.001)):
        found = layers.positions(index, motion.times, places[mine])
        torch.testing.assert_close(found, wanted[:, mine], atol=1e-5, rtol=0)


def test_order_decides_what_lies_behind_the_unpainted_picture():
    layers = field(
        disc(0.2, 0.2, order=2, motion={"horizontal": 0.1}),
        disc(0.5, 0.5, order=-1, motion={"horizontal": 0.1}),
        disc(0.8, 0.8, order=1, motion={"horizontal": 0.1}),
    ).in_layers(SIZE, SIZE)
    assert [layer.index for layer in layers.layers] == [0, -1, 1, 2]
    unpainted = layers.layers[1]
    assert unpainted.cover[24, 24] == 0 and unpainted.cover[4, 4] == 1


def test_only_what_nothing_moves_is_still():
    frozen = disc(0.5, 0.5, freeze=True)
    assert [layer.still for layer in field(frozen).in_layers(SIZE, SIZE).layers] == [True, True]
    panned = field(frozen, camera={"pan": 5}).in_layers(SIZE, SIZE)
    assert [layer.still for layer in panned.layers] == [False, True]


def test_a_wide_layer_changes_the_motion_of_those_behind_it():
    wide = disc(0.5, 0.5, 0.2, motion={"horizontal": 0.1})
    wide["region"]["feather"] = 0.3
    layers = field(disc(0.5, 0.5, 0.1, motion={"vertical": 0.2}), wide).in_layers(SIZE, SIZE)
    assert [layer.index for layer in layers.layers] == [-1, 0]
    middle, corner = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.02, 0.02]])
    assert layers.positions(-1, [1.0], middle)[0, 0].tolist() == pytest.approx([0.6, 0.5], abs=1e-3)
    assert layers.positions(-1, [1.0], corner)[0, 0].tolist() == pytest.approx([0.02, 0.02], abs=1e-6)
    assert layers.layers[0].activity[24, 24] > 0.99 and layers.layers[0].activity[0, 0] == 0


def test_a_wide_edge_that_the_motion_would_fold_belongs_to_a_layer():
    def soft(**motion):
        wide = disc(0.5, 0.5, 0.2, name="smoke", motion=motion)
        wide["region"]["feather"] = 0.2
        return field(wide).in_layers(SIZE, SIZE)

    little, far = soft(horizontal=0.08), soft(horizontal=0.4)
    assert [layer.index for layer in little.layers] == [-1] and little.fading == ["smoke"]
    assert [layer.index for layer in far.layers] == [-1, 0] and far.fading == []
    cover = far.layers[1].cover
    assert ((cover > 0.1) & (cover < 0.9)).sum() > 200  # the matte is as soft as the region
    corner = torch.tensor([[0.02, 0.5]])
    assert far.positions(-1, [1.0], corner)[0, 0].tolist() == pytest.approx([0.02, 0.5], abs=1e-6)
    assert [layer.index for layer in soft(rotation=170).layers] == [-1, 0]


def test_dense_motions_do_not_move_in_layers():
    assert field_from_flow(torch.zeros(3, 8, 8, 2)).in_layers(SIZE, SIZE) is None
    camera = Camera((Keyframe(time=1, truck=0.1),))
    layers = MotionField(3, cameras=[CameraMotion(camera)]).in_layers(SIZE, SIZE)
    assert layers is not None and layers.depths is None


def test_points_of_a_layer_move_with_the_parallax_of_the_depth_map_or_of_a_given_depth():
    depth = torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(2))
    motion = camera_field(Camera((Keyframe(time=1, truck=0.1),)), 3, depth)
    layers = motion.in_layers(SIZE, SIZE)
    assert layers.depths.shape == (1, SIZE, SIZE)
    at = (torch.arange(SIZE) + 0.5) / SIZE
    places = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).reshape(-1, 2)
    wanted = motion.displacement(SIZE, SIZE).reshape(3, -1, 2) / SIZE + places
    torch.testing.assert_close(layers.positions(-1, motion.times, places), wanted, atol=1e-5, rtol=0)
    found = layers.positions(-1, motion.times, places, layers.depths.flatten(1).flip(1))
    assert (found - wanted)[-1].abs().max() > 0.01


def test_the_copies_of_a_flow_keep_their_places_under_a_wide_edged_region():
    sea = {"region": {"polygons": [{"points": [[0, 0.7], [1, 0.7], [1, 1], [0, 1]]}], "feather": 0.2}}
    sea["motion"] = {"ambient": {"amount": 0.01, "speed": 2}}
    clouds = {"region": {"polygons": [{"points": [[0, 0], [1, 0], [1, 0.5], [0, 0.5]]}], "feather": 0.02}}
    clouds["motion"] = {"horizontal": 0.3, "flow": {"speed": 0.1, "reach": 0.1, "hold": 0.05}}
    text = json.dumps({"version": 2, "layers": [clouds, sea], "loop": "seamless"})
    layers = field_from_document(text, 8, aspect=1.0).in_layers(32, 32)
    place, times = torch.tensor([[0.5, 0.25]]), [0.25, 0.5]
    flowing = next(layer for layer in layers.layers if layer.flows)
    first, second = (
        layers.positions(index, times, place)[:, 0, 0] for index in (flowing.index, flowing.second)
    )
    assert first.tolist() == pytest.approx([0.525, 0.55], abs=2e-3)
    assert second.tolist() == pytest.approx([0.425, 0.45], abs=2e-3)
