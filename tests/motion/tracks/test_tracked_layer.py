import math

import torch
from flowbrush.motion.field.field import combine, field_from_document, field_from_flow
from flowbrush.motion.tracks.mask_tracking import track_shape
from flowbrush.motion.tracks.tracked_layer import field_from_masks
from flowbrush.rendering.warp import warp_image

SIZE = 64


def moving_masks(frames=5):
    """A square of 20 px that moves by 6 px a frame."""
    masks = torch.zeros(frames, SIZE, SIZE)
    for t in range(frames):
        masks[t, 24:44, 8 + 6 * t : 28 + 6 * t] = 1
    return masks


def followed():
    masks = moving_masks()
    return field_from_masks(masks, track_shape(masks))


def test_a_tracked_object_is_a_layer_that_leaves_the_picture_behind_it():
    picture = torch.full((SIZE, SIZE, 3), 0.3)
    picture[..., 1] += 0.2 * torch.sin(torch.arange(SIZE) * math.pi / 4)
    behind = picture.clone()
    picture[24:44, 8:28] = torch.tensor([0.9, 0.1, 0.1])
    motion = followed()
    layers = motion.in_layers(SIZE, SIZE)
    assert layers is not None and [layer.index for layer in layers.layers] == [-1, 0]
    clip = warp_image(picture, motion)
    assert torch.equal(clip.frames[0], picture)
    assert clip.completed_by == "patches"
    uncovered = clip.frames[-1, 26:42, 9:27]
    assert (uncovered - behind[26:42, 9:27]).abs().mean() < 0.04
    assert (clip.frames[-1, 28:40, 36:48] - torch.tensor([0.9, 0.1, 0.1])).abs().max() < 0.02
    assert clip.coverage[-1, 28:40, 10:26].max() < 0.01 and clip.moving[-1, 28:40, 36:48].min() > 0.99


def test_tracked_and_painted_motions_are_drawn_together_and_dense_ones_are_not():
    camera = field_from_document(
        '{"flowbrush": "motion", "version": 2, "camera": {"keyframes": [{"time": 0}, {"time": 1, "pan": 4}]}}',
        5,
    )
    assert combine(followed(), camera).in_layers(SIZE, SIZE) is not None
    flow = field_from_flow(torch.zeros(5, SIZE, SIZE, 2))
    assert combine(followed(), flow).in_layers(SIZE, SIZE) is None
