import numpy as np
import pytest
import torch
from flowbrush.nodes.animation import animation_ui
from flowbrush.nodes.brush import MotionBrush
from flowbrush.nodes.example import ExampleImage
from flowbrush.nodes.preview import PreviewMotion, grey_picture
from flowbrush.workflows.graphs.documents import BALLOONS_AND_CLOUDS

MASKED = '{"layers": [{"region": {"mask": 0}, "motion": {"vertical": 0.25}}]}'


def test_the_default_document_moves_the_example_balloon(picture):
    motion = MotionBrush.execute(BALLOONS_AND_CLOUDS, 17, picture)[0]
    moved = motion.displacement(64, 64)[-1]
    assert moved[24, 32, 0] > 4 and moved[24, 32, 1] < -1  # the balloon: right and up
    assert moved[8, 4, 0] < -1  # the clouds: left
    assert moved[56].abs().max() == 0  # the ground stays


def shown_file(reference):
    from flowbrush.hosts import host
    from PIL import Image

    assert reference["type"] == "temp" and not reference["subfolder"]
    return Image.open(host().temp_directory() / reference["filename"])


def test_after_a_run_the_editor_finds_what_it_paints_on(picture):
    masks = torch.linspace(0, 1, 32).expand(2, 16, 32)
    depth = picture.flip(1)
    shown = MotionBrush.execute(BALLOONS_AND_CLOUDS, 17, picture, masks, depth).ui
    assert {name: len(files) for name, files in shown.items()} == {
        "flowbrush_picture": 1,
        "flowbrush_masks": 2,
        "flowbrush_depth": 1,
    }
    pixels = torch.from_numpy(np.array(shown_file(shown["flowbrush_picture"][0]))) / 255
    assert (pixels - picture[0]).abs().max() < 1 / 255
    mask = torch.from_numpy(np.array(shown_file(shown["flowbrush_masks"][1]))) / 255
    assert (mask - masks[1]).abs().max() < 1 / 255
    assert shown["flowbrush_masks"][1]["channel"] == shown["flowbrush_depth"][0]["channel"] == "grey"
    assert not MotionBrush.execute(BALLOONS_AND_CLOUDS, 17).ui


def test_the_painted_frame_of_a_clip_is_the_picture_and_the_editor_finds_the_whole_clip(picture):
    from flowbrush.hosts import host
    from flowbrush.hosts.headless.videos import read_video

    clip = torch.cat([picture * level for level in (0.2, 0.4, 0.6, 0.8)])
    painted = BALLOONS_AND_CLOUDS.replace('"version":', '"frame": 2, "version":', 1)
    output = MotionBrush.execute(painted, 17, clip)
    assert output[1] == 2 and MotionBrush.execute(BALLOONS_AND_CLOUDS, 17, clip)[1] == 0
    pixels = torch.from_numpy(np.array(shown_file(output.ui["flowbrush_picture"][0]))) / 255
    assert (pixels - clip[2]).abs().max() < 1 / 255
    (reference,) = output.ui["flowbrush_clip"]
    frames, _ = read_video(host().temp_directory() / reference["filename"])
    assert frames.shape == clip.shape and (frames - clip).abs().mean() < 0.02
    again = MotionBrush.execute(painted.replace("2", "3", 1), 17, clip).ui["flowbrush_clip"]
    assert again == [reference]
    assert (
        MotionBrush.execute(painted, 17, picture)[1] == 2
    )  # a single picture is the frame that was painted on
    with pytest.raises(
        ValueError, match="painted on frame 2 of a clip, but `image` has 2 frames; choose at most 1"
    ):
        MotionBrush.execute(painted, 17, clip[:2])


def test_a_large_picture_is_shown_smaller():
    shown = MotionBrush.execute(BALLOONS_AND_CLOUDS, 5, torch.rand(1, 100, 4000, 3)).ui
    assert shown_file(shown["flowbrush_picture"][0]).size == (2048, 51)


