"""The VAE's downsampling and upsampling layers. In time, the first frame is kept as it is: 1 + 2k frames <-> 1 + k frames."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from .vae_layers import CausalConv3d, Memory, convolve_last, latest_frames


def memory_layout(x: Tensor) -> torch.memory_format:
    """The memory format of `x [B,C,T,H,W]`: channels last, or else contiguous."""
    channels_last = x.is_contiguous(memory_format=torch.channels_last_3d)
    return torch.channels_last_3d if channels_last else torch.contiguous_format


class Downsample(nn.Module):
    """Halves the height and width and, if `temporal`, the frames: output k >= 1 sees frames 2k-2..2k, output 0 is frame 0.

    With a memory, a piece may end half way through an output frame. Its last frame is then kept in the memory for the
    next piece, and the output of a piece of that single frame has no frames.
    """

    def __init__(self, channels: int, temporal: bool) -> None:
        super().__init__()
        # In the published layout, the module with index 0 pads one row at the bottom and one column at the right.
        self.resample = nn.ModuleList(
            [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(channels, channels, 3, stride=2)]
        )
        self.time_conv = nn.Conv3d(channels, channels, (3, 1, 1), stride=(2, 1, 1)) if temporal else None

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        frames = x.shape[2]
        pad, conv = self.resample
        x = rearrange(x, "b c t h w -> (b t) c h w")
        x = rearrange(conv(pad(x)), "(b t) c h w -> b c t h w", t=frames)
        return x if self.time_conv is None else self.halve_frames(x, self.time_conv, memory)

    def halve_frames(self, x: Tensor, conv: nn.Conv3d, memory: Memory | None) -> Tensor:
        """The output frames [B,C,T',H,W] whose windows of three frames end within x [B,C,T,H,W], and at the start of the
        clip also frame 0."""
        past = [] if memory is None else memory.get(self, [])
        total = len(past) + x.shape[2]
        if memory is not None:
            # The next window starts at the last frame, or at the one before it if no window ended at the last frame.
            memory[self] = latest_frames(past, x, 1 if total % 2 else 2)
        if total == 3 and past and x.device.type == "cpu":
            return convolve_last([*past, *x.unbind(2)], conv)
        first = x[:, :, :0] if past else x[:, :, :1]
        if total < 3:
            return first
        window = torch.cat([*(frame.unsqueeze(2) for frame in past), x], dim=2)
        return torch.cat([first, conv(window)], dim=2)


class Upsample(nn.Module):
    """Doubles the height and width, halves the channels and, if `temporal`, makes two frames of each but the first.

    The convolution over time never sees the first frame: for the second one, all earlier frames are zero.
    """

    def __init__(self, channels: int, temporal: bool) -> None:
        super().__init__()
        self.resample = nn.ModuleList(
            [
                nn.Upsample(scale_factor=2.0, mode="nearest-exact"),
                nn.Conv2d(channels, channels // 2, 3, padding=1),
            ]
        )
        self.time_conv = CausalConv3d(channels, channels * 2, 3, 1) if temporal else None

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        if self.time_conv is not None:
            x = self.double_frames(x, self.time_conv, memory)
        frames = x.shape[2]
        images = rearrange(x, "b c t h w -> (b t) c h w")
        return rearrange(self.double_size(images), "(b t) c h w -> b c t h w", t=frames)

    def double_frames(self, x: Tensor, conv: CausalConv3d, memory: Memory | None) -> Tensor:
        """[B,C,1+k,H,W] -> [B,C,1+2k,H,W] at the start of a clip, [B,C,k,H,W] -> [B,C,2k,H,W] after it."""
        starts = memory is None or self not in memory
        if memory is not None:
            memory[self] = []
        first, rest = (x[:, :, :1], x[:, :, 1:]) if starts else (x[:, :, :0], x)
        if rest.shape[2] == 0:
            return first
        # The output channels of the convolution are ordered (index of the two frames, channel).
        pairs = conv(rest, memory)
        layout = memory_layout(pairs)
        pairs = rearrange(pairs, "b (two c) t h w -> b c (t two) h w", two=2).contiguous(memory_format=layout)
        return torch.cat([first, pairs], dim=2) if starts else pairs

    def double_size(self, images: Tensor) -> Tensor:
        """[N,C,H,W] -> [N,C/2,2H,2W]: each pixel repeated 2x2, then a 3x3 convolution."""
        enlarge, conv = self.resample
        assert isinstance(conv, nn.Conv2d)
        if torch.is_grad_enabled() or images.device.type != "cpu" or images.dtype != torch.float32:
            return conv(enlarge(images))
        # Each output pixel depends on 2x2 input pixels, so taps that read the same pixel can be summed beforehand. This
        # gives a transposed convolution of stride 2 with 4x4 taps: 4/9 of the work, and no enlarged copy in memory.
        out, channels = conv.weight.shape[:2]
        taps = conv.weight.flip(2, 3).reshape(out * channels, 1, 3, 3)
        summed = F.conv2d(taps, taps.new_ones(1, 1, 2, 2), padding=1).view(out, channels, 4, 4)
        return F.conv_transpose2d(images, summed.transpose(0, 1), conv.bias, stride=2, padding=1)
