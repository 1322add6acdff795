"""A contact sheet of generated clips: frames, flow as colours and visibility of a few clips, with captions.

    python -m flowbrush.training.sheet --out sheet.png --clips 8 --size 17x128x128 --seed 3
    python -m flowbrush.training.sheet --out textures.png --textures
    python -m flowbrush.training.sheet --clips 64 --device cuda          # prints speed and exactness only

It prints how many pictures and clips are made per second, and how exact the flow is: the PSNR between the first frame and
the frames warped back to it, for the same clips without light, shadows, blur and transparent or soft sprites.
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
from ..rendering.backward_sampling import backward_warp
from .draws import Draws
from .scene import Clips, Odds, render
from .textures import KINDS, pictures_of_kind, pictures_of_seeds

T = TypeVar("T")
# Grey levels: one for points that are hidden or outside the frame, one for points that share their pixel with another
# surface, and one for points that fill their pixel alone (`Clips.pure`).
_HIDDEN, _SHARED, _ALONE = 0.05, 0.55, 1.0


def warp_back(clips: Clips) -> Tensor:
    """The frames [B,3,T,H,W] of each clip, warped back to the first frame by the clip's flow."""
    frames = clips.video.transpose(1, 2)
    found = backward_warp(frames.flatten(0, 1), clips.displacement.flatten(0, 1), mode="bicubic")
    return found.unflatten(0, frames.shape[:2]).transpose(1, 2)


def warp_back_psnr(clips: Clips, where: Tensor) -> Tensor:
    """The PSNR [B] in dB, at most 80, of the frames warped back to the first one, over the pixels `where` [B,T,H,W]."""
    error = (warp_back(clips) - clips.video[:, :, :1]).square().mean(1)
    mask = where.float()
    mask[:, 0] = 0
    mean = (error * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp_min(1)
    return -10 * mean.clamp_min(1e-8).log10()


def clip_row(clips: Clips, clip: int, shown: int = 4) -> Tensor:
    """A picture [H,W',3] of one clip: `shown` of its frames, and the flow and the visibility at the last frame."""
    frames = clips.video.shape[2]
    chosen = torch.linspace(0, frames - 1, min(shown, frames)).round().long().tolist()
    visible, pure = clips.visibility[clip, -1].float(), clips.pure[clip, -1].float()
    grey = _HIDDEN + (_SHARED - _HIDDEN) * visible + (_ALONE - _SHARED) * pure
    cells = [clips.video[clip, :, t].permute(1, 2, 0) for t in chosen]
    cells += [flow_wheel(clips.displacement[clip, -1]), grey[..., None].expand(-1, -1, 3)]
    return contact_sheet(torch.stack([cell.cpu() for cell in cells]), len(cells), gap=2)


def clips_sheet(clips: Clips, columns: int = 1) -> Tensor:
    """A picture [h,w,3] of all clips, each above its caption, in this number of columns."""
    rows = [clip_row(clips, clip) for clip in range(len(clips.captions))]
    lines = [
        torch.cat((row, text_band(text, row.shape[1])))
        for row, text in zip(rows, clips.captions, strict=True)
    ]
    return contact_sheet(torch.stack(lines), columns)


def text_band(text: str, width: int, height: int = 20) -> Tensor:
    """A picture [height,width,3] of a line of text, in a smaller font if it is too long."""
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
    """A picture [h,w,3] with a row of still pictures for each kind of texture."""
    draws = Draws(range(seed, seed + each), device)
    rows = [pictures_of_kind(draws, kind, size).permute(0, 2, 3, 1).cpu() for kind in KINDS]
    return contact_sheet(torch.cat(rows), each, [kind for kind in KINDS for _ in range(each)])


def run_timed(make: Callable[[], T], device: torch.device) -> tuple[T, float]:
    """The result of `make` and the seconds that it took, including the work of a GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    begin = time.perf_counter()
    made = make()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return made, time.perf_counter() - begin


def report(clips: Clips, plain: Clips) -> list[str]:
    """Lines of text with the share of points that stay visible, and with the exactness of the flow of the `plain` clips."""
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
    """The frames, height and width in a text such as "17x128x128"; argparse.ArgumentTypeError for other texts."""
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
        "--out", type=Path, help="the picture to write, .png or .jpg; without it, no picture is written"
    )
    parser.add_argument(
        "--textures", action="store_true", help="still pictures of every kind instead of clips"
    )
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--size", type=shape_of, default=(17, 128, 128), metavar="TxHxW")
    parser.add_argument("--sprites", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--pool", type=int, default=32, help="number of still pictures used as textures")
    parser.add_argument("--columns", type=int, default=1, help="number of clips side by side")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the first clip; it increases by 1 for each clip"
    )
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
        pool, seconds = run_timed(lambda: pictures_of_seeds(draws, side), device)
        where = f"{device.type}, {torch.get_num_threads()} threads" if device.type == "cpu" else str(device)
        print(f"{arguments.pool / seconds:.1f} still pictures/s of {side}x{side} ({where})")

        def clips_with(odds: Odds) -> Clips:
            seeds = range(first, first + arguments.clips)
            return render(pool, seeds, frames, height, width, arguments.sprites, arguments.pace, odds=odds)

        clips, seconds = run_timed(lambda: clips_with(Odds()), device)
        print(f"{arguments.clips / seconds:.1f} clips/s of {frames}x{height}x{width} ({where})")
        print("\n".join(report(clips, clips_with(Odds.plain()))))
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
