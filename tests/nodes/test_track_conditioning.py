"""Wan-Move and ATI without ComfyUI: what they take, hand on and refuse."""

import pytest
import torch
from flowbrush.motion.field.field import empty_field
from flowbrush.nodes.ati import ATI
from flowbrush.nodes.tracks import MotionFromTracks
from flowbrush.nodes.wan_move import WanMove

BOTH = pytest.mark.parametrize("node", [WanMove, ATI])


def run(node, text, vae, first, length=5, **more):
    settings = {"strength": 1.0, "spacing": 8, "unpainted": "free", "sides": "both", **more}
    return node.execute(
        positive=text, negative=text, vae=vae, first_image=first, length=length, **settings
    ).args


def values(conditioning):
    return conditioning[0][1]["concat_latent_image"], conditioning[0][1]["concat_mask"]


@pytest.fixture
def picture():
    """An IMAGE large enough for ATI's small spots to reach a cell."""
    return torch.rand(1, 128, 128, 3, generator=torch.Generator().manual_seed(0))


@BOTH
def test_without_motion_it_is_image_to_video(node, text, vae, picture):
    positive, negative, latent = run(node, text, vae, picture)
    image, mask = values(positive)
    assert image.shape == (1, 16, 2, 16, 16) and mask[:, :, 0].max() == 0 and mask[:, :, 1].min() == 1
    assert torch.equal(values(negative)[0], image)
    assert latent["samples"].shape == (1, 16, 2, 16, 16) and latent["samples"].abs().max() == 0
    assert text[0][1] == {}, "the given prompt is left alone"


@BOTH
def test_the_side_chooses_the_prompt_that_gets_the_tracks(node, text, vae, picture, motion):
    plain = values(run(node, text, vae, picture)[0])
    both = [values(side) for side in run(node, text, vae, picture, motion=motion)[:2]]
    one = [values(side) for side in run(node, text, vae, picture, motion=motion, sides="positive only")[:2]]
    assert (both[0][0] - plain[0]).abs()[:, :, 1].max() > 0.01
    for part in (0, 1):
        assert torch.equal(both[0][part], both[1][part]) and torch.equal(one[0][part], both[0][part])
        assert torch.equal(one[1][part], plain[part])


@BOTH
def test_the_clip_vision_output_is_given_to_both_prompts(node, text, vae, picture):
    seen = object()
    positive, negative, _ = run(node, text, vae, picture, clip_vision_output=seen)
    assert positive[0][1]["clip_vision_output"] is seen and negative[0][1]["clip_vision_output"] is seen


@BOTH
def test_strength_0_changes_nothing(node, text, vae, picture, motion):
    told = values(run(node, text, vae, picture, motion=motion, strength=0.0)[0])
    assert all(torch.equal(a, b) for a, b in zip(told, values(run(node, text, vae, picture)[0]), strict=True))


@BOTH
def test_what_is_not_painted_is_held_when_asked(node, text, vae, picture, motion):
    far = (0, slice(None), 1, slice(None), -1)  # the last column, which the disc in the middle does not reach
    plain = values(run(node, text, vae, picture)[0])[0]
    free = values(run(node, text, vae, picture, motion=motion)[0])[0]
    still = values(run(node, text, vae, picture, motion=motion, unpainted="still")[0])[0]
    torch.testing.assert_close(free[far], plain[far])
    assert (still[far] - plain[far]).abs().max() > 0.01


@BOTH
def test_motion_and_tracks_go_together(node, text, vae, picture, motion):
    tracks = MotionFromTracks.execute(
        '[{"x": 20, "y": 20}, {"x": 60, "y": 20}]', "kjnodes", 128, 128, 5, 0.0
    )[1]
    alone = values(run(node, text, vae, picture, tracks=tracks)[0])[0]
    painted = values(run(node, text, vae, picture, motion=motion)[0])[0]
    both = values(run(node, text, vae, picture, motion=motion, tracks=tracks)[0])[0]
    centre, end = (0, slice(None), 1, 8, 8), (0, slice(None), 1, 2, 7)
    torch.testing.assert_close(both[centre], painted[centre])
    torch.testing.assert_close(both[end], alone[end])
    nothing = values(run(node, text, vae, picture, motion=empty_field(5), tracks=tracks)[0])[0]
    assert torch.equal(nothing, alone), "an empty motion changes nothing"


@BOTH
def test_tracks_that_begin_outside_are_reported(node, text, vae, picture, capsys):
    path = torch.tensor([[20.0, 20.0], [-5.0, 20.0]]).expand(5, 2, 2)
    tracks = {"track_path": path, "track_visibility": torch.ones(5, 2, dtype=torch.bool)}
    run(node, text, vae, picture, tracks=tracks)
    assert "1 of 2 tracks start hidden or outside the picture" in capsys.readouterr().err


@BOTH
def test_mistakes_are_named(node, text, vae, picture, motion):
    tracks = MotionFromTracks.execute('[{"x": 20, "y": 20}]', "kjnodes", 128, 128, 9, 0.0)[1]
    with pytest.raises(ValueError, match=r"`tracks` has 9 frames and this clip 5; .* Motion from Tracks"):
        run(node, text, vae, picture, tracks=tracks)
    with pytest.raises(ValueError, match="`motion` is 5 frames long and this clip 9"):
        run(node, text, vae, picture, length=9, motion=motion)
    with pytest.raises(ValueError, match=r"`length` is 6; .*: try 5"):
        run(node, text, vae, picture, length=6)
    with pytest.raises(ValueError, match="paint a region"):
        run(node, text, vae, picture, motion=empty_field(5))
    with pytest.raises(ValueError, match="`sides` is 'neither'; choose one of both, positive only"):
        run(node, text, vae, picture, sides="neither")
    with pytest.raises(ValueError, match="`vae` is missing"):
        run(node, text, None, picture)
    outside = {"track_path": torch.full((5, 1, 2), -9.0)}
    with pytest.raises(ValueError, match="no track of `tracks` is visible inside"):
        run(node, text, vae, picture, tracks=outside)


def test_lists_of_any_length_become_tracks_with_a_row_for_each_frame():
    text = "[[{'x': 0, 'y': 8}, {'x': 40, 'y': 8}], [{'x': 8, 'y': 8}]]"
    tracks = MotionFromTracks.execute(text, "kjnodes", 64, 64, 5, 0.1)[1]
    assert tracks["track_path"][:, 0, 0].tolist() == [0, 10, 20, 30, 40]
    assert tracks["track_path"][:, 1, 0].tolist() == [8] * 5
    given = {"track_path": torch.tensor([[[0.0, 8.0]], [[torch.nan, 0.0]], [[40.0, 8.0]]])}
    given["track_visibility"] = torch.tensor([[True], [False], [True]])
    tracks = MotionFromTracks.execute("", "kjnodes", 64, 64, 5, 0.1, given)[1]
    assert tracks["track_path"][:, 0, 0].tolist() == [0, 10, 20, 30, 40]
    assert tracks["track_visibility"][:, 0].tolist() == [True, True, False, True, True]
