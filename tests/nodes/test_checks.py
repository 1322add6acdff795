import pytest
import torch
from flowbrush.nodes import checks


@pytest.mark.parametrize(
    ("length", "nearest"), [(80, 81), (82, 81), (2, 1), (4, 5), (15, 17), (16, 17), (0, 1), (-3, 1)]
)
def test_a_wrong_length_suggests_the_nearest(length, nearest):
    with pytest.raises(ValueError, match=rf"`length` is {length}; .*: try {nearest}$"):
        checks.check_length(length)


@pytest.mark.parametrize("length", [1, 5, 17, 81])
def test_lengths_of_whole_groups_pass(length):
    checks.check_length(length)


def test_a_wrong_size_suggests_the_nearest():
    with pytest.raises(ValueError, match=r"`height` is 250; it must be a multiple of 16: try 256"):
        checks.check_size(256, 250)
    with pytest.raises(ValueError, match=r"`width` is 3; .* try 16"):
        checks.check_size(3, 256)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "`image` is missing; connect an IMAGE"),
        ({"samples": 0}, "`image` is a dict; connect an IMAGE"),
        (torch.zeros(4, 4, 3), r"`image` has shape \[4, 4, 3\]; an IMAGE is"),
        (torch.zeros(1, 4, 4, 5), r"`image` has shape \[1, 4, 4, 5\]"),
        (torch.zeros(0, 4, 4, 3), r"`image` has shape \[0, 4, 4, 3\]"),
        (torch.full((1, 4, 4, 3), torch.nan), "`image` holds values that are NaN or infinite"),
        (torch.full((1, 4, 4, 3), -torch.inf), "`image` holds values that are NaN or infinite"),
        (torch.zeros(2, 4, 4, 3), "`image` holds 2 images; this input takes 1"),
        (
            torch.zeros(1, 4, 4, 3, dtype=torch.uint8),
            "values of the type uint8; an IMAGE holds decimal numbers",
        ),
        (torch.zeros(1, 4, 4, 3, dtype=torch.bool), "values of the type bool"),
        (torch.zeros(1, 4, 4, 3, dtype=torch.complex64), "values of the type complex64"),
    ],
)
def test_a_wrong_image_is_named(image, said):
    with pytest.raises(ValueError, match=said):
        checks.checked_image(image, "image", 1)


def test_the_colours_of_a_picture_with_transparency_are_used():
    image = torch.rand(1, 4, 4, 4)
    assert torch.equal(checks.checked_image(image, "image", 1), image[..., :3])
    assert torch.equal(checks.checked_depth(image), image[0, ..., :3].mean(-1))


def test_a_clip_needs_two_frames():
    with pytest.raises(ValueError, match="`frames` holds 1 image; a clip needs at least 2"):
        checks.checked_video(torch.zeros(1, 4, 4, 3), "frames")


def test_one_mask_gets_a_batch():
    assert checks.checked_mask(torch.ones(4, 5), "mask").shape == (1, 4, 5)
    with pytest.raises(ValueError, match="`mask` has shape"):
        checks.checked_mask(torch.ones(1, 4, 5, 1), "mask")


def test_a_motion_of_another_length_is_refused(motion):
    with pytest.raises(
        ValueError, match="`motion` is 5 frames long and this clip 17; give both the same length"
    ):
        checks.checked_motion(motion, frames=17, of="this clip")
    with pytest.raises(
        ValueError, match="`motion` is a Tensor; connect the output of a Flowbrush motion node"
    ):
        checks.checked_motion(torch.zeros(1))


def test_a_picture_latent_is_refused():
    with pytest.raises(ValueError, match=r"`latent` has shape \[1, 16, 4, 4\]; a video LATENT is"):
        checks.checked_latent({"samples": torch.zeros(1, 16, 4, 4)})
    with pytest.raises(ValueError, match="`latent` is a dict; connect a LATENT"):
        checks.checked_latent({})


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="`last_image` is 8x4 pixels and `first_image` 4x4"):
        checks.check_same_size(torch.zeros(1, 4, 8, 3), "last_image", torch.zeros(1, 4, 4, 3), "first_image")


def test_empty_conditioning_is_refused():
    with pytest.raises(ValueError, match="`positive` is a list; connect a CONDITIONING"):
        checks.checked_conditioning([], "positive")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_images_of_another_precision_become_float32(dtype):
    assert checks.checked_image(torch.full((1, 4, 4, 3), 0.5, dtype=dtype), "image").dtype == torch.float32


@pytest.mark.parametrize(
    ("low", "high", "told"), [(0.0, 1.0, 0), (-0.2, 1.2, 0), (0.0, 255.0, 1), (-1.0, 1.0, 1)]
)
def test_colours_far_outside_of_their_range_are_told(capsys, low, high, told):
    image = torch.linspace(low, high, 48).reshape(1, 4, 4, 3)
    assert torch.equal(checks.checked_image(image, "image"), image)
    assert capsys.readouterr().err.count(f"`image` holds values from {low:g} to {high:g}") == told


@pytest.mark.parametrize(
    "audio, said",
    [
        (None, "`sound` is missing; connect an AUDIO"),
        ("song.wav", "`sound` is a str; connect an AUDIO"),
        ({"waveform": [0.0], "sample_rate": 8000}, "the waveform of `sound` is a list; connect an AUDIO"),
        (
            {"waveform": torch.zeros(2, 8), "sample_rate": 8000},
            r"the waveform of `sound` has shape \[2, 8\]; that of an AUDIO is \[sounds, channels, samples\]",
        ),
        ({"waveform": torch.zeros(1, 0, 8), "sample_rate": 8000}, r"`sound` has shape \[1, 0, 8\]"),
        (
            {"waveform": torch.zeros(1, 1, 8), "sample_rate": 0},
            "the sample rate of `sound` is 0; it must be from 1 to 1000000",
        ),
        ({"waveform": torch.zeros(1, 1, 8), "sample_rate": None}, "the sample rate of `sound` is None"),
        (
            {"waveform": torch.full((1, 1, 8), torch.nan), "sample_rate": 8000},
            "`sound` holds values that are NaN",
        ),
    ],
)
def test_what_is_no_sound_is_named(audio, said):
    with pytest.raises(ValueError, match=said):
        checks.checked_sound(audio, "sound")


def test_a_sound_may_be_empty():
    sound = {"waveform": torch.zeros(1, 2, 0), "sample_rate": 44100.0}
    assert checks.checked_sound(sound, "sound")["sample_rate"] == 44100


@pytest.mark.parametrize("fps", [0, -24.0, float("nan"), float("inf")])
def test_frames_a_second_that_are_none_are_refused(fps):
    with pytest.raises(ValueError, match=r"`fps` is .*; it must be above 0, for example 24"):
        checks.check_fps(fps)
