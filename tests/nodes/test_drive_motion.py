import pytest
import torch
from flowbrush.nodes.drive_motion import DRIVERS, DriveMotion

GIVEN = {
    "audio": {"waveform": torch.rand(1, 2, 16000) - 0.5, "sample_rate": 16000},
    "numbers": [0.0, 1.0, 0.5],
    "masks": torch.eye(12)[:, :, None].expand(12, 12, 12),
}


@pytest.mark.parametrize("by", [by for by in DRIVERS if by not in ("pose", "face")])
def test_every_choice_gives_a_motion_of_the_same_length(by, motion):
    driven = DriveMotion.execute(motion, by, 24.0, 120.0, "", **GIVEN)[0]
    assert driven.frames == motion.frames and driven.fingerprint() != motion.fingerprint()
    assert torch.isfinite(driven.displacement(8, 8)).all()


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("level", "audio"),
        ("numbers", "numbers"),
        ("masks", "masks"),
        ("pose", "keypoints"),
        ("face", "face_landmarks"),
    ],
)
def test_what_is_not_connected_is_named(by, name, motion):
    with pytest.raises(ValueError, match=f"`{name}` is missing"):
        DriveMotion.execute(motion, by, 24.0, 120.0, "")


@pytest.mark.parametrize("numbers", [1.0, [], [0.0, float("nan")]])
def test_too_few_numbers_are_refused(numbers, motion):
    with pytest.raises(ValueError, match="numbers"):
        DriveMotion.execute(motion, "numbers", 24.0, 120.0, "", numbers=numbers)
