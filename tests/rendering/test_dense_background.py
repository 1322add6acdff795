"""A dense motion, as measured in a video: what moves is told from its background, which is completed."""

import json

import cv2
import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import Camera, Keyframe
from flowbrush.motion.field.field import camera_field, combine, field_from_document, field_from_flow
from flowbrush.rendering import dense_background
from flowbrush.rendering.dense_background import coarse_size, dense_parts, dominant_motion
from flowbrush.rendering.warp import warp_image

HEIGHT, WIDTH, FRAMES = 120, 160, 9
DISC = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [
            {
                "region": {"strokes": [{"radius": 0.15, "points": [[0.3, 0.5]]}], "feather": 0},
                "motion": {"horizontal": 0.3},
            }
        ],
    }
)
CAMERA = Camera(keyframes=(Keyframe(time=0), Keyframe(time=1, zoom=1.2)))


def scene():
    """Diagonal stripes, and a red disc where `DISC` is painted."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    stripes = 0.5 + 0.3 * np.sin((x + y) * 2 * np.pi / 12)
    image = np.stack([stripes * 0.6, stripes, stripes * 0.8], -1)
    image[(x - 47.5) ** 2 + (y - 59.5) ** 2 < 18.5**2] = [1, 0, 0]
    return torch.from_numpy(image).float()


def painted(camera=False):
    field = field_from_document(DISC, FRAMES, aspect=WIDTH / HEIGHT)
    return combine(field, camera_field(CAMERA, FRAMES)) if camera else field


def measured(field, blur=0.0):
    """The field as a dense one; `blur` px is how far its edges are blurred, as in optical flow."""
    flow = field.displacement(HEIGHT, WIDTH)
    if blur:
        flow = torch.from_numpy(np.stack([cv2.GaussianBlur(frame, (0, 0), blur) for frame in flow.numpy()]))
    return field_from_flow(flow)


def parts_of(field):
    return dense_parts(
        (HEIGHT, WIDTH),
        field.displacement(*coarse_size(HEIGHT, WIDTH)),
        lambda keys: field.displacement(HEIGHT, WIDTH)[keys],
    )


@pytest.mark.parametrize("camera", [False, True], ids=["still", "zoom"])
@pytest.mark.parametrize("blur", [0.0, 1.5], ids=["crisp", "blurred"])
def test_what_moves_is_told_from_its_background(camera, blur):
    parts = parts_of(measured(painted(camera), blur))
    moving = painted().moving(HEIGHT, WIDTH) > 0.5
    assert float((parts.front ^ moving).float().sum() / moving.float().sum()) < 0.1


@pytest.mark.parametrize("camera", [False, True], ids=["still", "zoom"])
def test_what_is_uncovered_goes_on_as_around_it(camera):
    clip, truth = warp_image(scene(), measured(painted(camera))), warp_image(scene(), painted(camera))
    smooth = warp_image(scene(), measured(painted(camera)), behind="smooth")
    assert (clip.completed_by, smooth.completed_by) == ("patches", "smooth")
    hole = truth.coverage[-1] < 0.01
    assert int(hole.sum()) > 300
    errors = [float((each.frames[-1] - truth.frames[-1])[hole].abs().mean()) for each in (clip, smooth)]
    assert errors[0] < 0.05 and errors[0] < 0.4 * errors[1]
    redness = clip.frames[-1][hole][:, 0] - clip.frames[-1][hole][:, 1]
    assert float((redness > 0.15).float().mean()) < 0.01  # nothing of the disc is left


def test_under_a_moving_camera_what_is_in_front_hides_what_it_passes():
    clip = warp_image(scene(), measured(painted(True)))
    disc = clip.frames[-1][(warp_image(scene(), painted(True)).moving[-1] > 0.99)]
    assert float((disc - torch.tensor([1.0, 0, 0])).abs().mean()) < 0.05


def test_a_blurred_edge_is_torn_and_not_stretched():
    clip = warp_image(scene(), measured(painted(), blur=3.0))
    frame, red = clip.frames[-1], torch.tensor([1.0, 0, 0])
    left_behind = frame[45:75, 26:56]  # where the disc was
    assert float(((left_behind - red).abs().mean(-1) < 0.2).float().mean()) < 0.02


def test_a_plate_is_shown_behind():
    plate = torch.full((HEIGHT, WIDTH, 3), 0.25)
    clip = warp_image(scene(), measured(painted()), plate=plate)
    assert clip.completed_by == "plate"
    torch.testing.assert_close(clip.frames[-1, 50:70, 38:52], plate[50:70, 38:52], atol=1e-3, rtol=0)


def test_a_motion_whose_parts_cannot_be_told_apart_is_filled_smoothly():
    random = torch.Generator().manual_seed(0)
    flow = torch.zeros(3, HEIGHT, WIDTH, 2)
    flow[1:] = 40 * torch.rand(HEIGHT // 8, WIDTH // 8, 2, generator=random).repeat_interleave(
        8, 0
    ).repeat_interleave(8, 1)
    field = field_from_flow(flow)
    assert parts_of(field) is None
    assert warp_image(scene(), field).completed_by == "smooth"


def test_the_dominant_motion_ignores_what_moves_by_itself():
    y, x = torch.meshgrid(torch.linspace(-1, 1, 40), torch.linspace(-1, 1, 60), indexing="ij")
    camera = torch.stack([5 + 8 * x + 2 * x * y, 8 * y], -1)
    flow = camera.clone()
    flow[10:30, 5:30] += torch.tensor([30.0, -10.0])
    assert float((dominant_motion(flow[None])[0] - camera).norm(dim=-1).max()) < 0.3
    flow[:, 30:] = 0  # a part stands still, so the camera does
    assert float(dominant_motion(flow[None]).abs().max()) == 0


def test_a_picture_that_hardly_moves_is_left_alone():
    flow = torch.zeros(3, HEIGHT, WIDTH, 2)
    flow[1:, 40:80, 40:80] = 0.5 * dense_background._LEAST
    assert not bool(parts_of(field_from_flow(flow)).front.any())
