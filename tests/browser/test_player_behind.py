"""What the player shows where a thing has left or the border is passed, in a real Chromium, without ComfyUI."""

import json

import cv2
import numpy as np
import pytest
from flowbrush.motion.document import examples
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.warp import warp_image

from .player_page import LENGTH, picture, shown

pytestmark = pytest.mark.browser

KINDS = ("webgl2", "2d")
DOCUMENTS = examples.documents()

OVER_ANOTHER = json.dumps(
    {
        "version": 2,
        "layers": [
            {"region": {"strokes": [{"points": [[0.4, 0.5]], "radius": 0.3}]}, "motion": {"vertical": 0.1}},
            {
                "region": {"strokes": [{"points": [[0.45, 0.5]], "radius": 0.12}], "feather": 0.02},
                "motion": {"horizontal": 0.3, "rotation": 15},
            },
        ],
    }
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [DOCUMENTS["one_arrow"], OVER_ANOTHER], ids=["one", "over another"])
def test_what_is_behind_is_shown_as_the_warp_completes_it(player, text, kind):
    """The whole frame is compared, uncovered parts included; with the hatching the plate is not used."""

    def look(page):
        return [(shown(page, f / 16, "{holes: false}"), shown(page, f / 16)) for f in (8, 16)]

    looked = player(look, text, kind, plate=1, mask_side=480)
    clip = warp_image(picture(), field_from_document(text, LENGTH))
    assert clip.completed_by == "patches"
    for frame, (seen, hatched) in zip((8, 16), looked, strict=True):
        wanted = clip.frames[frame].numpy() * 255
        uncovered = clip.coverage[frame].numpy() < 0.05
        assert uncovered.mean() > 0.01
        difference = np.abs(seen - wanted).mean(-1)
        assert difference.mean() < 1.5 and difference[uncovered].mean() < 4
        # The stripes are grey; the soft rim of what is uncovered is mixed with the picture's colours.
        within = cv2.erode(uncovered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        grey = hatched[within].std(-1) < 2
        assert within.mean() > 0.005 and grey.mean() > 0.9


CAMERA = json.dumps(
    {
        "version": 2,
        "layers": [{"region": {"strokes": [{"points": [[0.5, 0.4]], "radius": 0.2}]}, "freeze": True}],
        "camera": {"keyframes": [{"time": 1, "pan": 5, "zoom": 0.85, "roll": 3}]},
    }
)


@pytest.mark.parametrize("kind", KINDS)
def test_under_a_camera_the_picture_goes_on_beyond_its_border(player, kind, tmp_path):
    def look(page):
        return shown(page, 1, "{holes: false}")

    seen, smooth = (player(look, CAMERA, kind, mask_side=480, **more) for more in ({"plate": 1}, {}))
    clip = warp_image(picture(), field_from_document(CAMERA, LENGTH))
    wanted = clip.frames[-1].numpy() * 255
    cv2.imwrite(str(tmp_path / "beyond.png"), np.concatenate([smooth, seen, wanted], 1)[..., ::-1])
    beyond = cv2.erode((clip.coverage[-1].numpy() < 0.05).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert beyond.mean() > 0.1
    assert np.abs(seen - wanted)[~beyond].mean() < 2

    def detail(frame):
        return np.abs(np.diff(frame, axis=0)).mean(-1)[beyond[1:]].mean()

    assert detail(smooth) < 0.4 * detail(wanted)
    assert 0.5 * detail(wanted) < detail(seen) < 1.5 * detail(wanted)
    # The completion depends on how far it reaches, so it is not the warp's, but it has the same colours at each height.
    assert np.abs(seen - wanted)[beyond].mean() < 0.7 * np.abs(smooth - wanted)[beyond].mean()


AT_BORDER = json.dumps(
    {
        "version": 2,
        "layers": [
            {
                "region": {"strokes": [{"points": [[0.05, 0.5]], "radius": 0.18}]},
                "motion": {"horizontal": 0.3},
            }
        ],
    }
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_that_the_border_cuts_off_moves_in_whole(player, kind):
    def look(page):
        return shown(page, 1, "{holes: false}")

    seen = player(look, AT_BORDER, kind, plate=1, mask_side=480)
    clip = warp_image(picture(), field_from_document(AT_BORDER, LENGTH))
    wanted = clip.frames[-1].numpy() * 255
    moved_in = (clip.moving[-1].numpy() > 0.95) & (clip.coverage[-1].numpy() < 0.05)
    assert moved_in.mean() > 0.02
    difference = np.abs(seen - wanted).mean(-1)
    assert difference[moved_in].mean() < 12 and difference.mean() < 1.5
