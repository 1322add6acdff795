"""The moving picture of the presets in their help page."""

import torch
from flowbrush.motion.measure.seam import seam_ratio
from flowbrush.motion.presets import preset_names
from flowbrush.workflows.graphs.preset_pictures import (
    COLUMNS,
    FILE,
    FRAMES,
    GAP,
    TILE,
    labelled,
    moving_sheet,
)
from PIL import Image


def test_every_preset_moves_in_its_own_tile_and_closes():
    sheet = moving_sheet(["jelly", "drift"], (36, 54), 12)
    assert sheet.shape == (12, 36, COLUMNS * (54 + GAP) - GAP, 3)
    for left in (0, 54 + GAP):
        tile = sheet[:, :, left : left + 54]
        assert (tile[4] - tile[0]).abs().max() > 0.1 and seam_ratio(tile) <= 1.1
    assert sheet[:, :, 2 * (54 + GAP) :].min() == 1


def test_a_label_is_read_on_any_ground():
    for ground in (0.0, 1.0):
        shown = labelled(torch.full((1, 40, 80, 3), ground), "drift")[0]
        assert shown.max() == 1 and shown.min() < 0.4 and bool((shown[:20] == ground).all())


def test_the_help_page_has_all_presets_in_a_small_file():
    with Image.open(FILE) as picture:
        assert picture.n_frames == FRAMES and picture.info["loop"] == 0
        rows = -(-len(preset_names()) // COLUMNS)
        assert picture.size == (COLUMNS * (TILE[1] + GAP) - GAP, rows * (TILE[0] + GAP) - GAP)
    assert FILE.stat().st_size < 1_000_000
