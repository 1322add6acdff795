"""VACE Control, Guide Video, In-place Guide and CogVideoX: what they refuse, and what they pass on."""

import pytest
import torch
from flowbrush.nodes.cogvideox import CogVideoX
from flowbrush.nodes.guide_video import GuideVideo
from flowbrush.nodes.in_place import InPlaceGuide
from flowbrush.nodes.vace import VACEControl


def guide(motion, style, **more):
    settings = {"holes": "filled", "spacing": 0, "width": 48, "height": 32}
    return GuideVideo.execute(motion, style, **settings | more)


def cogvideox(text, vae, picture, weights="CogVideoX I2V", motion_as="start", length=5, motion=None):
    """Positive, negative and latent."""
    return CogVideoX.execute(text, text, vae, picture, length, weights, motion_as, motion).args[1:]


def test_vace_gets_frames_masks_and_their_number(picture, motion):
    frames, masks, length = VACEControl.execute(picture, motion, "still", 0).args
    assert frames.shape == (5, 32, 32, 3) and masks.shape == (5, 32, 32) and length == 5
    free = VACEControl.execute(picture, motion, "free", 0)[1]
    assert free[-1].mean() > 0.7 > 0.1 > masks[-1].mean() > 0
    last = picture.flip(1)
    assert torch.equal(VACEControl.execute(picture, motion, "free", 0, last)[0][-1], last[0])


def test_vace_refuses_what_wan_cannot_take(picture, motion):
    with pytest.raises(ValueError, match=r"`motion` is 6; a causal video VAE needs 4k\+1 frames: try 5"):
        VACEControl.execute(picture, motion.at_frames(6), "still", 0)
    with pytest.raises(ValueError, match="`first_image` is 32x24 pixels; both must be multiples of 16"):
        VACEControl.execute(picture[:, :24], motion, "still", 0)
    with pytest.raises(ValueError, match="give both the same size"):
        VACEControl.execute(picture, motion, "still", 0, picture[:, :16])


def test_guides_have_the_size_of_the_picture_or_of_the_inputs(picture, motion):
    assert guide(motion, "spots")[0].shape == (5, 32, 48, 3)
    assert guide(motion, "spots", image=picture)[0].shape == (5, 32, 32, 3)
    long = guide(motion.at_frames(9), "discs by age")
    assert long[0].shape == (9, 32, 48, 3) and long[1].shape == (9, 32, 48)
    video, holes = guide(motion, "carried picture", image=picture, holes="white").args
    assert video.shape == (5, 32, 32, 3) and (video[-1][holes[-1] == 1] == 1).all() and holes[-1].sum() > 0


def test_given_tracks_are_drawn_in_place_of_the_motion(motion):
    tracks = {
        "track_path": torch.tensor([[[10.5, 8.5]], [[30.5, 20.5]]]),
        "track_visibility": torch.ones(2, 1, dtype=torch.bool),
    }
    video = guide(motion, "spots", tracks=tracks)[0]
    assert (
        len(video) == 2 and video[0, 8, 10, 0] == 1 and video[1, 20, 30, 0] == 1 and video[1, 8, 10, 0] == 0
    )


def test_guides_refuse_what_cannot_be_drawn(motion):
    with pytest.raises(ValueError, match="`image` is missing"):
        guide(motion, "carried picture")
    with pytest.raises(ValueError, match=r"`motion` is 13; the VAE of LTX-Video needs 8k\+1"):
        guide(motion.at_frames(13), "discs by age")
    with pytest.raises(ValueError, match="`style` is 'arrows'"):
        guide(motion, "arrows")


def test_what_is_asked_for_is_held_in_place_and_the_rest_is_free(vae, picture, motion):
    latent, frames = InPlaceGuide.execute(vae, picture, motion, 0.75, 0.0).args
    mask = latent["noise_mask"]
    assert latent["samples"].shape == (1, 16, 2, 4, 4) and mask.shape == (1, 1, 2, 4, 4)
    assert frames.shape == (5, 32, 32, 3)
    assert (mask[:, :, 0] == 0).all()
    assert 0.25 <= mask[0, 0, 1, 1:3, 2].min() < 0.5  # the disc is there
    assert mask[0, 0, 1, :, 0].min() > 0.9  # and never here
    whole = InPlaceGuide.execute(vae, picture, motion, 1.0, 1.0)[0]["noise_mask"]
    assert whole[0, 0, 1, :, 3].max() < 0.02 and 0.1 < whole[0, 0, 1, 1:3, 1].min() < 0.9  # but for holes


class Together:
    """Several latents as one, as models with sound take them."""

    is_nested = True

    def __init__(self, parts):
        self.parts = parts

    def unbind(self):
        return self.parts


def test_in_place_the_sound_is_passed_on_and_its_video_replaced(vae, picture, motion):
    sound = torch.randn(1, 8, 6, 2, generator=torch.Generator().manual_seed(1))
    whole = {"samples": Together((torch.zeros(1, 16, 2, 4, 4), sound)), "downscale": 2}
    alone = InPlaceGuide.execute(vae, picture, motion, 0.75, 0.0)[0]
    latent = InPlaceGuide.execute(vae, picture, motion, 0.75, 0.0, latent=whole)[0]
    (video, kept), (mask, free) = latent["samples"].unbind(), latent["noise_mask"].unbind()
    assert torch.equal(video, alone["samples"]) and torch.equal(mask, alone["noise_mask"])
    assert kept is sound and torch.equal(free, torch.ones_like(sound)) and latent["downscale"] == 2
    masked = {**whole, "noise_mask": Together((mask, torch.zeros_like(sound)))}
    latent = InPlaceGuide.execute(vae, picture, motion, 0.75, 0.0, latent=masked)[0]
    assert latent["noise_mask"].unbind()[1].abs().max() == 0  # a sound that is to be kept stays kept


