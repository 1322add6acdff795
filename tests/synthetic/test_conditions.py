import torch
from flowbrush.synthetic.conditions import condition_batch, condition_clip, shorten_caption
from flowbrush.synthetic.scene import render_clips, texture_pool


def some_clips(count: int = 3):
    generator = torch.Generator().manual_seed(5)
    return render_clips(texture_pool(8, 96, generator), count, 5, 64, 64, generator), generator


def test_the_conditioning_of_a_fully_painted_clip_equals_the_clip_where_known():
    clips, generator = some_clips()
    for clip in range(3):
        shown, validity = condition_clip(clips, clip, "painted", generator)
        truth = clips.video[clip].permute(1, 2, 3, 0)
        error = (shown - truth).abs().mean(-1)
        known = validity > 0.98
        assert float(known.float().mean()) > 0.5
        assert float(error[known].mean()) < 0.04
        assert torch.equal(shown[0], truth[0])


def test_partial_painting_marks_the_rest_as_unknown():
    clips, generator = some_clips()
    _, painted = condition_clip(clips, 0, "painted", generator)
    _, partial = condition_clip(clips, 0, "partial", generator)
    assert bool((partial[0] == 1).all())
    assert float(partial[1:].mean()) < 0.7 * float(painted[1:].mean())


def test_first_and_last_frame_are_the_only_known_ones():
    clips, generator = some_clips()
    shown, validity = condition_clip(clips, 1, "first_last", generator)
    assert validity.flatten(1).mean(1).tolist() == [1, 0, 0, 0, 1]
    assert torch.equal(shown[-1], clips.video[1, :, -1].permute(1, 2, 0))
    assert bool((shown[1:-1] == 0.5).all())


def test_without_any_frame_the_conditioning_is_grey_and_unknown():
    clips, generator = some_clips()
    shown, validity = condition_clip(clips, 1, "nothing", generator)
    assert bool((shown == 0.5).all()) and float(validity.max()) == 0


def test_a_batch_has_the_shapes_that_the_model_reads():
    clips, generator = some_clips()
    video, known, modes = condition_batch(clips, generator)
    assert video.shape == (3, 3, 5, 64, 64) and known.shape == (3, 4, 2, 8, 8) and len(modes) == 3
    assert float(known.min()) >= 0 and float(known.max()) <= 1


def test_shortened_captions_stay_within_the_encoder_and_are_sometimes_empty():
    generator = torch.Generator().manual_seed(0)
    caption = ", ".join(f"a purple square moves left and turns clockwise {i}" for i in range(6))
    texts = [shorten_caption(caption, generator) for _ in range(60)]
    assert "" in texts
    assert all(len(text.encode()) <= 120 for text in texts)
    assert len(set(texts)) > 20