def test_a_picture_whose_writing_was_stopped_is_written_again(monkeypatch):
    from flowbrush.hosts import host
    from PIL import Image

    picture = torch.rand(1, 20, 30, 3)
    with monkeypatch.context() as patched:
        patched.setattr(Image.Image, "save", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            MotionBrush.execute(BALLOONS_AND_CLOUDS, 5, picture)
        with pytest.raises(KeyboardInterrupt):
            animation_ui(picture)
    assert not list(host().temp_directory().glob("*.part"))
    shown = MotionBrush.execute(BALLOONS_AND_CLOUDS, 5, picture).ui
    assert shown_file(shown["flowbrush_picture"][0]).size == (30, 20)
    assert shown_file(animation_ui(picture)["images"][0]).size == (30, 20)


def test_the_shape_comes_from_the_picture_or_the_masks(picture):
    wide = torch.zeros(1, 32, 64, 3)
    assert MotionBrush.execute(BALLOONS_AND_CLOUDS, 5, wide)[0].aspect == 2
    assert MotionBrush.execute(MASKED, 5, None, torch.ones(1, 64, 32))[0].aspect == 0.5
    assert MotionBrush.execute(BALLOONS_AND_CLOUDS, 5)[0].aspect is None


def test_a_mask_is_a_region():
    mask = torch.zeros(1, 32, 32)
    mask[:, :, 16:] = 1
    moved = MotionBrush.execute(MASKED, 5, None, mask)[0].displacement(32, 32)[-1]
    assert moved[16, 28, 1] == 8 and moved[16, 4].abs().max() == 0


def test_a_document_without_motion_is_refused():
    with pytest.raises(ValueError, match="`document` has no motion"):
        MotionBrush.execute("{}", 17)
    with pytest.raises(ValueError, match=r"`document` has no motion yet: .* paint a region"):
        MotionBrush.execute("  ", 17)
    assert MotionBrush.validate_inputs("") is True  # it may run, to show its picture
    with pytest.raises(ValueError, match="refers to mask 0, but 0 are connected"):
        MotionBrush.execute(MASKED, 17)


@pytest.mark.parametrize("document", ["", '{"version": 2, "layers": [{"locked": true}]}'])
def test_without_motion_the_picture_is_shown_and_what_follows_is_blocked(document):
    output = MotionBrush.execute(document, 17, torch.rand(1, 24, 32, 3))
    assert "paint a region" in output.block_execution
    assert output.ui["flowbrush_picture"][0]["filename"].endswith(".png")


def test_a_broken_document_is_refused_before_anything_runs():
    assert MotionBrush.validate_inputs(BALLOONS_AND_CLOUDS) is True
    assert MotionBrush.validate_inputs(None) is True
    said = MotionBrush.validate_inputs('{"layers": [{"motion": {"rotation": "much"}}]}')
    assert "layers[0].motion.rotation" in said


@pytest.mark.parametrize("style", ["animated warp", "arrows", "flow wheel"])
def test_a_preview_has_a_picture_for_each_frame(style, picture, motion):
    output = PreviewMotion.execute(motion, style, picture)
    assert output[0].shape == (5, 32, 32, 3) and output[0].isfinite().all()
    assert output.ui["images"][0]["filename"].endswith(".webp")
    assert shown_file(output.ui["images"][0]).n_frames == 5


def test_arrows_need_no_picture(motion):
    assert PreviewMotion.execute(motion, "arrows")[0].shape == (5, 512, 512, 3)
    assert grey_picture(2.0).shape == (1, 256, 512, 3)
    arrows = PreviewMotion.execute(motion, "arrows")[0]
    assert torch.equal(PreviewMotion.execute(motion, "animated warp")[0], arrows)  # the default style


def test_example_images_are_the_same_every_time():
    a, b = (ExampleImage.execute("balloon", 32, 24, 3)[0] for _ in range(2))
    assert a.shape == (1, 24, 32, 3) and torch.equal(a, b)
