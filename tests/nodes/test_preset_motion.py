import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.presets import preset
from flowbrush.nodes.preset_motion import MotionFromPreset


def test_the_motion_loops_and_its_document_is_that_of_the_preset(picture):
    motion, document = MotionFromPreset.execute("flag", 48, picture).args
    assert document == preset("flag") and parse(document).is_seamless
    assert motion.frames == 48 and motion.aspect == 1 and motion.loops
    moved = motion.displacement_at([0.1, 1.0], 16, 16)
    assert moved[0].abs().max() > 0.1 and moved[1].abs().max() < 1e-3


def test_a_depth_picture_gives_the_camera_parallax(picture):
    depth = torch.linspace(0, 1, 32).expand(1, 32, 32)
    flat, deep = (MotionFromPreset.execute("drift", 8, picture, near).args[0] for near in (None, depth))
    away = flat.displacement(16, 16)[4] - deep.displacement(16, 16)[4]
    assert away.norm(dim=-1).max() > 0.2


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="preset"):
        MotionFromPreset.execute("moon", 8)


@pytest.mark.parametrize(
    "mask, said",
    [("mask", "`mask` is a str; connect a MASK"), (torch.zeros(0, 4, 4), r"`mask` has shape \[0, 4, 4\]")],
)
def test_what_is_no_mask_is_named(picture, mask, said):
    with pytest.raises(ValueError, match=said):
        MotionFromPreset.execute("waterfall", 9, image=picture, mask=mask)


def test_one_mask_needs_no_batch(picture):
    mask = torch.ones(16, 16)
    one, batch = (
        MotionFromPreset.execute("waterfall", 9, mask=given).args[1] for given in (mask, mask[None])
    )
    assert one == batch
