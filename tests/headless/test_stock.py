from datetime import datetime

import av
import numpy as np
import pytest
import torch
from flowbrush.hosts.headless import pictures, saved_files, stock
from flowbrush.hosts.headless.graph import parse
from flowbrush.hosts.headless.runner import run
from flowbrush.hosts.headless.saved_files import FolderType, next_name
from flowbrush.hosts.headless.videos import write_video
from PIL import Image

from ..media_zoo import VIDEOS, turned_copy, write_clip, write_tiled_heic

pytestmark = pytest.mark.usefixtures("toys")


def picture(path, mode="RGB", size=(6, 4), **options):
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = torch.randint(0, 256, (size[1], size[0], channels), generator=torch.Generator().manual_seed(0))
    Image.fromarray(pixels.byte().numpy().squeeze(), mode).save(path, **options)
    return pixels / 255.0


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


def run_loader(loader, slot=0):
    """Run a graph that previews what a loader outputs."""
    graph = {"1": loader, "2": node("PreviewAny", source=["1", slot])}
    return run(parse(graph))


def test_load_image_gives_the_pixels(folders):
    pixels = picture(folders / "input" / "photo.png")
    graph = {"1": node("LoadImage", image="photo.png"), "2": node("PreviewImage", images=["1", 0])}
    (images,) = run(parse(graph)).outputs["2"]
    assert torch.equal(images[0], pixels)
    assert stock.LoadImage.define_schema().inputs[0].choices == ["photo.png"]


def test_load_image_takes_a_path(folders):
    pixels = picture(folders / "elsewhere.png")
    loaded = stock.LoadImage.execute(str(folders / "elsewhere.png"))
    assert torch.equal(loaded[0][0], pixels)
    assert loaded[1].shape == (1, 64, 64)


def test_transparency_becomes_a_mask(folders):
    pixels = picture(folders / "input" / "cut.png", "RGBA")
    image, mask = stock.LoadImage.execute("cut.png").args
    assert image.shape == (1, 4, 6, 3)
    assert torch.allclose(mask[0], 1 - pixels[..., 3])
    assert torch.equal(stock.LoadImageMask.execute("cut.png", "alpha")[0], mask)
    assert torch.equal(stock.LoadImageMask.execute("cut.png", "green")[0], image[..., 1])


# ComfyUI's Load Image turns a photo by its EXIF orientation, but does not mirror it.
TURNS = {1: 0, 2: 2, 3: 2, 4: 0, 5: 3, 6: 3, 7: 1, 8: 1}  # quarter turns counterclockwise


@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_is_turned_and_a_notice_says_that_it_is_not_mirrored(folders, orientation, capsys):
    y, x = torch.meshgrid(torch.linspace(0, 255, 32), torch.linspace(0, 255, 48), indexing="ij")
    photo = torch.stack([x, y, (x + y) / 2], -1).byte()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo.numpy()).save(folders / "input" / "phone.png", exif=exif)
    (loaded,) = stock.LoadImage.execute("phone.png")[0]
    assert torch.equal(loaded, photo.float().rot90(TURNS[orientation]) / 255.0)
    assert ("not mirrored" in capsys.readouterr().err) == (orientation in (2, 4, 5, 7))


def cut(source, path, share):
    path.write_bytes(source.read_bytes()[: int(source.stat().st_size * share)])


@pytest.mark.parametrize("form", ["png", "jpg", "bmp", "tif", "gif"])
def test_a_notice_says_that_a_picture_is_cut_off(folders, form, capsys):
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    whole = folders / "input" / f"whole.{form}"
    Image.fromarray(noise).save(whole)
    stock.LoadImage.execute(whole.name)
    assert capsys.readouterr().err == ""
    cut(whole, whole.with_stem("half"), 0.6)
    assert stock.LoadImage.execute(f"half.{form}")[0].shape == (1, 48, 64, 3)
    assert f"half.{form} is cut off or damaged" in capsys.readouterr().err


def test_a_picture_without_any_of_its_pixels_is_refused(folders):
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    Image.fromarray(noise).save(folders / "input" / "whole.png")
    cut(folders / "input" / "whole.png", folders / "input" / "start.png", 0.02)
    with pytest.raises(ValueError, match=r"start\.png holds none of its pixels"):
        stock.LoadImage.execute("start.png")


def test_a_photo_of_which_only_a_tile_can_be_read_is_refused(folders):
    """FFmpeg reads the tiles of a phone's HEIC photo as streams, and the first of them is no picture of the whole."""
    write_tiled_heic(folders / "input" / "phone.heic")
    with pytest.raises(ValueError, match=r"made of 2 tiles.*it is a HEIC photo; save it as JPEG"):
        stock.LoadImage.execute("phone.heic")


