import pytest
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.conditioning import MODES, MotionConditioning
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sampler import Sampler


def run(
    text, vae, first, length=5, mode="warped video", unpainted="still", guidance=False, hold=True, **more
):
    return MotionConditioning.execute(
        text, text, vae, first, length, mode, unpainted, guidance, hold, **more
    ).args


def values(conditioning):
    return conditioning[0][1]["concat_latent_image"], conditioning[0][1]["concat_mask"]


def test_without_motion_only_the_first_frame_is_known(text, vae, picture):
    positive, negative, no_motion, latent = run(text, vae, picture)
    image, mask = values(positive)
    assert image.shape == (1, 16, 2, 4, 4) and mask.shape == (1, 4, 2, 4, 4)
    assert mask[:, :, 0].max() == 0 and mask[:, :, 1].min() == 1
    assert torch.equal(values(negative)[0], image)
    assert no_motion is None and latent["samples"].shape == (1, 16, 2, 4, 4)


def test_the_given_conditioning_is_left_alone(text, vae, picture):
    run(text, vae, picture)
    assert text[0][1] == {}


def test_the_last_frame_is_known_in_its_own_channel(text, vae, picture):
    _, mask = values(run(text, vae, picture, last_image=picture)[0])
    assert mask[:, :3, 1].min() == 1 and mask[:, 3, 1].max() == 0


def test_between_two_pictures_of_one_scene_both_are_carried(text, vae):
    """The middle frame of a texture that goes right by 8 px over 5 frames is the texture 4 px to the right."""
    wide = torch.nn.functional.interpolate(
        torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(3)), (96, 128), mode="bicubic"
    ).clamp(0, 1)[0].permute(1, 2, 0)  # fmt: skip
    pictures = [wide[None, :, x : x + 96].contiguous() for x in (16, 12, 8)]
    kept, _ = values(run(text, vae, pictures[0], last_image=pictures[2], between="carried, kept")[0])
    grey, mask = values(run(text, vae, pictures[0], last_image=pictures[2])[0])
    frames = torch.cat([wide[None, :, x : x + 96] for x in (16, 14, 12, 10, 8)])
    encoded = host().encode_video(vae, frames)
    error = (kept - encoded)[:, :, 1, 2:-2, 2:-2].square().mean()
    assert error < 0.1 * (grey - encoded)[:, :, 1, 2:-2, 2:-2].square().mean()
    carried, known = values(run(text, vae, pictures[0], last_image=pictures[2], between="carried")[0])
    assert torch.allclose(carried, kept) and known.mean() < 0.2 < mask.mean()


def test_between_pictures_of_two_scenes_nothing_is_carried(text, vae, capsys):
    g = torch.Generator().manual_seed(4)
    first, last = torch.rand(1, 64, 64, 3, generator=g), torch.rand(1, 64, 64, 3, generator=g)
    carried, known = values(run(text, vae, first, last_image=last, between="carried, kept")[0])
    grey, mask = values(run(text, vae, first, last_image=last)[0])
    assert torch.equal(carried, grey) and torch.equal(known, mask)
    assert "show different scenes" in capsys.readouterr().err


def test_between_needs_a_last_image_and_no_motion(text, vae, picture, motion, capsys):
    alone = run(text, vae, picture, between="carried")
    assert torch.equal(values(alone[0])[1], values(run(text, vae, picture)[0])[1])
    assert "`between` is 'carried', which has no effect here" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"`between`.*grey, carried, carried, kept"):
        run(text, vae, picture, between="half")


def test_a_motion_is_known_where_the_picture_went(text, vae, picture, motion):
    still = values(run(text, vae, picture, motion=motion)[0])[1]
    assert still[0, 3, 1].mean() < 0.1
    free = values(run(text, vae, picture, motion=motion, unpainted="free")[0])[1]
    assert free[0, 3, 1, 0, 0] == 1 and still[0, 3, 1, 0, 0] == 0
    assert free[0, 3, 1, 2, 2] < 0.3
    assert free[:, :, 0].max() == 0


def test_a_camera_move_leaves_nothing_unconstrained(text, vae, picture):
    zoom = field_from_document('{"camera": {"keyframes": [{"time": 1, "zoom": 1.5}]}}', 5)
    _, mask = values(run(text, vae, picture, motion=zoom, unpainted="free")[0])
    assert mask[0, 3, 1].mean() < 0.1


