import json

import pytest
import torch
from flowbrush.motion.field.field import empty_field, field_from_document
from flowbrush.motion.preview.visualization import (
    STYLES,
    contact_sheet,
    draw_paths,
    flow_wheel,
    preview_frames,
)

GREY = torch.full((96, 128, 3), 0.5)


def sliding(frames=3):
    box = {"polygons": [{"points": [[0.1, 0.3], [0.4, 0.3], [0.4, 0.7], [0.1, 0.7]]}]}
    layer = {"region": box, "motion": {"horizontal": 0.4}}
    return field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": [layer]}), frames)


def test_no_motion_is_white_and_directions_differ():
    displacement = torch.zeros(2, 3, 2)
    displacement[0, 0] = torch.tensor([5.0, 0.0])
    displacement[0, 1] = torch.tensor([-5.0, 0.0])
    displacement[0, 2] = torch.tensor([0.0, 5.0])
    colours = flow_wheel(displacement)
    assert torch.allclose(colours[1], torch.ones(3, 3))
    right, left, down = colours[0]
    assert right.argmax() == 0 and float(right[0] - right[1]) > 0.5
    assert float((right - left).abs().max()) > 0.5 and float((right - down).abs().max()) > 0.3


def test_strength_follows_length():
    displacement = torch.tensor([[[2.0, 0.0], [4.0, 0.0]]])
    weak, strong = flow_wheel(displacement, full=8.0)[0]
    assert torch.allclose(1 - strong, 2 * (1 - weak))


def test_arrows_are_drawn_where_it_moves_and_only_there():
    drawn = preview_frames(GREY, sliding(), "arrows")[-1]
    changed = (drawn - GREY * 0.8).abs().amax(-1) > 0.1
    assert bool(changed[30:66, 15:100].any())
    assert not bool(changed[:20].any()) and not bool(changed[76:].any()) and not bool(changed[:, 115:].any())


def test_without_motion_nothing_is_drawn():
    assert torch.equal(preview_frames(GREY, empty_field(3), "arrows")[-1], GREY)


def test_paths_grow_with_time():
    path = torch.tensor([[[20.0, 50.0]], [[60.0, 50.0]], [[110.0, 50.0]]])
    early, late = draw_paths(GREY, path, until=1), draw_paths(GREY, path)
    assert float((early[:, 80:] - GREY[:, 80:]).abs().max()) < 0.01
    assert float((late[45:55, 80:100] - GREY[45:55, 80:100]).abs().max()) > 0.3


@pytest.mark.parametrize("style", STYLES)
def test_an_animation_has_a_picture_for_every_frame(style):
    frames = preview_frames(GREY * torch.rand(96, 128, 1), sliding(), style)
    assert frames.shape == (3, 96, 128, 3) and 0 <= float(frames.min()) <= float(frames.max()) <= 1
    assert float((frames[2] - frames[0]).abs().max()) > 0.1


def test_a_contact_sheet_holds_every_frame_and_its_label():
    frames = torch.stack([torch.full((40, 60, 3), value) for value in (0.2, 0.4, 0.6, 0.8)])
    sheet = contact_sheet(
        frames, columns=3, labels=["frame 0", "frame 1", "frame 2", "a very long label indeed"]
    )
    assert sheet.shape == (6 + 2 * (40 + 16 + 6), 6 + 3 * 66, 3)
    assert torch.equal(sheet[6:46, 72:132], frames[1]) and torch.equal(sheet[68:108, 6:66], frames[3])
    assert float(sheet[46:62, 6:66].max()) > 0.6


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="style"):
        preview_frames(GREY, sliding(), "movie")
    with pytest.raises(ValueError, match="labels"):
        contact_sheet(GREY[None], labels=["a", "b"])
    with pytest.raises(ValueError, match="NaN"):
        flow_wheel(torch.full((2, 2, 2), float("nan")))