@pytest.mark.parametrize("form", ["mkv", "avi"])
def test_a_notice_says_that_a_video_is_cut_off(folders, form, capsys):
    whole = folders / "input" / f"whole.{form}"
    write_clip(whole, codec="mpeg4" if form == "avi" else "ffv1", frames=40)
    assert len(stock.GetVideoComponents.execute(stock.LoadVideo.execute(whole.name)[0])[0]) == 40
    assert capsys.readouterr().err == ""
    cut(whole, whole.with_stem("half"), 0.6)
    assert 1 <= len(stock.GetVideoComponents.execute(stock.LoadVideo.execute(f"half.{form}")[0])[0]) < 40
    assert f"half.{form} is cut off or damaged" in capsys.readouterr().err


def test_missing_files_are_named_before_the_run(folders):
    with pytest.raises(ValueError, match=r"node 1 LoadImage: there is no file `nowhere\.png`"):
        run_loader(node("LoadImage", image="nowhere.png"))
    (folders / "input" / "text.png").write_text("no picture")
    with pytest.raises(RuntimeError, match="not a picture that can be read"):
        run_loader(node("LoadImage", image="text.png"))


def test_a_video_is_taken_apart(folders):
    write_video(folders / "input" / "clip.mp4", torch.full((5, 32, 32, 3), 0.5), 12)
    graph = {
        "1": node("LoadVideo", file="clip.mp4"),
        "2": node("GetVideoComponents", video=["1", 0]),
        "3": node("PreviewImage", images=["2", 0]),
        "4": node("PreviewAny", source=["2", 2]),
    }
    result = run(parse(graph))
    assert result.outputs["3"][0].shape == (5, 32, 32, 3)
    assert result.texts() == ["12.0"]


def test_images_are_saved_under_the_next_free_name(folders):
    images = torch.rand(2, 4, 6, 3, generator=torch.Generator().manual_seed(1))
    for first in (1, 3):
        saved = stock.SaveImage.execute(images, "set/shot").ui.as_dict()["images"]
        assert [entry["filename"] for entry in saved] == [
            f"shot_{first:05}_.png",
            f"shot_{first + 1:05}_.png",
        ]
    loaded, _ = pictures.read_image(folders / "output" / "set" / "shot_00003_.png")
    assert torch.equal((loaded[0] * 255).round(), (images[0] * 255).floor())  # ComfyUI does not round either


def test_names_stay_in_their_folder():
    with pytest.raises(ValueError, match="leads out of"):
        next_name("../../etc/passwd", "png", FolderType.output)


def test_masks():
    assert torch.equal(stock.SolidMask.execute(0.25, 6, 4)[0], torch.full((1, 4, 6), 0.25))
    image = torch.rand(2, 4, 6, 3, generator=torch.Generator().manual_seed(2))
    assert torch.equal(stock.ImageToMask.execute(image, "blue")[0], image[..., 2])
    with pytest.raises(ValueError, match="has 3 channels and no alpha"):
        stock.ImageToMask.execute(image, "alpha")


@pytest.mark.parametrize(
    ("index", "length", "taken"), [(0, 1, [0]), (-2, 5, [2, 3]), (9, 1, [3]), (1, 2, [1, 2])]
)
def test_pictures_are_taken_out_of_a_batch(index, length, taken):
    batch = torch.arange(4.0)[:, None, None, None].expand(4, 2, 2, 3)
    assert stock.ImageFromBatch.execute(batch, index, length)[0][:, 0, 0, 0].tolist() == taken


def test_16_bit_depth_maps_keep_their_values(folders):
    values = torch.linspace(0, 65535, 64 * 32).reshape(32, 64).round().to(torch.int32)
    for suffix in ("png", "tif"):
        Image.fromarray(values.numpy().astype(np.uint16)).save(folders / "input" / f"depth.{suffix}")
        (depth,) = stock.LoadImage.execute(f"depth.{suffix}")[0]
        assert torch.allclose(depth[..., 0], values / 65535.0, atol=2e-4)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animations_give_all_their_frames(folders, suffix):
    frames = [Image.new("RGB", (40, 30), (60 * i, 0, 90)) for i in range(4)]
    path = folders / "input" / f"loop.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    images, masks = stock.LoadImage.execute(path.name).args
    assert len(images) == len(masks) == 4
    assert float((images[:, 15, 20, 0] * 255 - torch.tensor([0.0, 60, 120, 180])).abs().max()) < 12


@pytest.mark.parametrize("place", ["input", "output", "temp"])
def test_annotated_names_are_found_in_their_folder(folders, place):
    (folders / place / "clipspace").mkdir()
    pixels = picture(folders / place / "clipspace" / "mask.png", "RGBA")
    name = f"clipspace/mask.png [{place}]"
    assert stock.LoadImage.validate_inputs(name)
    assert torch.equal(stock.LoadImage.execute(name)[0][0], pixels[..., :3])
    with pytest.raises(ValueError, match="leads out of"):
        stock.LoadImage.validate_inputs(f"../../etc/passwd [{place}]")


