"""Plain scenes show what their captions say, and the captions name everything that is shown."""

import pytest
import torch
from flowbrush.synthetic.draws import Draws, new_seeds
from flowbrush.synthetic.plain_scenes import LAYERS, render_plain, scene_plan, shades, shortened_caption
from flowbrush.synthetic.sprites import COLOURS

SIDE = 48


@pytest.fixture(scope="module")
def pool():
    return shades(32, 32, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def clips(pool):
    """Twenty-four clips of nine frames, and their captions."""
    return render_plain(pool, range(24), 9, SIDE, SIDE)


def alone(captions):
    """Which clips show one thing under a camera that is still."""
    return [i for i, text in enumerate(captions) if len(text.split(", ")) == 2 and "camera is still" in text]


def middles(covered):
    """x and y of the middle of what is covered [T,H,W], in pixels: [T,2]."""
    axis = torch.arange(SIDE).float()
    weight = covered.sum((1, 2)).clamp_min(1e-6)
    x, y = (covered * axis).sum((1, 2)) / weight, (covered * axis[:, None]).sum((1, 2)) / weight
    return torch.stack((x, y), -1)


def test_a_clip_depends_on_its_seed_and_on_nothing_else(pool, clips):
    again, covered, captions = render_plain(pool, [7], 9, SIDE, SIDE)
    assert torch.allclose(again[0], clips[0][7], atol=1e-5) and torch.allclose(
        covered[0], clips[1][7], atol=1e-5
    )
    assert captions == [clips[2][7]]


def test_what_is_covered_has_the_colour_that_the_caption_names(clips):
    video, covered, captions = clips
    rows = alone(captions)
    assert len(rows) > 8
    for row in rows:
        inside = covered[row] > 0.99
        assert 0.01 < float(covered[row].mean()) < 0.6
        seen = video[row][:, inside].median(1).values
        named = torch.tensor(list(COLOURS.values()))
        assert list(COLOURS)[int((named - seen).norm(dim=1).argmin())] == captions[row].split()[1]


def test_a_thing_goes_where_its_caption_says_and_stays_in_view(clips):
    _, covered, captions = clips
    told = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
    checked = 0
    for row in alone(captions):
        way = middles(covered[row])[-1] - middles(covered[row])[0]
        words = captions[row].split(", ")[0].split()
        if "moves" in words:
            x, y = told[words[words.index("moves") + 1]]
            along, across = float(way[0] * x + way[1] * y), abs(float(way[0] * y + way[1] * x))
            assert along > 6 and along > 1.5 * across, captions[row]
            checked += 1
        elif words[-1] == "stays":
            assert float(way.norm()) < 1
    assert checked > 6


def test_growing_things_grow(pool):
    plan = scene_plan(pool, range(400), SIDE, SIDE)
    captions = plan.captions()
    rows = [
        i
        for i in alone(captions)
        if "moves" not in captions[i] and ("grows" in captions[i] or "shrinks" in captions[i])
    ]
    _, covered, named = render_plain(pool, rows, 5, SIDE, SIDE)
    for row, caption in enumerate(named):
        first, last = float(covered[row, 0].sum()), float(covered[row, -1].sum())
        assert (last > 1.2 * first) if "grows" in caption else (last < first / 1.2), caption


def test_backgrounds_differ_from_the_things_before_them(pool):
    plan = scene_plan(pool, range(500), SIDE, SIDE)
    ground = pool.mean((2, 3))[plan.looks.texture[:, 0]]
    colours = torch.tensor(list(COLOURS.values()))[plan.looks.tint[:, 1]]
    assert float(((ground - colours).norm(dim=1) < 0.3).float().mean()) < 0.02
    things = plan.looks.tint[:, 1:].masked_fill(~plan.looks.there[:, 1:], -1)
    for row in things.tolist():
        shown = [tint for tint in row if tint >= 0]
        assert len(set(shown)) == len(shown) and len(shown) < LAYERS


def test_captions_are_shortened_reordered_and_left_out_but_never_invented():
    seeds = new_seeds(600, torch.Generator().manual_seed(1)).tolist()
    whole = "a red circle moves left and grows, a blue star stays, the camera pans up"
    draws = Draws(seeds)
    texts = [shortened_caption(whole, draws, row, 62) for row in range(len(seeds))]
    assert texts == [shortened_caption(whole, Draws([seed]), 0, 62) for seed in seeds]
    assert max(len(text) for text in texts) <= 62
    assert 0.05 < texts.count("") / len(texts) < 0.16
    parts = {part for text in texts if text for part in text.split(", ")}
    assert parts <= {*whole.split(", "), "a red circle", "a blue star"}
    assert any(text.startswith("a blue") for text in texts) and any("camera" not in text for text in texts)
