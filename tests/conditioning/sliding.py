"""Small motions and latents for the tests of conditioning that moves latents."""

import json

import torch
import torch.nn.functional as F
from flowbrush.conditioning.latent_frames import time_to_move_frames
from flowbrush.motion.field.field import field_from_document

HEIGHT, WIDTH = 64, 128  # 8 rows and 16 columns of cells
FRAMES = 9


def box(x0, y0, x1, y1):
    return {"polygons": [{"points": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]}], "feather": 0.0}


def painted(*layers, frames=FRAMES):
    return field_from_document(json.dumps({"version": 2, "layers": layers}), frames)


def sliding(fraction=0.25, frames=FRAMES, **more):
    """Columns 2..5 and rows 2..5 of the cells slide right by `fraction` of the picture's width."""
    layer = {"region": box(0.125, 0.25, 0.375, 0.75), "motion": {"horizontal": fraction}, **more}
    return painted(layer, frames=frames)


def random_latents(frames=3, rows=8, columns=16, seed=0):
    return torch.randn(1, 16, frames, rows, columns, generator=torch.Generator().manual_seed(seed))


def first_known(frames=3, rows=8, columns=16):
    mask = torch.ones(1, 4, frames, rows, columns)
    mask[:, :, 0] = 0
    return mask


def cell_means(frames):
    """In place of a VAE: latents [1,16,T',h,w] whose first three channels are the cells' mean colours."""
    cells = F.avg_pool2d(time_to_move_frames(frames).permute(0, 3, 1, 2), 8)
    return F.pad(cells, (0, 0, 0, 0, 0, 13)).transpose(0, 1)[None]
