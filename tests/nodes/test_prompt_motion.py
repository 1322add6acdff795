import pytest
import torch
from flowbrush.motion import field_from_document
from flowbrush.nodes.prompt_motion import MotionFromPrompt


def test_the_motion_is_that_of_the_document_and_the_notice_says_what_was_understood(picture, capsys):
    motion, document, depth = MotionFromPrompt.execute(picture, "the camera pans left", 5, 1.0).args
    assert motion.frames == 5
    again = field_from_document(document, 5, depth=depth[0, ..., 0], aspect=1.0)
    assert torch.equal(motion.displacement(16, 16), again.displacement(16, 16))
    assert motion.displacement(16, 16)[-1, 8, 8, 0] > 0.5  # what is seen goes right
    assert "The camera: pan -4" in capsys.readouterr().err


def test_a_subject_does_what_the_prompt_says_of_it(picture):
    mask = torch.zeros(1, 32, 32)
    mask[0, 8:24, 8:24] = 1
    motion, *_ = MotionFromPrompt.execute(picture, "a ball falls, static camera", 5, 1.0, mask).args
    end = motion.displacement(32, 32)[-1]
    assert end[16, 16, 1] > 1 and float(end[2, 2].norm()) == 0


def test_a_subject_of_another_size_is_refused(picture):
    with pytest.raises(
        ValueError, match="`subject` is 16x16 pixels and `image` 32x32; give both the same size"
    ):
        MotionFromPrompt.execute(picture, "", 5, 1.0, torch.ones(1, 16, 16))