def test_what_is_known_is_held_while_the_rest_is_sampled(model, text, vae, picture, motion):
    positive, negative, _, canvas = run(text, vae, picture, motion=motion, unpainted="free")
    noise, _ = LatentNoise.execute(32, 32, 5, 1, 3).args
    settings = {"steps": 1, "cfg": 1.0, "motion_cfg": 1.0, "solver": "euler", "schedule": "linear"}
    settings |= {"shift": 1.0, "denoise": 1.0, "cfg_schedule": "constant"}
    made = Sampler.execute(model, noise, positive, negative, canvas, **settings)[0]["samples"]
    image, mask = values(positive)
    held = (mask.mean(1, keepdim=True) == 0).expand_as(made)
    free = (mask.mean(1, keepdim=True) == 1).expand_as(made)
    assert held.any() and free.any()
    torch.testing.assert_close(made[held], image[held], atol=1e-4, rtol=1e-4)
    assert (made[free] - image[free]).abs().mean() > 0.1


def test_without_hold_the_canvas_is_empty(text, vae, picture, motion):
    canvas = run(text, vae, picture, motion=motion, hold=False)[3]
    assert set(canvas) == {"samples"} and canvas["samples"].abs().max() == 0


@pytest.mark.parametrize("mode", MODES[1:])
def test_latent_modes_carry_the_first_frame(text, vae, picture, motion, mode):
    image, _ = values(run(text, vae, picture, motion=motion, mode=mode)[0])
    plain, _ = values(run(text, vae, picture)[0])
    assert image.shape == plain.shape and not torch.equal(image[:, :, 1], plain[:, :, 1])
    torch.testing.assert_close(image[:, :, 0], plain[:, :, 0])


def test_latent_modes_hold_what_is_not_painted_only_when_asked(text, vae, picture, motion):
    large = torch.nn.functional.interpolate(picture.movedim(-1, 1), size=(128, 128)).movedim(1, -1)
    plain, unknown = values(run(text, vae, large)[0])
    corner = (0, slice(None), 1, 0, 0)
    for unpainted in ("free", "still"):
        asked = {"motion": motion, "unpainted": unpainted}
        copied, _ = values(run(text, vae, large, mode="latent copy", **asked)[0])
        held = plain[0, :, 0, 0, 0] if unpainted == "still" else plain[corner]
        torch.testing.assert_close(copied[corner], held)
        _, mask = values(run(text, vae, large, mode="soft copy", **asked)[0])
        # the last column, which the disc in the middle does not reach
        known = float((unknown - mask)[0, 0, 1, :, -1].max())
        assert known > 0.1 if unpainted == "still" else known < 1e-6


def test_motion_guidance_makes_the_condition_without_motion(text, vae, picture, motion):
    positive, _, no_motion, _ = run(text, vae, picture, motion=motion, guidance=True)
    plain = run(text, vae, picture)[0]
    assert torch.equal(values(no_motion)[0], values(plain)[0])
    assert not torch.equal(values(no_motion)[0], values(positive)[0])


def test_mistakes_are_named(text, vae, picture, motion):
    with pytest.raises(ValueError, match="`motion` is 5 frames long and this clip 9"):
        run(text, vae, picture, length=9, motion=motion)
    with pytest.raises(ValueError, match=r"`length` is 6; .*: try 5"):
        run(text, vae, picture, length=6)
    with pytest.raises(ValueError, match="`first_image` is 40x32 pixels; both must be multiples of 16"):
        run(text, vae, torch.zeros(1, 32, 40, 3))
    with pytest.raises(ValueError, match="`last_image` is 16x16 pixels and `first_image` 32x32"):
        run(text, vae, picture, last_image=torch.zeros(1, 16, 16, 3))
    with pytest.raises(ValueError, match="`first_image` holds values that are NaN"):
        run(text, vae, picture * torch.nan)
    with pytest.raises(ValueError, match="`vae` is missing"):
        run(text, None, picture)


@pytest.mark.parametrize("unpainted", ["still", "free"])
def test_a_layer_of_half_strength_is_half_known(text, vae, picture, unpainted):
    document = (
        '{"version": 2, "layers": [{"region": {"polygons": [{"points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}], "feather": 0},'
        ' "motion": {"horizontal": 0.25}, "strength": STRENGTH}]}'
    )

    def unknown(strength):
        field = field_from_document(document.replace("STRENGTH", str(strength)), 5)
        return values(run(text, vae, picture, motion=field, unpainted=unpainted)[0])

    firm, weak = unknown(1), unknown(0.5)
    assert torch.equal(weak[0], firm[0]), "the picture along the motion is the same"
    assert weak[1][:, :, 0].max() == 0, "the first frame is known"
    inside = (0, 3, 1, 1, 2)  # the last pixel frame, 16 to 24 px from the left, where the layer has gone
    assert firm[1][inside] < 0.02 and abs(float(weak[1][inside]) - 0.5) < 0.02
    assert weak[1][0, 3, 1, 1, 3] == firm[1][0, 3, 1, 1, 3], "what is not painted is as before"
