"""Our Wan-Move and ATI nodes beside ComfyUI's own: run by its interpreter, the findings printed as one line of JSON.

<ComfyUI's python> track_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.sample
import comfy.sd
import comfy.utils
import numpy as np
import torch
from comfy_extras.nodes_wan import WanTrackToVideo, pad_pts, patch_motion, process_tracks
from comfy_extras.nodes_wanmove import GenerateTracks, WanMoveConcatTrack, WanMoveTrackToVideo
from flowbrush.hosts import use
from flowbrush.models.latent_format import process_in
from flowbrush.motion.ati import soft_copy
from flowbrush.motion.carriers import carriers_of_field, carriers_of_tracks
from flowbrush.motion.field import field_from_document
from flowbrush.motion.tracks import tracks_from_json
from flowbrush.nodes.ati import ATI
from flowbrush.nodes.combine import CombineMotion
from flowbrush.nodes.tracks import MotionFromTracks
from flowbrush.nodes.wan_move import WanMove

use("comfyui")
HEIGHT, WIDTH = 64, 128  # the picture's
SPOT = (59.7333, 27.4286)  # where ATI's lattice has the cell in row 3, column 7
CORNER = (HEIGHT // 8 - 1, WIDTH // 8 - 1)
VAE = comfy.sd.VAE(sd=comfy.utils.load_torch_file(str(Path(MODELS) / "vae" / "tiny_vae.safetensors")))
IMAGE = torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(5))
TEXT = [[torch.zeros(1, 4, 32), {"pooled_output": None}]]
VISION = object()  # what CLIP Vision Encode gives; it is only handed on

findings: dict[str, object] = {}


def once(encode: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`encode` that encodes equal clips once: each length is asked for many times. A copy, for core writes into it."""
    known: dict[bytes, torch.Tensor] = {}

    def answer(pixels: torch.Tensor, **tiles: int) -> torch.Tensor:
        key = pixels.numpy().tobytes()
        if key not in known:
            known[key] = encode(pixels)
        return known[key].clone()

    return answer


VAE.encode = VAE.encode_tiled = once(VAE.encode)  # that one tile is the whole is tested in `inside.py`


def theirs(node, length: int, **inputs) -> tuple:
    """(positive, negative, latent) of a node of ComfyUI's."""
    more = {"strength": 1.0} if node is WanMoveTrackToVideo else {"temperature": 220.0, "topk": 2}
    return node.execute(
        TEXT, TEXT, VAE, width=WIDTH, height=HEIGHT, length=length, start_image=IMAGE, batch_size=1,
        clip_vision_output=VISION, **{**more, **inputs},
    ).args  # fmt: skip


def ours(node, length: int, **inputs) -> tuple:
    settings = {"strength": 1.0, "spacing": 8, "unpainted": "free", "sides": "both", **inputs}
    return node.execute(
        positive=TEXT, negative=TEXT, vae=VAE, first_image=IMAGE, length=length, clip_vision_output=VISION,
        **settings,
    ).args  # fmt: skip


def same(one: tuple, other: tuple, sides: tuple[int, ...] = (0, 1)) -> bool:
    """Whether two nodes gave the same conditioning, latent and picture of CLIP Vision, to the last bit."""
    for side in sides:
        a, b = one[side][0][1], other[side][0][1]
        image, mask = a["concat_latent_image"], a["concat_mask"]
        if not torch.equal(image, b["concat_latent_image"]):
            return False
        # the network repeats a mask of one channel to four
        if not torch.equal(
            mask.expand(1, 4, *mask.shape[2:]), b["concat_mask"].expand(1, 4, *mask.shape[2:])
        ):
            return False
        if a["clip_vision_output"] is not b["clip_vision_output"]:
            return False
    return torch.equal(one[2]["samples"], other[2]["samples"])


def image_of(answer: tuple, side: int = 0) -> torch.Tensor:
    return answer[side][0][1]["concat_latent_image"]


