"""The benchmark of the example graph restyle: one that follows the clip, one that stands still."""

import json

import torch
from flowbrush.benchmarks.restyle import MOST_PX, Restyled, restyle_row
from flowbrush.motion.document.examples import one_arrow
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example


def test_a_clip_that_follows_is_near_and_one_that_stands_still_is_not():
    picture = render_example("boat", 128, 128)[0]
    style = picture.flip(-1)[None]
    painted = field_from_document(one_arrow(), 9)
    clip = warp_image(picture, painted).frames
    row = restyle_row(Restyled(clip, style, clip.flip(-1), painted))
    assert row["motion_median"] < MOST_PX and row["psnr"] > 60 and json.dumps(row)
    assert abs(row["sharpness"] - 1) < 1e-4
    still = restyle_row(Restyled(clip, style, style.repeat(9, 1, 1, 1), painted))
    assert still["motion_median"] > 2 and still["psnr"] < row["psnr"] - 20
    soft = torch.nn.functional.avg_pool2d(clip.flip(-1).permute(0, 3, 1, 2), 3, 1, 1).permute(0, 2, 3, 1)
    assert restyle_row(Restyled(clip, style, soft, painted))["kept"] < 0.5
