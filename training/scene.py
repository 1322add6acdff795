"""Procedural clips: a background and up to three sprites under a moving camera, with exact flow and visibility.

Where a point of a layer goes and what hides it are formulas, not estimates (see movement.py). A clip is a function of
its seed and of the pool of pictures, on any device (up to rounding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from .captions import caption
from .draws import Draws, new_seeds
from .lighting import Lighting
from .movement import Movement, Odds, Placement
from .outlines import REACH, SHAPES, depth
from .sprites import COLOURS, Layers, dyed, wrapped_texture
from .textures import pictures

__all__ = ["COLOURS", "SHAPES", "Clips", "Odds", "render", "render_clips", "texture_pool"]

# Exposures that make up a blurred frame, and the part of the time between two frames that the shutter is open.
_EXPOSURES, _SHUTTER = 6, 0.6
# Pixels of all frames that are rendered at once: what a CPU's caches hold, what fills a GPU.
_AT_ONCE = {"cpu": 2**18}
_AT_ONCE_ELSEWHERE = 2**24


@dataclass(frozen=True)
class Clips:
    """A batch of rendered clips.

    video [B,3,T,H,W] in 0..1; displacement [B,T,H,W,2] px from the first frame; visibility [B,T,H,W] bool: the point
    that starts at this pixel is in the frame and not hidden at time t; layer [B,H,W] index of the front layer in the
    first frame (0 is the background); alpha [B,K+1,H,W] each layer's coverage there; captions: one sentence a clip;
    pure [B,T,H,W] bool: visible, and nothing else shares the pixel, neither in the first frame nor at time t (edges
    and what is seen through a clear sprite are left out).
    """

    video: Tensor
    displacement: Tensor
    visibility: Tensor
    layer: Tensor
    alpha: Tensor
    captions: list[str]
    pure: Tensor


def texture_pool(count: int, size: int, generator: torch.Generator) -> Tensor:
    """[count,3,size,size] still pictures that clips cut their layers from."""
    return torch.cat([pictures(min(32, count - i), size, generator) for i in range(0, count, 32)])


def render_clips(
    pool: Tensor,
    count: int,
    frames: int,
    height: int,
    width: int,
    generator: torch.Generator,
    sprites: int = 3,
    pace: float = 1.0,
    times: Tensor | None = None,
    odds: Odds = Odds(),  # noqa: B008 (frozen)
) -> Clips:
    """`render` with seeds that the generator draws."""
    seeds = new_seeds(count, generator).tolist()
    return render(pool, seeds, frames, height, width, sprites, pace, times, odds)


def render(
    pool: Tensor,
    seeds: Sequence[int],
    frames: int,
    height: int,
    width: int,
    sprites: int = 3,
    pace: float = 1.0,
    times: Tensor | None = None,
    odds: Odds = Odds(),  # noqa: B008 (frozen)
) -> Clips:
    """Render the clips of these seeds, their layers cut from the still pictures `pool` [N,3,S,S], on its device.

    At `pace` 1 a sprite crosses up to a third of the frame in 17 frames; shorter clips move as fast, not as far, and
    longer ones with the root of their length. `times` [frames], each in 0..1 of the clip and in any order, are when
    the frames are taken (default: evenly); displacement and visibility are always those of the first that is listed.
    """
    device = pool.device
    if times is None:
        times = torch.linspace(0, 1, frames) if frames > 1 else torch.zeros(1)
    elif times.shape != (frames,):
        raise ValueError(f"{frames} frames need as many times, got {list(times.shape)}")
    if not len(seeds):
        raise ValueError("There are no seeds to render clips of.")
    times = times.to("cpu", torch.float32)
    blurred = Draws(seeds).stream("blur").chance(odds.blur).tolist()
    at_once = _AT_ONCE.get(device.type, _AT_ONCE_ELSEWHERE)
    parts: list[Clips] = []
    order: list[int] = []
    for blur in (False, True):
        rows = [row for row, is_blurred in enumerate(blurred) if is_blurred == blur]
        step = max(1, at_once // (frames * height * width * (_EXPOSURES if blur else 1)))
        for start in range(0, len(rows), step):
            chosen = rows[start : start + step]
            order += chosen
            scene = _Scene(pool, [seeds[row] for row in chosen], frames, (height, width), sprites, pace, odds)
            video = scene.exposed(times) if blur else scene.picture(times)
            parts.append(scene.with_truth(video, times))
    return _together(parts, order)


def _together(parts: list[Clips], order: list[int]) -> Clips:
    """Parts of a batch as one, each clip in its place."""
    place = sorted(range(len(order)), key=order.__getitem__)
    joined = {}
    for field in fields(Clips):
        values = [getattr(part, field.name) for part in parts]
        if field.name == "captions":
            flat = [text for part in values for text in part]
            joined[field.name] = [flat[i] for i in place]
        else:
            whole = torch.cat(values) if len(values) > 1 else values[0]
            in_order = place == list(range(len(place)))
            joined[field.name] = whole if in_order else whole[torch.tensor(place, device=whole.device)]
    return Clips(**joined)


class _Scene:
    """A few clips of one shape, ready to be seen at any time."""

    def __init__(
        self, pool: Tensor, seeds: Sequence[int], frames: int, size: tuple[int, int], sprites: int, pace: float,
        odds: Odds,
    ):  # fmt: skip
        draws, self.pool, self.device = Draws(seeds), pool, pool.device
        self.height, self.width = size
        self.short = min(size)
        self.half = (self.width / self.short, self.height / self.short)
        span = frames / 17
        length = pace * (span if span < 1 else span**0.5)
        self.count, self.layers = len(seeds), sprites + 1
        self.movement = Movement.drawn(draws, self.layers, length, span, self.half, odds)
        self.light = Lighting.drawn(draws, odds.light, odds.shadow)
        self.looks = Layers.drawn(draws, self.layers, len(pool), odds)
        self.look = self.looks.to(self.device)  # the same where the pixels are
        self.present = [k for k in range(1, self.layers) if bool(self.looks.there[:, k].any())]
        self.shapes = [self.looks.shape[:, k].tolist() for k in range(self.layers)]
        self.table = torch.tensor(list(COLOURS.values()), device=self.device)
        self.interval = 1 / max(frames - 1, 16)
        ys = (torch.arange(self.height, device=self.device) + 0.5 - self.height / 2) * 2 / self.short
        xs = (torch.arange(self.width, device=self.device) + 0.5 - self.width / 2) * 2 / self.short
        self.x, self.y = xs.expand(self.height, -1), ys[:, None].expand(-1, self.width)

    def _inside(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        """Depth [B,T,H,W] of plane points within sprite k."""
        return depth(x, y, self.shapes[k], self.look.own[:, k])

    def _coverage(self, k: int, inside: Tensor, scale: Tensor) -> Tensor:
        """Coverage of sprite k, its edge smoothed over `soft` pixels of the view."""
        shown = (self.look.opacity[:, k] * self.look.there[:, k]).view(-1, 1, 1, 1)
        sharpness = scale * self.short / 2 / self.look.soft[:, k].view(-1, 1, 1, 1)
        return (inside * sharpness + 0.5).clamp(0, 1) * shown

    def _window(self, k: int, place: Placement, shift: tuple[float, float] = (0, 0), extra: float = 0.0):
        """Rows and columns of the frame that sprite k can touch at any of the times of `place` (on the CPU), in any
        clip, its shadow's shift and blur (view units) included; None where there are none."""
        here = self.looks.there[:, k]
        middle = place.affine[here, k, :, 4:]
        bend = place.wave[here, k, :2].amax() if bool(here.any()) else 0.0
        reach = (REACH + bend) * place.scale(k)[here, :, 0] + extra
        pixel = 2 / self.short
        edges = []
        for axis, length in ((1, self.height), (0, self.width)):
            low = float((middle[..., axis : axis + 1] - reach).min()) + min(0.0, shift[axis])
            high = float((middle[..., axis : axis + 1] + reach).max()) + max(0.0, shift[axis])
            soft = 0.5 * float(self.looks.soft[here, k].max()) + 1
            begin = max(0, int(low / pixel + length / 2 - soft))
            end = min(length, int(high / pixel + length / 2 + soft) + 1)
            if begin >= end:
                return None
            edges.append(slice(begin, end))
        return edges[0], edges[1]

    def _textured(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        """Colours [B,3,T,H,W] of layer k's texture at plane points."""
        # Texels about as dense as pixels, and no more of the picture than there is across the view.
        dense = self.look.density[:, k] * self.short / self.pool.shape[-1]
        size = self.movement.size[:, k].to(self.device)
        scale = (dense.clamp_max(1 / max(self.half)) * size).view(-1, 1, 1, 1)
        shift = self.look.shift[:, k].view(-1, 2, 1, 1, 1)
        return wrapped_texture(
            self.pool[self.look.texture[:, k]], x * scale + shift[:, 0], y * scale + shift[:, 1]
        )

    def _colours(self, k: int, x: Tensor, y: Tensor, inside: Tensor) -> Tensor:
        """What sprite k looks like at plane points: its texture in its colour, darker at the rim."""
        mean = self.pool[self.look.texture[:, k]].mean((2, 3))
        colour = dyed(
            self._textured(k, x, y), mean, self.table[self.look.tint[:, k]], self.look.contrast[:, k]
        )
        rim = (1 - inside * 2.5).clamp(0, 1) ** 2
        return colour * (1 - self.look.volume[:, k].view(-1, 1, 1, 1) * rim)[:, None]

    def picture(self, times: Tensor) -> Tensor:
        """The clips [B,3,T,H,W] at `times`, in 0..1."""
        near = self.movement.at(times)
        place = near.to(self.device)
        image = self._textured(0, *place.to_plane(0, self.x, self.y))
        for k in self.present:
            self._shade(image, k, near, place)
            window = self._window(k, near)
            if window is None:
                continue
            x, y = place.to_plane(k, self.x[window], self.y[window])
            inside = self._inside(k, x, y)
            alpha = self._coverage(k, inside, place.scale(k))[:, None]
            seen = image[:, :, :, window[0], window[1]]
            seen += alpha * (self._colours(k, x, y, inside) - seen)
        gain = self.light.gain(times, self.x, self.y)
        return (image if gain is None else image * gain).clamp_(0, 1)

    def _shade(self, image: Tensor, k: int, near: Placement, place: Placement) -> None:
        """Darken what is below sprite k where its shadow falls: the higher it is, the farther and the softer."""
        if not bool(self.light.shadow.any()):
            return
        fall = self.light.shadow_fall * self.looks.height[:, k, None]
        width = 0.6 * self.looks.height[:, k]
        largest = fall.abs().amax(0)
        window = self._window(k, near, extra=float(width.max() + largest.max()))
        if window is None:
            return
        dx, dy = (fall[:, i].to(self.device).view(-1, 1, 1, 1) for i in (0, 1))
        x, y = place.to_plane(k, self.x[window] - dx, self.y[window] - dy)
        blur = width.to(self.device).view(-1, 1, 1, 1) + 1 / self.short
        lit = (self._inside(k, x, y) * place.scale(k) / blur * 0.5 + 0.5).clamp(0, 1)
        lit = lit * lit * (3 - 2 * lit)
        dark = self.light.shadow.to(self.device).view(-1, 1, 1, 1) * (
            self.look.there[:, k] * self.look.opacity[:, k]
        ).view(-1, 1, 1, 1)
        image[:, :, :, window[0], window[1]] *= (1 - dark * lit)[:, None]

    def exposed(self, times: Tensor) -> Tensor:
        """The clips as a camera with an open shutter sees them: light, not its square root, is averaged."""
        gaps = times.sort().values.diff()
        interval = float(gaps[gaps > 0].min()) if bool((gaps > 0).any()) else self.interval
        open_for = (torch.arange(_EXPOSURES) + 0.5) / _EXPOSURES - 0.5
        moments = times[:, None] + _SHUTTER * interval * open_for
        video = self.picture(moments.flatten()).unflatten(2, moments.shape)
        return video.square().mean(3).sqrt()

    def with_truth(self, video: Tensor, times: Tensor) -> Clips:
        """The clips that show `video` at `times`, with where every point of the first frame goes."""
        place = self.movement.at(times).to(self.device)
        begin = self.movement.at(times[:1]).to(self.device)
        starts = [begin.to_plane(k, self.x, self.y) for k in range(self.layers)]
        alpha = torch.zeros(self.count, self.layers, self.height, self.width, device=self.device)
        alpha[:, 0] = 1
        layer = torch.zeros(self.count, self.height, self.width, dtype=torch.int64, device=self.device)
        for k in self.present:
            inside = self._inside(k, *starts[k])
            alpha[:, k] = self._coverage(k, inside, begin.scale(k))[:, 0]
            # Who is in front is a matter of outlines: a sprite that is clear moves and hides like another.
            layer = torch.where((inside[:, 0] >= 0) & self.look.there[:, k, None, None], k, layer)
        order = torch.arange(self.layers, device=self.device).view(1, -1, 1, 1)
        alone = alpha.gather(1, layer[:, None])[:, 0] > 0.99
        alone &= ~((alpha > 0.01) & (order > layer[:, None])).any(1)

        x, y = place.to_view(0, *starts[0])
        for k in self.present:
            here = (layer == k)[:, None]
            ahead = place.to_view(k, *starts[k])
            x, y = torch.where(here, ahead[0], x), torch.where(here, ahead[1], y)
        visible = (x.abs() <= self.half[0]) & (y.abs() <= self.half[1])
        pure = visible & alone[:, None]
        for k in self.present:
            below = ((layer < k) & self.look.there[:, k, None, None])[:, None]
            inside = self._inside(k, *place.to_plane(k, x, y))
            visible = visible & ~(below & (inside >= 0))
            pure = pure & visible & ~(below & (self._coverage(k, inside, place.scale(k)) > 0.01))
        displacement = torch.stack((x - self.x, y - self.y), -1) * (self.short / 2)
        return Clips(video, displacement, visible, layer, alpha, self._captions(), pure)

    def _captions(self) -> list[str]:
        def things(clip: int) -> dict[int, str]:
            return {k: self.looks.name(clip, k) for k in self.present if bool(self.looks.there[clip, k])}

        return [caption(self.movement, c, things(c), float(self.light.swing[c])) for c in range(self.count)]
