"""A folder of clips as a user might have them, written by the tests themselves."""

from fractions import Fraction

import av
import numpy as np
from PIL import Image

PAN = 2  # px a frame, to the left


def texture(height, width, seed):
    """Smooth coloured noise, uint8 [height,width,3]."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 6, width // 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def scene(frames, height, width, seed):
    """A background that pans to the left by `PAN` px a frame behind a square that stands: list of uint8 [H,W,3]."""
    ground, square = texture(height, width + PAN * frames, seed), texture(height // 3, height // 3, seed + 50)
    pictures = []
    for t in range(frames):
        picture = ground[:, PAN * t : PAN * t + width].copy()
        picture[height // 3 :, width // 3 :][: len(square), : len(square)] = square
        pictures.append(picture)
    return pictures


def write_video(path, pictures, rate=16):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(rate))
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "8"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_folder(folder):
    """A square clip with a caption, a wide one with a cut in it, and a picture."""
    folder.mkdir(parents=True)
    write_video(folder / "pan.mp4", scene(13, 64, 64, 0))
    (folder / "pan.txt").write_text("a blue square\n stays, the camera pans right\n")
    write_video(folder / "cut.mp4", scene(9, 64, 112, 1) + [255 - p for p in scene(9, 64, 112, 2)])
    Image.fromarray(texture(96, 80, 3)).save(folder / "still.png")
    (folder / "notes.md").write_text("not a clip")
    return folder
