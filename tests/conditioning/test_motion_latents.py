"""First frame and motion become conditioning latents without a host: an encoder is any function of frames."""

import pytest
import torch
from flowbrush.conditioning.motion_latents import FORMS, ImageToVideo
from flowbrush.motion.field.field import field_from_flow
from flowbrush.rendering import completion

from .sliding import FRAMES, HEIGHT, WIDTH, cell_means, sliding


class CountingEncoder:
    """An encoder that counts how often it is called."""

    def __init__(self):
        self.calls = 0

    def __call__(self, frames):
        self.calls += 1
        return cell_means(frames)


@pytest.fixture
def clip():
    first = torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(0))
    return ImageToVideo(first, None, FRAMES, CountingEncoder())


def test_without_a_motion_only_the_first_frame_is_known(clip):
    assert clip.latents.mask[:, :, 0].max() == 0 and clip.latents.mask[:, :, 1:].min() == 1
    assert clip.latents.image[0, :3, 1:].unique().tolist() == [0.5]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_keeps_the_first_frame_and_changes_the_others(clip, form):
    image, _ = clip.latents_with(sliding(0.25), form)
    assert torch.allclose(image[:, :, 0], clip.latents.image[:, :, 0], atol=1e-5)
    assert (image[0, :3, -1] - clip.latents.image[0, :3, -1]).abs().max() > 0.05


def test_the_clip_without_motion_is_encoded_once(clip):
    clip.latents_with(sliding(0.25), "latent copy")
    clip.latents_with(sliding(0.25), "soft copy")
    assert clip.latents is clip.latents and clip.encode.calls == 1


def test_a_last_frame_is_known_whatever_the_motion_says(clip):
    last = torch.zeros(1, HEIGHT, WIDTH, 3)
    both = ImageToVideo(clip.first, last, FRAMES, lambda frames: clip.encode(frames.flip(0)))
    image, mask = both.latents_with(sliding(0.25), "warped video")
    assert mask[0, 3, -1].max() == 0 and image[0, :3, 0].abs().max() == 0


def test_an_unknown_form_is_refused(clip):
    with pytest.raises(ValueError, match="'copies'; choose one of warped video, latent copy, soft copy"):
        clip.latents_with(sliding(0.25), "copies")


def test_what_is_uncovered_is_a_plate_that_may_be_repainted_or_kept():
    """The uncovered half of the mask: unknown with a plate, known with one that is kept, grey where nothing is shown."""
    first = torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(0))
    plate = torch.full_like(first, 0.25)
    found = {}
    for behind in ("plate", "plate, kept", "smooth", "grey"):
        clip = ImageToVideo(
            first, None, FRAMES, cell_means, behind=behind, plate=plate if "plate" in behind else None
        )
        found[behind] = clip.latents_with(sliding(0.25), "warped video")
    unknown = found["plate"].mask[0, 0, -1] > 0.99  # the latent shows the first frame of its group
    assert unknown.any() and not unknown.all()
    assert torch.equal(found["smooth"].mask, found["plate"].mask) and torch.equal(
        found["grey"].mask, found["plate"].mask
    )
    assert found["plate, kept"].mask.max() == 0
    for behind in ("plate", "plate, kept"):
        torch.testing.assert_close(
            found[behind].image[0, :3, -1][:, unknown].max(), torch.tensor(0.25), atol=1e-3, rtol=0
        )
    torch.testing.assert_close(
        found["grey"].image[0, :3, -1][:, unknown].max(), torch.tensor(0.5), atol=1e-3, rtol=0
    )
    with pytest.raises(ValueError, match="`behind` is 'pink'; choose one of plate"):
        ImageToVideo(first, None, FRAMES, cell_means, behind="pink").latents_with(
            sliding(0.25), "warped video"
        )


def test_a_fill_that_has_to_be_smooth_is_announced(monkeypatch):
    monkeypatch.setattr(completion, "has_patchmatch", lambda: False)
    first, said = torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(1)), []
    flow = torch.zeros(FRAMES, HEIGHT, WIDTH, 2)
    flow[1:, :, : WIDTH // 2, 0] = -WIDTH / 4
    clip = ImageToVideo(first, None, FRAMES, cell_means, notice=said.append)
    clip.latents_with(field_from_flow(flow), "warped video")
    assert len(said) == 1 and said[0].startswith("What the motion uncovers is filled smoothly")
