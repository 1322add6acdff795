"""The motion of a clip's layers and camera: exact maps, in both directions, between each layer's plane and the view.

In plane coordinates a sprite extends from about -1 to 1; in view coordinates the short side of the picture spans -1..1;
x points right and y down. A plane point is first bent by two shear waves, x += m(y, t) and then y += n(x, t), whose
inverse is as simple (coupling layers: Dinh et al., "NICE", 2014). An affine map then applies path, rotation, scale and
camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .draws import Draws


@dataclass(frozen=True)
class Odds:
    """The probability of each effect, in 0..1. Switching an effect off does not change anything else in a clip.

    camera, shake, shadow, light and blur are shares of clips; soft, clear and bend are shares of sprites, and a
    background bends a third as often as a sprite. Raises ValueError for a number outside 0..1.
    """

    camera: float = 0.5
    shake: float = 0.15
    bend: float = 0.25
    soft: float = 0.15
    clear: float = 0.1
    shadow: float = 0.35
    light: float = 0.3
    blur: float = 0.15

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise ValueError(f"`{name}` is {value}; it must be a probability in 0..1")

    @classmethod
    def plain(cls) -> Odds:
        """Odds for clips in which a surface looks the same in all frames: no shadow, light, blur, soft or clear sprites."""
        return cls(shadow=0.0, light=0.0, blur=0.0, soft=0.0, clear=0.0)


@dataclass(frozen=True)
class Placement:
    """The places of the layers at T times.

    `affine` [B,L,T,6] are the matrix a b c d and the offset of the affine maps. `wave` [B,L,4] are two amplitudes and two
    frequencies of the shear waves, and `phase` [B,L,T,2] their phases. `bends` [L] is True if a layer bends in any clip.
    """

    affine: Tensor
    wave: Tensor
    phase: Tensor
    bends: tuple[bool, ...]

    def to(self, device: torch.device) -> Placement:
        return Placement(self.affine.to(device), self.wave.to(device), self.phase.to(device), self.bends)

    def _shear(self, k: int, which: int, along: Tensor) -> Tensor:
        amplitude, frequency = (self.wave[:, k, i, None, None, None] for i in (which, which + 2))
        return amplitude * (frequency * along + self.phase[:, k, :, which, None, None]).sin()

    def to_plane(self, k: int, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The plane coordinates [B,T,H,W], in layer k, of the view points x, y [H,W] or [B,T,H,W]."""
        a, b, c, d, e, f = self.affine[:, k, :, :, None, None].unbind(2)
        inverse = 1 / (a * d - b * c)
        x, y = x - e, y - f
        x, y = (d * inverse) * x - (b * inverse) * y, (a * inverse) * y - (c * inverse) * x
        if self.bends[k]:
            y = y - self._shear(k, 1, x)
            x = x - self._shear(k, 0, y)
        return x, y

    def to_view(self, k: int, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The view coordinates [B,T,H,W] of the plane points x, y [B,1 or T,H,W] of layer k."""
        a, b, c, d, e, f = self.affine[:, k, :, :, None, None].unbind(2)
        if self.bends[k]:
            x = x + self._shear(k, 0, y)
            y = y + self._shear(k, 1, x)
        return a * x + b * y + e, c * x + d * y + f

    def scale(self, k: int) -> Tensor:
        """The length [B,T,1,1] in view units of a plane unit of layer k."""
        a, b, c, d = self.affine[:, k, :, :4].unbind(-1)
        return (a * d - b * c).abs().sqrt()[..., None, None]


@dataclass(frozen=True)
class Movement:
    """The parameters of the motion of B clips: [B,L] for layers, of which layer 0 is the background, and [B] for cameras.

    All tensors are on the CPU. Lengths are in view units, angles in radians (clockwise on the screen) and scales are
    logarithms; each is the total over the clip.
    """

    centre: Tensor  # [B,L,2]
    size: Tensor
    tilt: Tensor
    along: Tensor  # [B,L,2] unit direction of the path
    speed: Tensor
    curve: Tensor
    turn: Tensor
    grow: Tensor
    ease: Tensor
    wave: Tensor  # [B,L,4]
    wave_phase: Tensor  # [B,L,2]
    wave_turn: Tensor  # [B,L,2] change of the phase over the clip
    parallax: Tensor
    pan: Tensor  # [B,2]
    zoom: Tensor
    roll: Tensor
    shake: Tensor
    shake_wave: Tensor  # [B,3,3,2]: of x, y and angle: three waves' frequency and phase

    @classmethod
    def random(
        cls, draws: Draws, layers: int, length: float, span: float, aspect: tuple[float, float], odds: Odds
    ) -> Movement:
        """Random motions.

        `length` scales how far things move, 1 for 17 frames at pace 1; `span` is the duration in units of 17 frames;
        `aspect` is the half width and half height of the view.
        """
        path = draws.stream("path")
        pace = length * path.uniform(1, low=0.25)
        still = path.chance(0.2, layers)
        still[:, 0] = True  # the background moves with the camera only
        direction = path.uniform(layers, high=2 * math.pi)
        along = torch.stack((direction.cos(), direction.sin()), -1)
        speed = (path.uniform(layers, high=0.75) * pace).masked_fill(still, 0)
        curve = path.uniform(layers, low=-0.6, high=0.6) * speed
        turning, growing = path.chance(0.4, layers) & ~still, path.chance(0.3, layers) & ~still
        turn = path.uniform(layers, low=-1.4, high=1.4) * pace * turning
        grow = path.uniform(layers, low=-0.5, high=0.5) * pace * growing
        ease = path.uniform(layers, low=-0.6, high=0.6)
        size, tilt = path.uniform(layers, low=0.16, high=0.48), path.uniform(layers, high=2 * math.pi)
        centre = path.uniform(layers, 2, low=-0.75, high=0.75) * torch.tensor(aspect)
        size[:, 0], tilt[:, 0], centre[:, 0] = 1, 0, 0

        bend = draws.stream("bend")
        rigid = bend.uniform(layers) >= odds.bend * torch.tensor([1 / 3] + [1.0] * (layers - 1))
        amplitude = bend.uniform(layers, 2, low=0.05, high=0.16)
        frequency = bend.uniform(layers, 2, low=1.2, high=3.2)
        # A background ripples in smaller, shorter waves, as water and grass do.
        amplitude[:, 0] *= 0.25
        frequency[:, 0] *= 2.0
        wave = torch.cat((amplitude.masked_fill(rigid[..., None], 0), frequency), -1)
        wave_phase = bend.uniform(layers, 2, high=2 * math.pi)
        wave_turn = bend.uniform(layers, 2, low=-7.0, high=7.0) * length

        camera = draws.stream("camera")
        shot = camera.uniform(low=0.25) * pace[:, 0] * camera.chance(odds.camera)
        angle, kind = camera.uniform(high=2 * math.pi), camera.integers(below=4)  # pan, zoom, roll, or all
        every = kind == 3
        pan = (0.5 * shot * ((kind == 0) | every))[:, None] * torch.stack((angle.cos(), angle.sin()), -1)
        zoom = camera.uniform(low=-0.63, high=0.63) * shot * ((kind == 1) | every)
        roll = camera.uniform(low=-0.5, high=0.5) * shot * ((kind == 2) | every)
        parallax = camera.uniform(layers, high=0.25)
        parallax[:, 0] = 0
        hand = draws.stream("shake")
        shake = hand.uniform(low=0.006, high=0.03) * hand.chance(odds.shake)
        shake_wave = torch.stack(
            (hand.uniform(3, 3, low=6.0, high=30.0) * span, hand.uniform(3, 3, high=2 * math.pi)), -1
        )
        return cls(centre, size, tilt, along, speed, curve, turn, grow, ease, wave, wave_phase, wave_turn, parallax,
                   pan, zoom, roll, shake, shake_wave)  # fmt: skip

    def at(self, times: Tensor) -> Placement:
        """The layers' places at times [T] in 0..1 of the clip; times a little outside continue the motion."""
        t = times.to("cpu", torch.float32)
        eased = t * (1 + self.ease[..., None] * (1 - t))  # [B,L,T]
        angle = self.tilt[..., None] + self.turn[..., None] * eased
        scale = (self.size.log()[..., None] + self.grow[..., None] * eased).exp()
        across = torch.stack((-self.along[..., 1], self.along[..., 0]), -1)
        bow = self.curve[..., None] * (4 * eased * (1 - eased))
        offset = (
            self.centre[:, :, None]
            + (self.speed[..., None] * eased)[..., None] * self.along[:, :, None]
            + bow[..., None] * across[:, :, None]
        )
        frequency, phase = self.shake_wave.unbind(-1)
        hand = (frequency[..., None] * t + phase[..., None]).sin().mean(2) * self.shake[
            :, None, None
        ]  # [B,3,T]
        view_angle = self.roll[:, None] * t + 0.5 * hand[:, 2]
        view_scale = (self.zoom[:, None] * t).exp()
        drift = self.pan[:, :, None] * t + hand[:, :2]  # [B,2,T]
        drift = drift[:, None] * (1 + self.parallax)[..., None, None]  # [B,L,2,T]

        angle, scale = angle + view_angle[:, None], scale * view_scale[:, None]
        cos, sin = angle.cos() * scale, angle.sin() * scale
        view_cos, view_sin = (
            (view_angle.cos() * view_scale)[:, None],
            (view_angle.sin() * view_scale)[:, None],
        )
        x, y = offset.unbind(-1)
        affine = torch.stack(
            (cos, -sin, sin, cos, view_cos * x - view_sin * y + drift[:, :, 0],
             view_sin * x + view_cos * y + drift[:, :, 1]), -1,
        )  # fmt: skip
        wave_phase = self.wave_phase[:, :, None] + self.wave_turn[:, :, None] * t[:, None]
        bends = tuple((self.wave[:, :, :2] > 0).any(0).any(-1).tolist())
        return Placement(affine, self.wave, wave_phase, bends)
