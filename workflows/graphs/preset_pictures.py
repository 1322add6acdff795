"""The moving picture of the presets in their help page: every preset on an example picture, as one animated WebP.

python -m flowbrush.workflows.graphs.preset_pictures [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from ...hosts.loop_writer import write_animation
from ...motion.field.field import field_from_document
from ...motion.presets import preset, preset_names
from ...motion.presets.fitting import fitted_preset, is_gentle, masked_preset
from ...motion.proposal.gentle_move import gentle_depth
from ...motion.proposal.picture_parts import moving_mask
from ...rendering.resizing import fit_image
from ...rendering.warp import warp_image
from ...synthetic.pictures.render import render_example

FILE = Path(__file__).resolve().parents[2] / "js" / "docs" / "presets.webp"
TILE = 108, 160  # px, height and width of a preset in the picture
SCALE = 2  # by which the frames are reduced, so that edges are smooth
COLUMNS, GAP = 4, 4
FRAMES, FPS, QUALITY = 24, 12.0, 45
_PICTURES = {
    "balloon": ("leaves", "orbit", "dolly_zoom", "parallax_push", "drift", "bobbing", "jelly"),
}
_ON_WATER = ("waterfall",)  # on a picture without a waterfall
_OTHER = "boat"
_LETTER, _MARGIN = 11, 5  # px


def moving_sheet(names: list[str], tile: tuple[int, int] = TILE, frames: int = FRAMES) -> Tensor:
    """Frames [T,H,W,3] in 0..1 in which each named preset moves an example picture in its tile of (height, width) px."""
    tiles = [labelled(preset_frames(name, tile, frames), name.replace("_", " ")) for name in names]
    rows = -(-len(tiles) // COLUMNS)
    height, width = tile
    sheet = torch.ones(frames, rows * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP, 3)
    for index, shown in enumerate(tiles):
        top, left = index // COLUMNS * (height + GAP), index % COLUMNS * (width + GAP)
        sheet[:, top : top + height, left : left + width] = shown
    return sheet


def preset_frames(name: str, size: tuple[int, int], frames: int) -> Tensor:
    """The frames [T,h,w,3] of a preset on its example picture."""
    example = next((picture for picture, presets in _PICTURES.items() if name in presets), _OTHER)
    height, width = size
    picture = render_example(example, SCALE * height, SCALE * width)[0]
    depth = gentle_depth(picture)
    shown, masks = fitted_preset(name, picture, depth), []
    if is_gentle(name, shown):
        shown = preset(name)
    if name in _ON_WATER:
        masks = [torch.from_numpy(moving_mask(picture.numpy(), "water")).float()]
        shown = masked_preset(name)
    field = field_from_document(shown, frames, masks, depth, width / height)
    return fit_image(warp_image(picture, field).frames, width, height, "stretch")


def labelled(frames: Tensor, text: str) -> Tensor:
    """The frames [T,h,w,3] with a text at their lower left."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    height, width = frames.shape[1:3]
    cover = Image.new("L", (width, height))
    pen = ImageDraw.Draw(cover)
    at, font = (_MARGIN, height - _MARGIN), ImageFont.load_default(_LETTER)
    pen.text(at, text, 255, font, anchor="ls")
    letters = torch.from_numpy(np.asarray(cover).copy() / 255).float()[..., None]
    pen.text(at, text, 255, font, anchor="ls", stroke_width=2)
    rim = torch.from_numpy(np.asarray(cover).copy() / 255).float()[..., None]
    return frames * (1 - 0.7 * rim) * (1 - letters) + letters


def main(arguments: list[str]) -> None:
    """Write the moving picture to the file that is given, or to its place in the help."""
    path = Path(arguments[0]) if arguments else FILE
    write_animation(path, moving_sheet(preset_names()), FPS, QUALITY)
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
