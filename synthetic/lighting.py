"""Changes of light in a clip: brightness and colour of the whole picture, a travelling spot, and shadows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .draws import Draws


@dataclass(frozen=True)
class Lighting:
    """The parameters of the light of B clips, on the CPU; lengths are in view units."""

    swing: Tensor  # [B] relative change of brightness over the clip
    warmth: Tensor  # [B] relative change of red over the clip; blue changes by the opposite amount
    spot: (
        Tensor  # [B] relative brightness of a travelling spot, negative for the shade of a cloud; 0 for none
    )
    spot_path: Tensor  # [B,4] first centre (x, y) of the spot and its displacement (dx, dy) over the clip
    spot_size: Tensor  # [B] radius of the spot
    shadow: Tensor  # [B] darkness of the sprites' shadows; 0 for none
    shadow_fall: (
        Tensor  # [B,2] displacement (dx, dy) of a shadow per unit of the sprite's height above the ground
    )

    @classmethod
    def random(cls, draws: Draws, changing: float, shadows: float) -> Lighting:
        """Random light. `changing` and `shadows` are the shares of clips with changing light and with shadows."""
        light, kind = draws.stream("light"), draws.stream("light kind")
        changes = kind.chance(changing)
        whole = changes & kind.chance(0.6)
        spot = changes & ~whole
        path = light.uniform(4, low=-1.0)
        path[:, 2:] -= path[:, :2]
        sun = draws.stream("sun")
        angle, low = sun.uniform(high=6.2832), sun.uniform(low=0.3)
        return cls(
            swing=light.uniform(low=-0.3, high=0.3) * whole,
            warmth=light.uniform(low=-0.12, high=0.12) * whole,
            spot=light.uniform(low=-0.45, high=0.6) * spot,
            spot_path=path,
            spot_size=light.uniform(low=0.35, high=1.0),
            shadow=sun.uniform(low=0.25, high=0.6) * sun.chance(shadows),
            shadow_fall=torch.stack((angle.cos() * low, angle.sin() * low), -1),
        )

    def gain(self, times: Tensor, x: Tensor, y: Tensor) -> Tensor | None:
        """The factor [B,3 or 1,T,H or 1,W or 1] of the colours at `times` [T] and the view points x, y [H,W].

        Returns None if the light does not change in any clip.
        """
        device = x.device
        t = times.to(device, torch.float32)
        made = None
        if bool(self.swing.any()):
            tint = torch.tensor([1.0, 0.0, -1.0], device=device)
            colour = self.swing.to(device)[:, None] + self.warmth.to(device)[:, None] * tint
            made = (1 + colour[:, :, None] * t)[..., None, None]
        if bool(self.spot.any()):
            path = self.spot_path.to(device)[:, :, None, None, None]
            at_x, at_y = (path[:, i] + path[:, i + 2] * t[:, None, None] for i in (0, 1))
            square = ((x - at_x) ** 2 + (y - at_y) ** 2) / self.spot_size.to(device).view(-1, 1, 1, 1) ** 2
            spot = 1 + self.spot.to(device).view(-1, 1, 1, 1) * torch.exp(-square)
            made = spot[:, None] if made is None else made * spot[:, None]
        return made