def test_in_place_a_latent_that_does_not_fit_is_refused(vae, picture, motion):
    longer = {"samples": Together((torch.zeros(1, 16, 3, 4, 4), torch.zeros(1, 8, 6, 2)))}
    with pytest.raises(ValueError, match=r"the video of `latent` has the shape \[16, 3, 4, 4\]"):
        InPlaceGuide.execute(vae, picture, motion, 0.5, 0.0, latent=longer)
    with pytest.raises(ValueError, match="`latent` holds no sound"):
        InPlaceGuide.execute(vae, picture, motion, 0.5, 0.0, latent={"samples": torch.zeros(1, 16, 2, 4, 4)})


def test_cogvideox_gets_the_first_frame_followed_by_zeros(vae, picture, text):
    positive, negative, latent = cogvideox(text, vae, picture)
    told = positive[0][1]["concat_latent_image"]
    assert told.shape == (1, 16, 2, 4, 4) and told[:, :, 1].abs().max() == 0
    assert told[:, :, 0].abs().max() > 0 and torch.equal(negative[0][1]["concat_latent_image"], told)
    assert latent["samples"].abs().max() == 0 and latent["samples"].shape == told.shape
    assert "concat_latent_image" not in text[0][1]


def test_cogvideox_1_5_reads_first_frames_divided_by_the_scale(vae, picture, text):
    """ComfyUI multiplies by 0.7; the weights were trained on a division by it."""
    plain = cogvideox(text, vae, picture, length=13)[0][0][1]["concat_latent_image"]
    told = cogvideox(text, vae, picture, "CogVideoX 1.5 I2V", length=13)[0][0][1]["concat_latent_image"]
    torch.testing.assert_close(told * 0.7, plain / 0.7)
    with pytest.raises(ValueError, match=r"`length` is 9, which makes 3 latent frames; .* in pairs: try 13"):
        cogvideox(text, vae, picture, "CogVideoX 1.5 I2V", length=9)


def test_cogvideox_takes_a_motion_as_canvas_as_condition_or_both(vae, picture, text, motion):
    found = {
        use: cogvideox(text, vae, picture, motion_as=use, motion=motion)
        for use in ("start", "condition", "both")
    }
    told = {use: out[0][0][1]["concat_latent_image"] for use, out in found.items()}
    canvas = {use: out[2]["samples"] for use, out in found.items()}
    assert told["start"][:, :, 1].abs().max() == 0 and canvas["condition"].abs().max() == 0
    assert torch.equal(told["both"], told["condition"]) and torch.equal(canvas["both"], canvas["start"])
    assert told["both"][0, :, 1, 1:3, 2].abs().min() > 0 and told["both"][0, :, 1, :, 0].abs().max() == 0
    assert torch.equal(told["both"][:, :, 0], told["start"][:, :, 0])
    assert canvas["both"][:, :, 1].abs().max() > 0
    with pytest.raises(ValueError, match="`motion` is 5 frames long and this clip 9"):
        cogvideox(text, vae, picture, length=9, motion=motion)


def test_cogvideox_itself_needs_comfyui(vae, picture, text, model):
    with pytest.raises(ValueError, match="`model` is for CogVideoX, which needs ComfyUI"):
        CogVideoX.execute(text, text, vae, picture, 5, "CogVideoX I2V", "start", model=model)


def test_a_workflow_of_before_the_choice_shows_vace_grey_and_a_new_node_the_plate(picture, motion):
    stored = VACEControl.execute(picture, motion, "still", 0).args
    chosen = VACEControl.execute(picture, motion, "still", 0, behind="plate", plate=picture * 0).args
    hole = stored[1] > 0
    assert (stored[0][hole] == 0.5).all()
    assert (chosen[0][hole] < 1e-3).float().mean() > 0.6  # the rest is at the disc's soft edge
    assert torch.equal(stored[1], chosen[1])
    (behind,) = (entry for entry in VACEControl.define_schema().inputs if entry.id == "behind")
    assert behind.default == "plate" and behind.optional


def test_each_guide_takes_a_plate_of_the_pictures_size(vae, picture, motion):
    small = picture[:, :-2]
    for call in (
        lambda: VACEControl.execute(picture, motion, "still", 0, plate=small),
        lambda: InPlaceGuide.execute(vae, picture, motion, 0.5, 0.0, plate=small),
        lambda: guide(motion, "carried picture", image=picture, plate=small),
    ):
        with pytest.raises(ValueError, match="`plate` is 32x30 pixels"):
            call()
    latent, frames = InPlaceGuide.execute(
        vae, picture, motion, 0.75, 0.0, behind="grey", behind_strength=0.5
    ).args
    assert (frames[-1, 14:18, 11:13] == 0.5).all()
    assert latent["noise_mask"][0, 0, 1, 1:3, 1].max() < 0.9
