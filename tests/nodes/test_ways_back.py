"""Motion from Camera and Motion from Masks."""

import pytest
import torch
from flowbrush.hosts import host
from flowbrush.nodes.brush import MotionBrush
from flowbrush.nodes.camera import CameraMotion
from flowbrush.nodes.camera_embedding import CameraEmbedding, MotionFromCamera
from flowbrush.nodes.clean_plate import CleanPlate
from flowbrush.nodes.combine import CombineMotion
from flowbrush.nodes.mask_motion import MotionFromMasks

STILL = {"pan": 0.0, "tilt": 0.0, "truck": 0.0, "pedestal": 0.0, "dolly": 0.0, "zoom": 1.0, "roll": 0.0}


def camera(length=9, **moves):
    values = STILL | moves
    return CameraMotion.execute(length=length, field_of_view=50.0, ease="ease_in", **values)[0]


def sliding_square(frames=5, step=6):
    masks = torch.zeros(frames, 64, 96)
    for t in range(frames):
        masks[t, 20:40, 12 + step * t : 32 + step * t] = 1
    return masks


def test_a_camera_goes_into_an_embedding_and_comes_back():
    motion = camera(truck=0.2, zoom=1.3)
    embedding, width, height, length = CameraEmbedding.execute(motion, 64, 32, 4.0).args
    assert (width, height, length) == (64, 32, 9)
    back = MotionFromCamera.execute(embedding, 0, 4.0)[0]
    torch.testing.assert_close(back.displacement(32, 64), motion.displacement(32, 64), atol=2e-3, rtol=1e-4)
    assert MotionFromCamera.execute(embedding, 33, 4.0)[0].frames == 33


def test_sizes_and_lengths_that_models_cannot_take_are_refused():
    with pytest.raises(ValueError, match="`width` is 60; it must be a multiple of 16: try 64"):
        CameraEmbedding.execute(camera(pan=5), 60, 32, 4.0)
    with pytest.raises(
        ValueError, match="`motion` is 8; a causal video VAE needs 4k+1 frames: try 9".replace("+", ".")
    ):
        CameraEmbedding.execute(camera(8, pan=5), 64, 32, 4.0)


def test_masks_become_a_region_that_goes_along():
    motion, overlap = MotionFromMasks.execute(sliding_square(), 0, True, True).args
    moved = motion.displacement(64, 96)[-1]
    torch.testing.assert_close(moved[30, 22], torch.tensor([24.0, 0.0]), atol=0.7, rtol=0)
    assert moved[5, 5].tolist() == [0, 0]
    assert overlap > 0.9
    assert MotionFromMasks.execute(sliding_square(), 9, False, False)[0].frames == 9


def test_a_followed_object_and_a_read_camera_combine():
    embedding = CameraEmbedding.execute(camera(5, truck=0.125), 96, 64, 4.0)[0]
    seen = MotionFromCamera.execute(embedding, 0, 4.0)[0]
    followed = MotionFromMasks.execute(sliding_square(), 0, False, False)[0]
    both = CombineMotion.execute(motion_1=followed, motion_2=seen)[0].displacement(64, 96)[-1]
    torch.testing.assert_close(both[30, 22], torch.tensor([12.0, 0.0]), atol=0.7, rtol=0)
    torch.testing.assert_close(both[5, 5], torch.tensor([-12.0, 0.0]), atol=0.05, rtol=0)


def test_one_mask_is_no_motion():
    with pytest.raises(ValueError, match="`masks` holds 1 mask"):
        MotionFromMasks.execute(torch.ones(8, 8), 0, True, True)


@pytest.fixture
def notices(monkeypatch):
    """The sentences that nodes give the user."""
    said: list[str] = []
    monkeypatch.setattr(host(), "notice", said.append)
    return said


def test_a_cut_off_edge_is_mentioned(notices):
    masks = torch.zeros(4, 64, 96)
    for t in range(4):
        masks[t, : 20 + 5 * t] = 1
    motion = MotionFromMasks.execute(masks, 0, True, True)[0]
    torch.testing.assert_close(
        motion.displacement(64, 96)[-1, 10, 50], torch.tensor([0.0, 15.0]), atol=0.3, rtol=0
    )
    assert len(notices) == 1
    assert "shows no movement to the left or right" in notices[0]


def test_a_placeholder_mask_is_mentioned(notices, picture):
    empty = torch.zeros(1, 64, 64)
    with pytest.raises(ValueError, match="`masks` is empty; Load Image gives an empty mask of 64x64"):
        MotionFromMasks.execute(empty, 0, True, True)
    document = (
        '{"flowbrush": "motion", "version": 1, "layers": [{"name": "cloud", "region": {"mask": 0}, '
        '"motion": {"horizontal": 0.2}}]}'
    )
    MotionBrush.execute(document, 5, masks=empty)
    CleanPlate.execute(picture, 0, 0, mask=empty)
    assert ["layer 'cloud' has no effect" in notices[0], "removes nothing" in notices[1]] == [True, True]
    MotionBrush.execute(document, 5, masks=torch.eye(64)[None])
    assert len(notices) == 2


def test_bytes_as_masks_are_mentioned(notices):
    masks = sliding_square()
    moved = [
        MotionFromMasks.execute(m, 0, False, False)[0].displacement(64, 96) for m in (masks, masks * 255)
    ]
    assert torch.equal(*moved)
    assert ["divided by 255" in sentence for sentence in notices] == [True]


def test_faint_masks_move_as_far_as_full_ones(capsys):
    full, faint = (
        MotionFromMasks.execute(masks, 0, False, False)[0].displacement(64, 96)
        for masks in (sliding_square(), sliding_square() * 0.4)
    )
    torch.testing.assert_close(faint, full)
    assert "`masks` nowhere exceeds 0.40" in capsys.readouterr().err
