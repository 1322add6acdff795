"""Our Wan-Move and ATI nodes beside ComfyUI's own: run by its interpreter, the findings printed as one line of JSON.

<ComfyUI's python> track_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: I001 - ComfyUI is started first

import json
from pathlib import Path

from beside_core import (
    CORNER,
    HEIGHT,
    MODELS,
    TEXT,
    WIDTH,
    from_text,
    image_of,
    lists,
    message,
    ours,
    same,
    theirs,
    walkers,
)

import comfy.sample
import comfy.sd
import torch
import worker_process
from comfy_extras.nodes_wan import WanTrackToVideo
from comfy_extras.nodes_wanmove import GenerateTracks, WanMoveConcatTrack, WanMoveTrackToVideo
from flowbrush.conditioning.carriers import carriers_of_field
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.ati import ATI
from flowbrush.nodes.combine import CombineMotion
from flowbrush.nodes.tracks import MotionFromTracks
from flowbrush.nodes.wan_move import WanMove
from track_worker_ati import ati, published_size

findings: dict[str, object] = {}


def sliding(length: int):
    """A field of which two regions slide in rows of their own and a third is frozen: no two cells meet."""

    def box(x0, y0, x1, y1):
        return {"polygons": [{"points": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]}], "feather": 0}

    layers = [
        {"region": box(0.1, 0.0, 0.3, 1 / 3), "motion": {"horizontal": 0.5}},
        {"region": box(0.6, 1 / 3, 0.9, 2 / 3), "motion": {"horizontal": -0.4}},
        {"region": box(0.4, 2 / 3, 0.8, 1.0), "freeze": True},
    ]
    return field_from_document(json.dumps({"version": 2, "layers": layers}), length)


def core_is_right() -> None:
    """The same tracks through both nodes, and a painted motion of which core is given the points."""
    findings["wan-move: tracks"] = {
        f"{length} {strength}": same(
            theirs(WanMoveTrackToVideo, length, tracks=walkers(length), strength=strength),
            ours(WanMove, length, tracks=walkers(length), strength=strength),
        )
        for length in (5, 17, 49)
        for strength in (1.0, 0.6, 2.5)
    }
    plain = ours(WanMove, 17)
    findings["wan-move: nothing to carry"] = same(theirs(WanMoveTrackToVideo, 17), plain)
    field = sliding(17)
    carriers = carriers_of_field(field, HEIGHT, WIDTH)
    tracks = {"track_path": carriers.path, "track_visibility": carriers.visible}
    painted = ours(WanMove, 17, motion=field)
    findings["wan-move: painted"] = same(theirs(WanMoveTrackToVideo, 17, tracks=tracks), painted)
    findings["wan-move: points"] = len(carriers)
    findings["wan-move: changed"] = float((image_of(painted) - image_of(plain)).abs().max())


def in_place() -> None:
    """Core writes into the latents that it also gives to the negative side."""
    plain = ours(WanMove, 17)
    core, mine = theirs(WanMoveTrackToVideo, 17, tracks=walkers(17)), {}
    for sides in ("both", "positive only"):
        mine[sides] = ours(WanMove, 17, tracks=walkers(17), sides=sides)
    findings["in place: core's sides are one"] = image_of(core, 0) is image_of(core, 1)
    findings["in place: ours"] = [
        torch.equal(image_of(mine["both"], 1), image_of(mine["both"])),
        torch.equal(image_of(mine["positive only"], 1), image_of(plain)),
        torch.equal(image_of(mine["positive only"]), image_of(mine["both"])),
    ]


def starts() -> None:
    """Tracks that are not visible in the first frame: they begin outside it, or something hides them."""
    plain = ours(WanMove, 17)
    outside = walkers(17, 1)
    outside["track_path"] = torch.stack([torch.linspace(-20, 40, 17), torch.full((17,), 44.0)], -1)[:, None]
    after = image_of(theirs(WanMoveTrackToVideo, 17, tracks=outside))[0, :, 4, 5, 5]
    findings["off-frame start: core copies the corner"] = torch.allclose(
        after, image_of(plain)[0, :, 0][:, CORNER[0], CORNER[1]], atol=1e-5
    )
    findings["off-frame start: ours is refused alone"] = message(ours, WanMove, 17, tracks=outside)
    with_others = {
        "track_path": torch.cat([outside["track_path"], walkers(17)["track_path"]], 1),
        "track_visibility": torch.cat([outside["track_visibility"], walkers(17)["track_visibility"]], 1),
    }
    findings["off-frame start: ours carries nothing"] = same(
        ours(WanMove, 17, tracks=with_others), ours(WanMove, 17, tracks=walkers(17))
    )
    late = walkers(17)
    late["track_visibility"][:4, 1] = False  # something hides it at first
    only = {name: value[:, [0, 2, 3, 4]] for name, value in walkers(17).items()}
    findings["late start: ours carries nothing"] = same(
        ours(WanMove, 17, tracks=late), ours(WanMove, 17, tracks=only)
    )
    findings["late start: core copies the corner"] = torch.allclose(
        image_of(theirs(WanMoveTrackToVideo, 17, tracks=late))[0, :, 4, 1, 9],
        image_of(plain)[0, :, 0][:, CORNER[0], CORNER[1]],
        atol=1e-5,
    )


def track_mask() -> None:
    """Visibility that core's own node gives for several tracks at once."""
    seen = torch.ones(17, 8, 8)
    seen[9:13] = 0
    generated = GenerateTracks.execute(
        WIDTH, HEIGHT, 0.2, 0.5, 0.5, 0.5, 0.8, 0.5, 17, 3, 0.15, interpolation="linear", track_mask=seen
    ).args[0]
    whole = {**generated, "track_visibility": generated["track_visibility"].expand(17, 3)}
    findings["track_mask: core"] = message(theirs, WanMoveTrackToVideo, 17, tracks=generated)
    findings["track_mask: ours"] = same(
        theirs(WanMoveTrackToVideo, 17, tracks=whole), ours(WanMove, 17, tracks=generated)
    )


