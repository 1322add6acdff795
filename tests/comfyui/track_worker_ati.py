"""ATI beside ComfyUI's own node; a part of `track_worker.py`."""

# ruff: noqa: I001 - ComfyUI is started first

from beside_core import SPOT, WIDTH, from_text, image_of, lists, message, ours, same, theirs, walkers

import numpy as np
import torch
from comfy_extras.nodes_wan import WanTrackToVideo, pad_pts, patch_motion, process_tracks
from flowbrush.models.latent_format import process_in
from flowbrush.conditioning.ati import AS_PUBLISHED, soft_copy
from flowbrush.conditioning.carriers import carriers_of_tracks
from flowbrush.motion.tracks.tracks import tracks_from_json
from flowbrush.nodes.ati import ATI


def ati(findings: dict[str, object]) -> None:
    """The same lists of points through both, and lists that core does not play rightly."""
    samples = walkers(121)["track_path"]
    findings["ati: lists"] = {
        length: same(
            theirs(WanTrackToVideo, length, tracks=lists(samples)),
            ours(ATI, length, tracks=from_text(lists(samples), length)),
        )
        for length in (5, 17, 49, 81)
    }
    mine = ours(ATI, 81, tracks=from_text(lists(samples), 81))
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

    # One point a frame: core takes them for 24 a second, plays them 1.5 times as fast, and then they are gone.
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


def published_size(findings: dict[str, object]) -> None:
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
    lattice = torch.cartesian_prod(torch.arange(12.0, 200, 16), torch.arange(4.0, 200, 16)).flip(1)
    path = (lattice + torch.linspace(0, 1, 121)[:, None, None] * 40).clamp(max=800)
    arrays = np.stack(
        [pad_pts([{"x": x, "y": y} for x, y in track]) for track in path.transpose(0, 1).tolist()]
    )
    mask, spread = patch_motion(process_tracks(arrays, (832, 480), length - 1)[None, None], latents)
    close = carriers_of_tracks(tracks_from_json(lists(path), length, "ati"), 480, 832)[0]
    mine, left = soft_copy(latents, unknown, close, sums=AS_PUBLISHED)
    bounded, kept = soft_copy(latents, unknown, close)
    findings["16 px apart"] = {
        "as published": [float((mine - spread).abs().max()), float((left - (1 - mask)).abs().max())],
        "weights of core": float(mask.max()),
        "bounded": [float((bounded - spread).abs().max()), float(kept.min())],
    }
    findings["832x480: cells that a track reaches"] = int((mask[0, 0, 1] > 0.1).sum()) / len(start)