def test_names_with_dates_and_sizes(folders, monkeypatch):
    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 3, 5, 12, 4, 9)

    monkeypatch.setattr(saved_files, "datetime", Noon)
    images = torch.zeros(1, 4, 6, 3)
    prefix = "%year%/%date:yyyy-MM-dd hhmmss%_%date:yy.M.d%_%width%x%height%_%nothing%"
    (saved,) = stock.SaveImage.execute(images, prefix).ui.as_dict()["images"]
    assert saved["subfolder"] == "2026"
    assert saved["filename"] == "2026-03-05 120409_26.3.5_6x4_%nothing%_00001_.png"


def test_photos_of_phones_and_drawings_are_refused_with_advice(folders):
    folder = folders / "input"
    (folder / "photo.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    (folder / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"></svg>')
    with pytest.raises(ValueError, match="it is a HEIC photo; save it as JPEG or PNG"):
        stock.LoadImage.execute("photo.heic")
    with pytest.raises(ValueError, match="it is a vector drawing; export it as PNG"):
        stock.LoadImage.execute("logo.svg")


CODEC = {"format": "auto", "format.codec": "auto"}


def streams_of(path):
    with av.open(str(path)) as container:
        return [(stream.type, stream.codec.name, stream.duration) for stream in container.streams]


@pytest.mark.parametrize("name", ["stereo.mp4", "turned.mp4", "opus.webm"])
def test_a_video_that_is_only_passed_on_keeps_its_sound_and_rotation(folders, name):
    source = folders / "input" / name
    if name == "turned.mp4":
        write_clip(folders / "upright.mp4", sound="mono")
        turned_copy(folders / "upright.mp4", source, 90)
    else:
        write_clip(source, **VIDEOS[name])
    graph = {
        "1": node("LoadVideo", file=name),
        "2": node("SaveVideo", video=["1", 0], filename_prefix="kept", **CODEC),
    }
    (saved,) = run(parse(graph)).files()
    assert [stream[:2] for stream in streams_of(saved)] == [stream[:2] for stream in streams_of(source)]
    one, other = (
        stock.GetVideoComponents.execute(stock.LoadVideo.execute(str(path))[0]) for path in (source, saved)
    )
    assert torch.equal(one[0], other[0])
    if name != "opus.webm":  # MP4 and WebM start an Opus track at different samples
        assert torch.equal(one[1]["waveform"], other[1]["waveform"])


def test_sound_goes_into_a_new_video(folders):
    write_clip(folders / "input" / "talk.mp4", sound="stereo")
    graph = {
        "1": node("LoadVideo", file="talk.mp4"),
        "2": node("GetVideoComponents", video=["1", 0]),
        "3": node("CreateVideo", images=["2", 0], audio=["2", 1], fps=12.0),
        "4": node("SaveVideo", video=["3", 0], filename_prefix="new", **CODEC),
    }
    (saved,) = run(parse(graph)).files()
    heard = stock.GetVideoComponents.execute(stock.LoadVideo.execute(str(saved))[0])[1]
    assert heard["sample_rate"] == 44100
    wave = heard["waveform"][0, 0, 4096:16384]
    pitch = int(torch.fft.rfft(wave).abs().argmax()) * 44100 / len(wave)
    assert abs(pitch - 440) < 5
    assert 0.3 < float(wave.abs().max()) < 0.7


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "bayer-2", "bayer-8"])
def test_pictures_are_drawn_in_a_few_colours(dither):
    ramp = torch.linspace(0, 1, 32)[None, None, :, None].expand(1, 24, 32, 3)
    (drawn,) = stock.ImageQuantize.execute(ramp, 4, dither)
    assert drawn.shape == ramp.shape and 2 <= len(drawn.unique()) <= 4
    assert (drawn.mean() - ramp.mean()).abs() < 0.06
    spread = drawn[0].std(0).mean()  # dither changes from row to row, and plain colours do not
    assert (spread == 0) == (dither == "none")


def test_a_colour_is_blended_over_a_picture():
    (orange,) = stock.EmptyImage.execute(4, 2, 3, 0xFF8040)
    assert orange.shape == (3, 2, 4, 3)
    assert torch.allclose(orange[0, 0, 0] * 255, torch.tensor([255.0, 128.0, 64.0]))
    grey = torch.full((3, 2, 4, 3), 0.5)
    (tinted,) = stock.ImageBlend.execute(grey, orange, 0.5, "multiply")
    assert torch.allclose(tinted, 0.25 + 0.25 * orange)
    (same,) = stock.ImageBlend.execute(grey, orange, 0.0, "overlay")
    assert torch.equal(same, grey)


def test_a_blended_picture_of_another_shape_is_cropped_to_its_middle():
    wide = torch.zeros(1, 4, 12, 3)
    wide[:, :, 4:8] = 1
    (mixed,) = stock.ImageBlend.execute(torch.zeros(1, 8, 8, 3), wide, 1.0, "normal")
    assert mixed.shape == (1, 8, 8, 3) and bool((mixed == 1).all())
