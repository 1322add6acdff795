import json

import pytest
import torch
from flowbrush.benchmarks.mattes import matte_scene, painted_roughly, scene_of_parts
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.matte import snapped_matte
from flowbrush.rendering.warp import warp_image

SIZE = 160


def disc_scene(size=SIZE, radius=0.25):
    """A grained red disc over grained blue, and its alpha."""
    at = (torch.arange(size) + 0.5) / size - 0.5
    distance = (at[None].square() + at[:, None].square()).sqrt()
    alpha = ((radius - distance) * size + 0.5).clamp(0, 1)
    grain = 0.1 * torch.rand(size, size, 3, generator=torch.Generator().manual_seed(0))
    behind, front = torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.8, 0.2, 0.1])
    return torch.lerp(behind.expand(size, size, 3), front, alpha[..., None]) + grain, alpha


def region(radius, snap=True, **motion):
    strokes = [{"radius": radius, "points": [[0.5, 0.5]]}]
    layer = {"region": {"strokes": strokes, "snap": snap}, "motion": motion or {"horizontal": 0.25}}
    return layer


def field(*layers):
    text = json.dumps({"flowbrush": "motion", "version": 2, "layers": list(layers)})
    return field_from_document(text, 5, aspect=1.0)


@pytest.mark.parametrize(("off", "share"), [(5, 0.4), (10, 0.3)])
def test_a_matte_is_far_nearer_to_the_true_alpha_than_what_was_painted(off, share):
    before, after = 0.0, 0.0
    for seed in range(6):
        picture, alpha = matte_scene(seed)
        painted = painted_roughly(alpha, off, seed)
        matte = snapped_matte(picture, painted)
        assert matte is not None and matte.min() >= 0 and matte.max() <= 1
        before += float((painted - alpha).abs().mean())
        after += float((matte - alpha).abs().mean())
    assert after < share * before


def test_a_part_of_another_colour_on_thin_stems_is_not_lost():
    for seed in (12, 15):
        picture, alpha, part = scene_of_parts(seed)
        matte = snapped_matte(picture, painted_roughly(alpha, 5, seed))
        assert matte is not None
        assert float((matte * part).sum() / part.sum()) > 0.75
        assert float((matte - alpha).abs().mean()) < 0.6 * float(
            (painted_roughly(alpha, 5, seed) - alpha).abs().mean()
        )


def test_the_edge_of_a_matte_is_soft_at_the_full_size_of_a_large_picture():
    picture, alpha = disc_scene(1024)
    matte = snapped_matte(picture, (alpha > 0).float())
    assert matte is not None
    assert (matte - alpha).abs().mean() < 0.002
    soft = (matte > 0.05) & (matte < 0.95)
    assert 0.3 < soft.sum() / ((alpha > 0.05) & (alpha < 0.95)).sum() < 4


def test_equal_pictures_and_regions_give_equal_mattes():
    from flowbrush.rendering import matte as module

    picture, alpha = matte_scene(3)
    painted = painted_roughly(alpha, 5, 3)
    first = snapped_matte(picture, painted)
    module._recent.__init__(1)  # nothing is remembered
    torch.rand(3)
    second = snapped_matte(picture, painted)
    assert first is not None and second is not None and torch.equal(first, second)


@pytest.mark.parametrize(
    "picture", [torch.full((64, 64, 3), 0.5), torch.zeros(64, 64, 3)], ids=["grey", "black"]
)
def test_in_a_picture_without_edges_nothing_is_found(picture):
    painted = torch.zeros(64, 64)
    painted[20:40, 20:40] = 1
    assert snapped_matte(picture, painted) is None


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_region_without_an_outline_has_no_matte(value):
    picture, _ = disc_scene(64)
    assert snapped_matte(picture, torch.full((64, 64), value)) is None


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match="must be"):
        snapped_matte(torch.zeros(8, 8, 3), torch.zeros(8, 9))


def test_a_region_that_snaps_takes_the_whole_object_and_nothing_else_along():
    picture, alpha = disc_scene()
    for radius in (0.22, 0.28):  # painted too small, and too large
        clip = warp_image(picture, field(region(radius)))
        moved = torch.roll(alpha, SIZE // 4, 1)
        assert clip.unsnapped == 0 and clip.snap_remark == ""
        assert (clip.moving[-1] - moved).abs().mean() < 0.007  # painted, it is 0.044
        # There is no fringe of the background's blue around the disc, and no red where it was.
        rim = (moved > 0.02) & (moved < 0.98)
        blue = torch.lerp(torch.tensor(0.75), torch.tensor(0.15), moved)
        assert (clip.frames[-1][..., 2] - blue)[rim].abs().mean() < 0.12
        left = (alpha > 0.5) & (moved < 0.001)
        assert (clip.frames[-1][..., 0][left] < 0.3).float().mean() > 0.99


def test_a_region_without_an_object_keeps_what_was_painted_and_says_so():
    plain = torch.full((SIZE, SIZE, 3), 0.4)
    clip = warp_image(plain, field(region(0.2)))
    painted = warp_image(plain, field(region(0.2, snap=False)))
    assert torch.equal(clip.moving, painted.moving)
    assert clip.unsnapped == 1 and "painted outline" in clip.snap_remark


def test_behind_the_unpainted_part_the_hole_snaps_too():
    picture, alpha = disc_scene()
    behind = {**region(0.28), "order": -1}
    motion = field(behind).in_layers(SIZE, SIZE)
    from flowbrush.rendering.snapped_motion import snapped_motion

    snapped = snapped_motion(motion, picture)
    first, unpainted = snapped.layers
    assert (first.cover - alpha).abs().mean() < 0.007
    assert torch.allclose(unpainted.cover, 1 - first.cover)


def test_without_a_picture_the_field_keeps_what_was_painted():
    snapping, painted = field(region(0.28)), field(region(0.28, snap=False))
    assert torch.equal(snapping.displacement(32, 32), painted.displacement(32, 32))
    assert torch.equal(snapping.moving(32, 32), painted.moving(32, 32))
