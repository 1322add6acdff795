import numpy as np
import pytest
import torch
from flowbrush.hosts.headless import pictures, stock
from flowbrush.hosts.headless.graph import parse
from flowbrush.hosts.headless.runner import run
from flowbrush.hosts.headless.saved_files import FolderType, next_name
from flowbrush.hosts.headless.videos import write_video
from PIL import Image, ImageOps

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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_upright(folders, orientation):
    y, x = torch.meshgrid(torch.linspace(0, 255, 32), torch.linspace(0, 255, 48), indexing="ij")
    photo = Image.fromarray(torch.stack([x, y, (x + y) / 2], -1).byte().numpy())
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo.save(folders / "input" / "phone.jpg", exif=exif, quality=95)
    with Image.open(folders / "input" / "phone.jpg") as saved:
        upright = torch.from_numpy(np.array(ImageOps.exif_transpose(saved))) / 255.0
    (loaded,) = stock.LoadImage.execute("phone.jpg")[0]
    assert loaded.shape == upright.shape
    assert float((loaded - upright).abs().mean()) < 0.01


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
    assert float((loaded[0] - images[0]).abs().max()) <= 0.5 / 255 + 1e-6


def test_names_stay_in_their_folder():
    with pytest.raises(ValueError, match="leads out of"):
        next_name("../../etc/passwd", "png", FolderType.output)


def test_masks():
    assert torch.equal(stock.SolidMask.execute(0.25, 6, 4)[0], torch.full((1, 4, 6), 0.25))
    image = torch.rand(2, 4, 6, 3, generator=torch.Generator().manual_seed(2))
    assert torch.equal(stock.ImageToMask.execute(image, "blue")[0], image[..., 2])
    with pytest.raises(ValueError, match="has 3 channels and no alpha"):
        stock.ImageToMask.execute(image, "alpha")