def overlaps() -> None:
    """Tracks that end in one cell."""
    plain = ours(WanMove, 17)
    paths = walkers(17)["track_path"].clone()
    paths[8:, 1:] = paths[8:, :1]  # all end where the first does
    paths[8:, 4] = (paths[8:, 0] / 8).floor() * 8 + 4.0  # the last one in the middle of that cell
    meeting = {"track_path": paths, "track_visibility": torch.ones(17, 5, dtype=torch.bool)}
    drawn = []
    for seed in range(12):
        torch.manual_seed(seed)
        drawn.append(image_of(theirs(WanMoveTrackToVideo, 17, tracks=meeting)))
    findings["overlaps: core's results"] = len({one.numpy().tobytes() for one in drawn})
    results = []
    for seed in range(3):
        torch.manual_seed(seed)
        results.append(image_of(ours(WanMove, 17, tracks=meeting)))
    findings["overlaps: ours"] = len({one.numpy().tobytes() for one in results})
    row, column = int(paths[16, 4, 1] // 8), int(paths[16, 4, 0] // 8)
    start = (int(paths[0, 4, 1] // 8), int(paths[0, 4, 0] // 8))
    findings["overlaps: the nearest to the middle wins"] = torch.allclose(
        results[0][0, :, 4, row, column], image_of(plain)[0, :, 0][:, start[0], start[1]], atol=1e-5
    )


def sampled() -> None:
    """A stock sampler on a native MODEL makes the same of both."""
    model = comfy.sd.load_diffusion_model(str(Path(MODELS) / "diffusion_models" / "tiny_dit.safetensors"))
    noise = torch.randn(1, 16, 2, HEIGHT // 8, WIDTH // 8, generator=torch.Generator().manual_seed(2))

    def sample(answer: tuple) -> torch.Tensor:
        # without the picture of CLIP Vision, which this small network does not read
        plain = [
            [[t, {k: v for k, v in d.items() if k != "clip_vision_output"}] for t, d in side]
            for side in answer[:2]
        ]
        settings = {
            "cfg": 3.0,
            "sampler_name": "euler",
            "scheduler": "simple",
            "seed": 2,
            "disable_pbar": True,
        }
        return comfy.sample.sample(model, noise, 2, **settings, positive=plain[0], negative=plain[1], latent_image=answer[2]["samples"])  # fmt: skip

    made = sample(theirs(WanMoveTrackToVideo, 5, tracks=walkers(5)))
    findings["sampled: wan-move"] = torch.equal(made, sample(ours(WanMove, 5, tracks=walkers(5))))
    text = lists(walkers(121)["track_path"])
    spread = sample(theirs(WanTrackToVideo, 5, tracks=text))
    findings["sampled: ati"] = torch.equal(spread, sample(ours(ATI, 5, tracks=from_text(text, 5))))
    plain = sample(ours(WanMove, 5))
    amplified = sample(ours(WanMove, 5, tracks=walkers(5), sides="positive only"))
    findings["sampled: they differ"] = [
        float((one - other).abs().max())
        for one, other in ((made, plain), (spread, plain), (made, spread), (made, amplified))
    ]


def combined() -> None:
    """Splines from an editor and a painted motion as one."""
    length = 17
    spline = "[{'x': 20, 'y': 56}, {'x': 60, 'y': 56}]"  # as some editors print it
    motion, _ = MotionFromTracks.execute(spline, "kjnodes", WIDTH, HEIGHT, length, 0.05).args
    both = CombineMotion.execute(motion_1=sliding(length), motion_2=motion).args[0]
    moved = both.displacement(HEIGHT, WIDTH)[-1]
    findings["combined"] = [moved[56, 20].tolist(), moved[10, 30].tolist(), moved[60, 100].tolist()]
    concat = WanMoveConcatTrack.execute(walkers(length), walkers(length)).args[0]
    field = MotionFromTracks.execute("", "kjnodes", WIDTH, HEIGHT, length, 0.05, tracks=concat).args[0]
    findings["from core's tracks"] = field.displacement(HEIGHT, WIDTH)[-1][15, 30].tolist()


def main() -> dict:
    with torch.inference_mode():
        core_is_right()
        in_place()
        starts()
        track_mask()
        overlaps()
        ati(findings)
        published_size(findings)
        sampled()
        combined()
    findings["text"] = list(TEXT[0][1])
    return findings


worker_process.run(main)