def message(work, *arguments, **named) -> str:
    """What `work` says when it fails."""
    try:
        work(*arguments, **named)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def walkers(length: int, count: int = 5) -> dict[str, torch.Tensor]:
    """TRACKS of points in rows of their own, so that they never meet: slow, fast, leaving the picture, hidden a while,
    hidden at the end."""
    time = torch.linspace(0, 1, length)
    speed = torch.tensor([7.3, 41.7, 170.0, 56.6, -12.9])[:count]
    x = torch.tensor([60.2, 30.5, 70.1, 11.9, 90.4])[:count] + time[:, None] * speed
    y = torch.tensor([4.1, 15.7, 28.2, 44.0, 58.5])[:count] + 2.9 * (time[:, None] * 6).sin()
    visible = torch.ones(length, count, dtype=torch.bool)
    visible[length // 3 : length // 2, 3:4] = False
    visible[length // 2 :, 4:5] = False
    return {"track_path": torch.stack([x, y], -1), "track_visibility": visible}


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


def wan_move() -> None:
    findings["wan-move: tracks"] = {}
    for length in (5, 17, 49):
        for strength in (1.0, 0.6, 2.5):
            tracks = walkers(length)
            core = theirs(WanMoveTrackToVideo, length, tracks=tracks, strength=strength)
            findings["wan-move: tracks"][f"{length} {strength}"] = same(
                core, ours(WanMove, length, tracks=tracks, strength=strength)
            )
    plain = ours(WanMove, 17)
    findings["wan-move: nothing to carry"] = same(theirs(WanMoveTrackToVideo, 17), plain)
    field = sliding(17)
    carriers = carriers_of_field(field, HEIGHT, WIDTH)
    tracks = {"track_path": carriers.path, "track_visibility": carriers.visible}
    painted = ours(WanMove, 17, motion=field)
    findings["wan-move: painted"] = same(theirs(WanMoveTrackToVideo, 17, tracks=tracks), painted)
    findings["wan-move: points"] = len(carriers)
    findings["wan-move: changed"] = float((image_of(painted) - image_of(plain)).abs().max())

    core, mine = theirs(WanMoveTrackToVideo, 17, tracks=walkers(17)), {}
    for sides in ("both", "positive only"):
        mine[sides] = ours(WanMove, 17, tracks=walkers(17), sides=sides)
    findings["in place: core's sides are one"] = image_of(core, 0) is image_of(core, 1)
    findings["in place: ours"] = [
        torch.equal(image_of(mine["both"], 1), image_of(mine["both"])),
        torch.equal(image_of(mine["positive only"], 1), image_of(plain)),
        torch.equal(image_of(mine["positive only"]), image_of(mine["both"])),
    ]

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
        ours(WanMove, 17, tracks=with_others), mine["both"]
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


def lists(paths: torch.Tensor) -> str:
    """Point lists, as spline editors write them, of paths [samples,N,2]."""
    return json.dumps(
        [[{"x": x, "y": y} for x, y in track] for track in paths.double().transpose(0, 1).tolist()]
    )


def from_text(text: str, length: int, format: str = "ati") -> dict[str, torch.Tensor]:
    """TRACKS of point lists, by our node."""
    return MotionFromTracks.execute(text, format, WIDTH, HEIGHT, length, 0.0).args[1]


def ati() -> None:
    samples = walkers(121)["track_path"]
    findings["ati: lists"] = {}
    for length in (5, 17, 49, 81):
        core = theirs(WanTrackToVideo, length, tracks=lists(samples))
        mine = ours(ATI, length, tracks=from_text(lists(samples), length))
        findings["ati: lists"][length] = same(core, mine)
    plain = ours(ATI, 17)
    findings["ati: nothing to carry"] = same(theirs(WanTrackToVideo, 17, tracks="[]"), plain)
    findings["ati: changed"] = float(
        (image_of(mine)[:, :, 1:] - image_of(ours(ATI, 81))[:, :, 1:]).abs().max()
    )

    findings["121 frames: core"] = message(theirs, WanTrackToVideo, 121, tracks=lists(samples))
    going = (torch.linspace(0, 1, 121) / 0.5).clamp(max=1)[:, None, None]  # there after half of the clip
    arriving = torch.lerp(torch.tensor([20.0, SPOT[1]]), torch.tensor(SPOT), going)
    at_any_length = {}
    for length in (9, 33, 121):
        mask = ours(ATI, length, tracks=from_text(lists(arriving), length))[0][0][1]["concat_mask"]
        known = 1 - mask[0, 0, -1]
        at_any_length[length] = [*divmod(int(known.argmax()), WIDTH // 8), float(known.max())]
    findings["any length: where the track ends"] = at_any_length

    # 81 points of one second more than ATI's clip: core plays them 1.5 times as fast, then they are gone.
    time = torch.linspace(0, 1, 81)[:, None]
    short = torch.stack([8 + 108 * time, torch.full_like(time, 44)], -1)
    core = 1 - theirs(WanTrackToVideo, 81, tracks=lists(short))[0][0][1]["concat_mask"][0, 0]
    mine = 1 - ours(ATI, 81, tracks=from_text(lists(short), 81))[0][0][1]["concat_mask"][0, 0]
    columns = torch.arange(WIDTH // 8) * 1.0

    def centre(known: torch.Tensor) -> float:
        return float((known.sum(0) * columns).sum() / known.sum().clamp_min(1e-6))

    findings["81 points: core"] = [centre(core[10]), float(core[-1].max())]
    findings["81 points: ours"] = [centre(mine[10]), centre(mine[-1]), float(mine[-1].max())]

    # Two tracks at one place: core's weights add up to 2, so that features are doubled and the mask is negative.
    pair = torch.tensor(SPOT).expand(121, 2, 2)
    core = theirs(WanTrackToVideo, 17, tracks=lists(pair))
    mine = ours(ATI, 17, tracks=from_text(lists(pair), 17))
    one = ours(ATI, 17, tracks=from_text(lists(pair[:, :1]), 17))
    findings["two at one place: masks"] = [float(x[0][0][1]["concat_mask"].min()) for x in (core, mine, one)]

    # A track that starts outside: core clamps it to the edge, where it samples half of what is there.
    outside = torch.stack([torch.linspace(-30, 106.7, 121), torch.full((121,), 45.7)], -1)[:, None]
    findings["off-frame start: core carries something"] = float(
        (image_of(theirs(WanTrackToVideo, 17, tracks=lists(outside)))[:, :, 4] - image_of(plain)[:, :, 4])
        .abs()
        .max()
    )
    try:
        from_text(lists(outside), 17)
    except ValueError as error:
        findings["off-frame start: ours"] = str(error)
    # A track that starts within half a cell of the edge: core mixes zeros from outside into its feature.
    edge = torch.stack([torch.linspace(1, 100, 121), torch.full((121,), 44.0)], -1)[:, None]
    first, ends = process_in(image_of(plain))[0, :, 0, 5, 0], []
    for answer in (
        theirs(WanTrackToVideo, 17, tracks=lists(edge)),
        ours(ATI, 17, tracks=from_text(lists(edge), 17)),
    ):
        known = 1 - answer[0][0][1]["concat_mask"][0, 0, 4]
        row, column = divmod(int(known.argmax()), WIDTH // 8)
        grey, weight = process_in(image_of(plain))[0, :, 4, row, column], known[row, column]
        carried = (process_in(image_of(answer))[0, :, 4, row, column] - grey * (1 - weight)) / weight
        ends.append(float((carried / first).median()))
    findings["start at the edge: share of the feature"] = ends


def published_size() -> None:
    """ATI at 832x480, where a track reaches several cells: core's functions beside ours on the same latents."""
    generator, length = torch.Generator().manual_seed(3), 81
    latents = torch.randn(1, 16, 21, 60, 104, generator=generator)
    start = torch.cartesian_prod(torch.arange(50.0, 480, 100), torch.arange(50.0, 832, 100)).flip(1)
    ends = start + torch.rand(len(start), 2, generator=generator) * 40 - 20
    path = torch.lerp(start, ends, torch.linspace(0, 1, 121)[:, None, None])
    arrays = np.stack(
        [pad_pts([{"x": x, "y": y} for x, y in track]) for track in path.transpose(0, 1).tolist()]
    )
    mask, spread = patch_motion(process_tracks(arrays, (832, 480), length - 1)[None, None], latents)
    tracks = tracks_from_json(lists(path), length, "ati")
    unknown = torch.ones(1, 4, 21, 60, 104)
    unknown[:, :, 0] = 0
    mine, left = soft_copy(latents, unknown, carriers_of_tracks(tracks, 480, 832)[0])
    findings["832x480: the same"] = torch.equal(mine, spread) and torch.equal(left, 1 - mask)
    findings["832x480: cells that a track reaches"] = int((mask[0, 0, 1] > 0.1).sum()) / len(start)


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


def main() -> None:
    with torch.inference_mode():
        wan_move()
        ati()
        published_size()
        sampled()
        combined()
    findings["text"] = list(TEXT[0][1])
    print(json.dumps(findings), flush=True)


failed = 1
try:
    main()
    failed = 0
except Exception:
    traceback.print_exc()
finally:
    os._exit(failed)
