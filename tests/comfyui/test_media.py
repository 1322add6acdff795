"""The stand-ins that read files give what ComfyUI's own nodes give, bit by bit, for every format."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from flowbrush.hosts import use
from flowbrush.hosts.headless import HeadlessHost, stock

from ..media_zoo import write_zoo
from .server import comfyui_python, environment

pytestmark = pytest.mark.comfyui

# ComfyUI 0.33 stops with an error where FFmpeg gives a picture no time; the stand-in reads it.
FAIL_IN_COMFYUI = {"icon.ico"}
# FFmpeg cannot decode these: LoadImage uses Pillow, and a video of them has no frames.
NO_VIDEO = {
    "animated.webp",
    "animated_alpha.webp",
    "float.tif",
    "grey32.tif",
    "truncated.bmp",
    "truncated.png",
    "truncated.tif",
}


def flat(values):
    arrays = {}
    for slot, value in enumerate(values):
        if isinstance(value, dict):
            arrays[f"{slot} waveform"] = value["waveform"].numpy()
            arrays[f"{slot} rate"] = np.array(value["sample_rate"])
        elif value is not None:
            arrays[str(slot)] = value.numpy() if hasattr(value, "numpy") else np.array(value)
    return arrays


READERS = {
    "LoadImage": lambda name: stock.LoadImage.execute(name).args,
    "LoadImageMask alpha": lambda name: stock.LoadImageMask.execute(name, "alpha").args,
    "LoadImageMask red": lambda name: stock.LoadImageMask.execute(name, "red").args,
    "LoadVideo": lambda name: stock.GetVideoComponents.execute(stock.LoadVideo.execute(name)[0]).args,
}


@pytest.fixture(scope="module")
def zoo(comfyui_path, tmp_path_factory):
    """A folder of files, their names, and the folder with what ComfyUI's nodes read in them."""
    files, results = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("results")
    pictures, videos = write_zoo(files)
    worker = Path(__file__).with_name("media_worker.py")
    command = [comfyui_python(comfyui_path), str(worker), str(comfyui_path), str(files), str(results)]
    done = subprocess.run(
        command, cwd=results, env=environment(), capture_output=True, text=True, timeout=480
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return files, pictures, videos, results


def differences(reader, names, files, results):
    """A line for each file that ComfyUI and the stand-in read differently."""
    use(HeadlessHost(input_directory=files))
    found = []
    for name in names:
        expected = dict(np.load(results / f"{reader} {name}.npz"))
        given = flat(READERS[reader](name))
        if expected.keys() != given.keys():
            found.append(f"{name}: {expected.get('error', expected.keys())} and {given.keys()}")
            continue
        for key, value in expected.items():
            same = value.dtype == given[key].dtype and value.shape == given[key].shape
            if not same or not np.array_equal(value, given[key]):
                found.append(f"{name}: output {key}, {value.shape} {value.dtype} and {given[key].shape}")
    return found


@pytest.mark.parametrize("reader", [name for name in READERS if name != "LoadVideo"])
def test_every_picture_is_read_as_by_comfyui(reader, zoo):
    files, pictures, _, results = zoo
    names = [name for name in pictures if name not in FAIL_IN_COMFYUI]
    assert len(names) > 45
    assert differences(reader, names, files, results) == []


def test_every_video_is_read_as_by_comfyui(zoo):
    files, pictures, videos, results = zoo
    names = [name for name in pictures if name not in FAIL_IN_COMFYUI | NO_VIDEO]
    assert differences("LoadVideo", names + videos, files, results) == []


def test_the_numbers_that_reports_were_about(zoo):
    files, _, _, _ = zoo
    use(HeadlessHost(input_directory=files))
    grey = stock.LoadImage.execute("grey16.png")[0]
    assert 0.45 < float(grey.mean()) < 0.55  # not white
    assert [len(stock.LoadImage.execute(f"animated.{form}")[0]) for form in ("gif", "webp", "png")] == [
        4,
        4,
        4,
    ]
    assert READERS["LoadVideo"]("turned_90.mp4")[0].shape[1:3] == (64, 48)
    assert READERS["LoadVideo"]("stereo.mp4")[1]["waveform"].shape[:2] == (1, 2)
