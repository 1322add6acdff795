"""A contact sheet of what the generator makes: frames, flow as colours and visibility of a few clips, with captions.

    python -m flowbrush.training.sheet --out sheet.png --clips 8 --size 17x128x128 --seed 3
    python -m flowbrush.training.sheet --out textures.png --textures
    python -m flowbrush.training.sheet --clips 64 --device cuda          # no picture: how fast, and how exact

Printed: pictures and clips a second, and how well the flow brings the frames back to the first one (PSNR of the same
clips without what changes their surfaces: light, shadow, blur, and clear or soft sprites).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from ..motion.preview.visualization import contact_sheet, flow_wheel
from ..rendering.warp import backward_warp
from .draws import Draws
from .scene import Clips, Odds, render
from .textures import KINDS, drawn_pictures, one_kind

T = TypeVar("T")
# Visibility as greys: hidden or out of the frame; shared with an edge or a clear sprite; visible alone.
_HIDDEN, _SHARED, _ALONE = 0.05, 0.55, 1.0


def warped_back(clips: Clips) -> Tensor:
    """Every clip's frames [B,3,T,H,W], looked up where the flow says that the first frame's points are."""
    frames = clips.video.transpose(1, 2)
    found = backward_warp(frames.flatten(0, 1), clips.displacement.flatten(0, 1), mode="bicubic")
    return found.unflatten(0, frames.shape[:2]).transpose(1, 2)


def warp_back_psnr(clips: Clips, where: Tensor) -> Tensor:
    """PSNR [B] in dB of the warped back frames after the first, over the pixels `where` [B,T,H,W]; 80 at most."""
    error = (warped_back(clips) - clips.video[:, :, :1]).square().mean(1)
    mask = where.float()
    mask[:, 0] = 0
    mean = (error * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp_min(1)
    return -10 * mean.clamp_min(1e-8).log10()


def clip_row(clips: Clips, clip: int, shown: int = 4) -> Tensor:
    """One clip as a picture [H,W',3]: `shown` of its frames, its flow and its visibility in the last of them."""
    frames = clips.video.shape[2]
    chosen = torch.linspace(0, frames - 1, min(shown, frames)).round().long().tolist()
    visible, pure = clips.visibility[clip, -1].float(), clips.pure[clip, -1].float()
    grey = _HIDDEN + (_SHARED - _HIDDEN) * visible + (_ALONE - _SHARED) * pure
    cells = [clips.video[clip, :, t].permute(1, 2, 0) for t in chosen]
    cells += [flow_wheel(clips.displacement[clip, -1]), grey[..., None].expand(-1, -1, 3)]
    return contact_sheet(torch.stack([cell.cpu() for cell in cells]), len(cells), gap=2)


def clips_sheet(clips: Clips, columns: int = 1) -> Tensor:
    """Rows of clips, each above its caption: one picture [h,w,3]."""
    rows = [clip_row(clips, clip) for clip in range(len(clips.captions))]
    lines = [
        torch.cat((row, written(text, row.shape[1]))) for row, text in zip(rows, clips.captions, strict=True)
    ]
    return contact_sheet(torch.stack(lines), columns)


def written(text: str, width: int, height: int = 20) -> Tensor:
    """A band [height,width,3] with a line of text, smaller where it is too long."""
    from PIL import Image, ImageDraw, ImageFont

    band = Image.new("RGB", (width, height), (23, 23, 23))
    draw = ImageDraw.Draw(band)
    for size in (12, 11, 10, 9, 8, 7, 6):
        font = ImageFont.load_default(size)
        if draw.textlength(text, font) <= width - 4:
            break
    draw.text((2, height / 2), text, (225, 225, 225), font, anchor="lm")
    pixels = torch.frombuffer(bytearray(band.tobytes()), dtype=torch.uint8)
    return pixels.view(height, width, 3).float() / 255


def textures_sheet(seed: int, size: int, device: torch.device, each: int = 6) -> Tensor:
    """Still pictures of every kind, a row of each: one picture [h,w,3]."""
    draws = Draws(range(seed, seed + each), device)
    rows = [one_kind(draws, kind, size).permute(0, 2, 3, 1).cpu() for kind in KINDS]
    return contact_sheet(torch.cat(rows), each, [kind for kind in KINDS for _ in range(each)])


def timed(make: Callable[[], T], device: torch.device) -> tuple[T, float]:
    """What `make` returns, and how many seconds it took; a GPU's work is waited for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    begin = time.perf_counter()
    made = make()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return made, time.perf_counter() - begin


def report(clips: Clips, plain: Clips) -> list[str]:
    """Lines about exactness and about what share of the points stays visible."""
    lines = [
        f"visible {float(clips.visibility.float().mean()):.1%}, alone {float(clips.pure.float().mean()):.1%}"
    ]
    for name, where in (("visible", plain.visibility), ("alone", plain.pure)):
        psnr = warp_back_psnr(plain, where)
        lines.append(
            f"warp-back PSNR where {name}: mean {float(psnr.mean()):.1f} dB, worst {float(psnr.min()):.1f} dB"
        )
    return lines


def shape_of(text: str) -> tuple[int, int, int]:
    """Frames, height and width of "17x128x128". Raises argparse's error."""
    parts = text.lower().split("x")
    if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not frames x height x width, for example 17x128x128")
    frames, height, width = map(int, parts)
    return frames, height, width


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, help="the picture to write, .png or .jpg; none where it is left out"
    )
    parser.add_argument(
        "--textures", action="store_true", help="still pictures of every kind instead of clips"
    )
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--size", type=shape_of, default=(17, 128, 128), metavar="TxHxW")
    parser.add_argument("--sprites", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--pool", type=int, default=32, help="still pictures that the layers are cut from")
    parser.add_argument("--columns", type=int, default=1, help="clips side by side")
    parser.add_argument("--seed", type=int, default=0, help="of the first clip; the next one's is one more")
    parser.add_argument("--threads", type=int, help="CPU threads; all by default")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.clips < 1 or arguments.pool < 1:
        parser.error("--clips and --pool must be at least 1")
    device = torch.device(arguments.device)
    frames, height, width = arguments.size
    side = max(64, min(height, width) * 5 // 4)

    if arguments.textures:
        sheet = textures_sheet(arguments.seed, side, device)
    else:
        first = arguments.seed
        draws = Draws(range(first, first + arguments.pool), device)
        pool, seconds = timed(lambda: drawn_pictures(draws, side), device)
        where = f"{device.type}, {torch.get_num_threads()} threads" if device.type == "cpu" else str(device)
        print(f"{arguments.pool / seconds:.1f} still pictures/s of {side}x{side} ({where})")

        def made(odds: Odds) -> Clips:
            seeds = range(first, first + arguments.clips)
            return render(pool, seeds, frames, height, width, arguments.sprites, arguments.pace, odds=odds)

        clips, seconds = timed(lambda: made(Odds()), device)
        print(f"{arguments.clips / seconds:.1f} clips/s of {frames}x{height}x{width} ({where})")
        print("\n".join(report(clips, made(Odds.plain()))))
        if arguments.out is None:
            return
        sheet = clips_sheet(clips, arguments.columns)
    if arguments.out is None:
        parser.error("--textures needs --out")
    from PIL import Image

    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((sheet * 255).round().byte().numpy()).save(arguments.out)


if __name__ == "__main__":
    main()
