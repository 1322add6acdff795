"""Rendering of clips from layers under a camera, with shadows, light and shutter, and the true motion of each point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from .captions import caption
from .draws import Draws
from .lighting import Lighting
from .movement import Movement, Odds, Placement
from .outlines import REACH, depth
from .sprites import COLOURS, Layers, tinted_texture, wrapped_texture

R = TypeVar("R", Movement, Lighting, Layers)
# The possible numbers of exposures that are averaged to a blurred frame, and the largest motion between two, in pixels.
_EXPOSURES, _APART = (1, 3, 5, 9), 0.9


class Truth(NamedTuple):
    """The exact motion, layers and coverage of some clips; `Clips` explains the members."""

    displacement: Tensor
    visibility: Tensor
    layer: Tensor
    alpha: Tensor
    pure: Tensor


def select_clips(part: R, rows: Tensor) -> R:
    """A dataclass of tensors [B,...], reduced to the clips with the indices `rows`."""
    return type(part)(*(getattr(part, field.name)[rows] for field in fields(part)))


@dataclass(frozen=True)
class Plan:
    """All random parameters of a batch of clips, on the CPU, and the size of the clips in pixels."""

    movement: Movement
    light: Lighting
    looks: Layers
    height: int
    width: int

    @classmethod
    def random(
        cls, seeds: Sequence[int], frames: int, size: tuple[int, int], sprites: int, pace: float, pool: int,
        odds: Odds,
    ) -> Plan:  # fmt: skip
        """Random clips, each a function of its seed. `pool` is the number of textures to choose from."""
        draws, short, span = Draws(seeds), min(size), frames / 17
        length = pace * (span if span < 1 else span**0.5)
        half = (size[1] / short, size[0] / short)
        return cls(
            Movement.random(draws, sprites + 1, length, span, half, odds),
            Lighting.random(draws, odds.light, odds.shadow),
            Layers.random(draws, sprites + 1, pool, odds),
            *size,
        )

    @property
    def short(self) -> int:
        return min(self.height, self.width)

    @property
    def half(self) -> tuple[float, float]:
        """The half width and half height of the view, whose short side spans -1..1."""
        return self.width / self.short, self.height / self.short

    def exposure_counts(self, times: Tensor, shutter: float) -> list[int]:
        """The number of exposures that each clip needs so that motion blur is smooth; 1 for a clip with hardly any motion."""
        before, after = (self.movement.at(times + half).affine for half in (-shutter / 2, shutter / 2))
        change = (after - before).abs()  # [B,L,T,6]
        extent = torch.full((change.shape[1], 1), REACH)
        extent[0] = math.hypot(*self.half)
        # A bound on the motion of all points of a layer: that of its centre, plus the change of its matrix times its extent.
        largest = (change[..., 4:].norm(dim=-1) + change[..., :4].norm(dim=-1) * extent).amax(2)
        there = self.looks.there.clone()
        there[:, 0] = True
        pixels = (largest * there).amax(1) * self.short / 2
        needed = (pixels / _APART).tolist()
        return [next((n for n in _EXPOSURES if n >= count), _EXPOSURES[-1]) for count in needed]

    def captions(self) -> list[str]:
        """The caption of each clip."""
        sentences = []
        for clip, there in enumerate(self.looks.there[:, 1:].tolist()):
            things = {k: self.looks.name(clip, k) for k, is_there in enumerate(there, 1) if is_there}
            sentences.append(caption(self.movement, clip, things, float(self.light.swing[clip])))
        return sentences


class Scene:
    """Renders the clips of a plan that have the indices `rows`, at any times, and computes their true motion."""

    def __init__(self, plan: Plan, rows: Sequence[int], pool: Tensor):
        self.pool, self.device, self.count = pool, pool.device, len(rows)
        self.height, self.width, self.short, self.half = plan.height, plan.width, plan.short, plan.half
        which = torch.tensor(rows)
        self.movement = select_clips(plan.movement, which)
        self.light, self.looks = select_clips(plan.light, which), select_clips(plan.looks, which)
        self.layers = self.looks.there.shape[1]
        self.look = self.looks.to(self.device)  # a copy of `looks` on the device of the pixels
        self.present = [k for k in range(1, self.layers) if bool(self.looks.there[:, k].any())]
        self.shapes = [self.looks.shape[:, k].tolist() for k in range(self.layers)]
        self.table = torch.tensor(list(COLOURS.values()), device=self.device)
        ys = (torch.arange(self.height, device=self.device) + 0.5 - self.height / 2) * 2 / self.short
        xs = (torch.arange(self.width, device=self.device) + 0.5 - self.width / 2) * 2 / self.short
        self.x, self.y = xs.expand(self.height, -1), ys[:, None].expand(-1, self.width)

    def _inside(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        """The depth [B,T,H,W] of plane points inside the outline of sprite k, see `outlines.depth`."""
        return depth(x, y, self.shapes[k], self.look.own[:, k])

    def _coverage(self, k: int, inside: Tensor, scale: Tensor) -> Tensor:
        """The coverage [B,T,H,W] by sprite k, with an edge that is `soft` pixels wide."""
        shown = (self.look.opacity[:, k] * self.look.there[:, k]).view(-1, 1, 1, 1)
        sharpness = scale * self.short / 2 / self.look.soft[:, k].view(-1, 1, 1, 1)
        return (inside * sharpness + 0.5).clamp(0, 1) * shown

    def _window(self, k: int, place: Placement, margin: float = 0.0) -> tuple[slice, slice] | None:
        """The rows and columns of the frame that sprite k covers in any clip at any time of `place` (on the CPU).

        They include `margin` view units around it. Returns None if the sprite is never in the frame.
        """
        here = self.looks.there[:, k]
        if not bool(here.any()):
            return None
        middle = place.affine[here, k, :, 4:]
        reach = (REACH + place.wave[here, k, :2].amax()) * place.scale(k)[here, :, 0] + margin
        soft = 0.5 * float(self.looks.soft[here, k].max()) + 1
        low, high = ((middle - reach).amin((0, 1)), (middle + reach).amax((0, 1)))
        edges = []
        for axis, length in ((1, self.height), (0, self.width)):
            begin = max(0, int(float(low[axis]) * self.short / 2 + length / 2 - soft))
            end = min(length, int(float(high[axis]) * self.short / 2 + length / 2 + soft) + 1)
            if begin >= end:
                return None
            edges.append(slice(begin, end))
        return edges[0], edges[1]

    def _texture_colours(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        """Colours [B,3,T,H,W] of layer k's texture at plane points."""
        # The texels are about as dense as pixels, but the view never shows more than one period of the texture.
        dense = self.look.density[:, k] * self.short / self.pool.shape[-1]
        size = self.movement.size[:, k].to(self.device)
        scale = (dense.clamp_max(1 / max(self.half)) * size).view(-1, 1, 1, 1)
        shift = self.look.shift[:, k].view(-1, 2, 1, 1, 1)
        return wrapped_texture(
            self.pool[self.look.texture[:, k]], x * scale + shift[:, 0], y * scale + shift[:, 1]
        )

    def _colours(self, k: int, x: Tensor, y: Tensor, inside: Tensor) -> Tensor:
        """The colours of sprite k at plane points: its texture, tinted and darkened towards the rim."""
        mean = self.pool[self.look.texture[:, k]].mean((2, 3))
        colour = tinted_texture(
            self._texture_colours(k, x, y), mean, self.table[self.look.tint[:, k]], self.look.contrast[:, k]
        )
        rim = (1 - inside * 2.5).clamp(0, 1) ** 2
        return colour * (1 - self.look.volume[:, k].view(-1, 1, 1, 1) * rim)[:, None]

    def picture(self, times: Tensor) -> Tensor:
        """The clips [B,3,T,H,W] at `times`, in 0..1."""
        near = self.movement.at(times)
        place = near.to(self.device)
        image = self._texture_colours(0, *place.to_plane(0, self.x, self.y))
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
        """Darken `image` where the shadow of sprite k falls; the higher the sprite, the farther and softer its shadow."""
        if not bool(self.light.shadow.any()):
            return
        fall = self.light.shadow_fall * self.looks.height[:, k, None]
        width = 0.6 * self.looks.height[:, k]
        window = self._window(k, near, float(width.max() + fall.abs().max()))
        if window is None:
            return
        dx, dy = (fall[:, i].to(self.device).view(-1, 1, 1, 1) for i in (0, 1))
        x, y = place.to_plane(k, self.x[window] - dx, self.y[window] - dy)
        blur = width.to(self.device).view(-1, 1, 1, 1) + 1 / self.short
        shadow = (self._inside(k, x, y) * place.scale(k) / blur * 0.5 + 0.5).clamp(0, 1)
        shadow = shadow * shadow * (3 - 2 * shadow)
        dark = self.light.shadow.to(self.device).view(-1, 1, 1, 1) * (
            self.look.there[:, k] * self.look.opacity[:, k]
        ).view(-1, 1, 1, 1)
        image[:, :, :, window[0], window[1]] *= (1 - dark * shadow)[:, None]

    def blurred_video(self, times: Tensor, shutter: float, exposures: int) -> Tensor:
        """The clips [B,3,T,H,W] at `times`, blurred by a shutter that is open for the time `shutter` around each.

        The average of `exposures` pictures is taken in linear light, approximated as the square of the pixel values.
        """
        if exposures == 1:
            return self.picture(times)
        open_for = ((torch.arange(exposures) + 0.5) / exposures - 0.5) * shutter
        video = self.picture((times[:, None] + open_for).flatten()).unflatten(2, (len(times), exposures))
        return video.square().mean(3).sqrt()

    def truth(self, times: Tensor) -> Truth:
        """The true motion of every pixel of the frame at the first of `times`, at all of `times`; see `Clips`."""
        place = self.movement.at(times).to(self.device)
        first = self.movement.at(times[:1])
        begin = first.to(self.device)
        starts = [begin.to_plane(k, self.x, self.y) for k in range(self.layers)]
        alpha = torch.zeros(self.count, self.layers, self.height, self.width, device=self.device)
        alpha[:, 0] = 1
        layer = torch.zeros(self.count, self.height, self.width, dtype=torch.int64, device=self.device)
        for k in self.present:
            inside = self._inside(k, *starts[k])
            alpha[:, k] = self._coverage(k, inside, begin.scale(k))[:, 0]
            # Depth order ignores opacity: transparent sprites still occlude and move.
            layer = torch.where((inside[:, 0] >= 0) & self.look.there[:, k, None, None], k, layer)
        order = torch.arange(self.layers, device=self.device).view(1, -1, 1, 1)
        alone = alpha.gather(1, layer[:, None])[:, 0] > 0.99
        alone &= ~((alpha > 0.01) & (order > layer[:, None])).any(1)

        x, y = place.to_view(0, *starts[0])
        for k in self.present:
            window = self._window(k, first)
            if window is None:
                continue
            rows, columns = window
            here = (layer == k)[:, None, rows, columns]
            ahead = place.to_view(k, *(start[:, :, rows, columns] for start in starts[k]))
            for whole, part in zip((x, y), ahead, strict=True):
                whole[:, :, rows, columns] = torch.where(here, part, whole[:, :, rows, columns])
        visible = (x.abs() <= self.half[0]) & (y.abs() <= self.half[1])
        pure = visible & alone[:, None]
        for k in self.present:
            below = ((layer < k) & self.look.there[:, k, None, None])[:, None]
            inside = self._inside(k, *place.to_plane(k, x, y))
            visible = visible & ~(below & (inside >= 0))
            pure = pure & visible & ~(below & (self._coverage(k, inside, place.scale(k)) > 0.01))
        displacement = torch.stack((x - self.x, y - self.y), -1) * (self.short / 2)
        return Truth(displacement, visible, layer, alpha, pure)
