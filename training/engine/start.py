"""First weights that already do the linear part of the job, so that a short training run spends itself on the rest.

`linear_vae` lays a Haar pyramid and the principal components of pictures along the VAE's shortcuts, and a bilinear
enlargement with a least-squares last layer along the decoder's; every residual branch starts at zero. `steady_dit`
makes the video transformer begin as "the clip is its conditioning": v = noise - conditioning. `open_gates` lets a
transformer whose gates are still nearly closed learn faster, without changing what it computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from ...models.dit import WanDiT
from ...models.latent_format import WAN21_MEAN, WAN21_STD
from ...models.vae import WanVAE

_STEADY = 10.0  # a constant channel of this size makes the following norm nearly linear
_HAAR = (
    torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
)  # rows: bands; columns: 2x2


def _inputs(module: nn.Module, run: Callable[[], Any]) -> Tensor:
    """What `module` is given (first argument) while `run` runs."""
    caught: list[Tensor] = []
    hook = module.register_forward_pre_hook(
        lambda _m, arguments: caught.append(arguments[0].detach().float())
    )
    try:
        run()
    finally:
        hook.remove()
    return caught[0]


def _rows(video: Tensor) -> Tensor:
    return rearrange(video, "b c ... -> (b ...) c")


def _haar(conv: nn.Conv2d, used: int, keep: Tensor | None = None) -> None:
    """The strided convolution splits its first `used` channels into four bands each; `keep` chooses among them."""
    weight = torch.zeros(4 * used, conv.in_channels, 3, 3)
    bands = _HAAR.view(4, 2, 2)
    for band in range(4):
        for channel in range(used):
            weight[band * used + channel, channel, :2, :2] = bands[band] / 2
    if keep is not None:
        weight = weight[keep]
    count = min(len(weight), conv.out_channels)
    conv.weight[:count], conv.bias[:count] = weight[:count], 0.0


def _pair_means(conv: nn.Conv3d, energies: Tensor, used: int, differences: int) -> None:
    """The strided convolution over time averages frame pairs; the weakest channels carry differences of the strongest."""
    conv.weight.mul_(0.1)
    conv.weight[:used], conv.bias[:used] = 0.0, 0.0
    order = energies.argsort(descending=True)
    for channel in range(used):
        conv.weight[channel, channel, 1:, 0, 0] = 0.5
    for k in range(differences):
        weak, strong = int(order[-1 - k]), int(order[k])
        conv.weight[weak] = 0.0
        conv.weight[weak, strong, :, 0, 0] = torch.tensor([0.0, -1.0, 1.0])


@torch.no_grad()
def fold_latents(vae: WanVAE, latents: Tensor) -> None:
    """Give `latents` [B,16,T',h,w], a sample of what `vae` encodes, the statistics of Wan 2.1's, in conv1 and conv2."""
    z = vae.config.z_dim
    mean, deviation = latents.mean((0, 2, 3, 4)), latents.std((0, 2, 3, 4))
    gain = torch.tensor(WAN21_STD, device=mean.device) / deviation
    shift = torch.tensor(WAN21_MEAN, device=mean.device) - gain * mean
    quantizer, opener = vae.conv1, vae.conv2
    quantizer.weight[:z] *= gain.view(-1, 1, 1, 1, 1)
    quantizer.bias[:z] = quantizer.bias[:z] * gain + shift
    opener.bias -= opener.weight[:, :, 0, 0, 0] @ (shift / gain)
    opener.weight /= gain.view(1, -1, 1, 1, 1)


@torch.no_grad()
def linear_vae(vae: WanVAE, clips: Tensor) -> None:
    """Set the weights of `vae` (on the CPU) from a batch of clips [B,3,T,H,W] in -1..1, T = 4k+1."""
    z, encoder, decoder = vae.config.z_dim, vae.encoder, vae.decoder
    for module in vae.modules():
        if hasattr(module, "residual"):
            module.residual[-1].weight.zero_()
            module.residual[-1].bias.zero_()
            if isinstance(module.shortcut, nn.Conv3d):
                weight = module.shortcut.weight
                weight.mul_(0.1)
                shared = min(weight.shape[:2])
                weight[:shared] = 0.0
                weight[:shared, :shared, 0, 0, 0] = torch.eye(shared)
                module.shortcut.bias.zero_()
        if hasattr(module, "to_qkv"):
            module.proj.weight.zero_()
            module.proj.bias.zero_()

    @torch.enable_grad()  # without gradients the layers overwrite what passes between them
    def encode(exactly: bool = False) -> Tensor:
        with torch.autocast(clips.device.type, torch.bfloat16, enabled=not exactly):
            return vae.encode(clips).detach().float()

    stem = encoder.conv1
    stem.weight[:3], stem.bias[:3] = 0.0, 0.0
    for channel in range(3):
        stem.weight[channel, channel, -1, 1, 1] = 1.0
    downs = [m for m in encoder.downsamples if hasattr(m, "resample")]
    used = 3
    for level, down in enumerate(downs):
        conv = down.resample[1]
        if level < len(downs) - 1:
            _haar(conv, used)
            used = min(4 * used, conv.out_channels)
        else:  # more bands than channels: keep the strongest, and one channel for a constant
            features = _inputs(down, encode)[:, :used]
            plane = rearrange(features, "b c t h w -> (b t) c h w")
            full = F.conv2d(F.pad(plane, (0, 1, 0, 1)), _all_bands(used), stride=2)
            keep = _rows(full).square().mean(0).argsort(descending=True)[: conv.out_channels - 16]
            _haar(conv, used, keep)
            used = len(keep)
            conv.weight[-1], conv.bias[-1] = 0.0, _STEADY
        if down.time_conv is not None:
            energies = _rows(_inputs(down.time_conv, encode)[:, :used]).square().mean(0)
            _pair_means(down.time_conv, energies, used, used // 5)
            if level == len(downs) - 1:
                down.time_conv.weight[-1], down.time_conv.bias[-1] = 0.0, _STEADY

    head = encoder.head[-1]
    features = _rows(_inputs(head, encode))
    centre = features.mean(0)
    values, vectors = torch.linalg.eigh((features - centre).T @ (features - centre) / len(features))
    # Half whitened: strong components stay stronger, and weak ones do not amplify every later change of the features.
    gain = values[-z:].clamp_min(1e-8) ** -0.25
    components = (vectors[:, -z:] * gain / values[-z:].mean() ** 0.25).flip(1).T  # [z, C]
    head.weight.zero_()
    head.bias.zero_()
    head.weight[:z, :, -1, 1, 1] = components
    head.bias[:z] = -components @ centre
    vae.conv1.weight.zero_()
    vae.conv1.weight[:, :, 0, 0, 0] = torch.eye(2 * z)
    vae.conv1.bias.zero_()
    vae.conv1.bias[z:] = -8.0
    vae.conv2.weight.zero_()
    vae.conv2.weight[:, :, 0, 0, 0] = torch.eye(z)
    vae.conv2.bias.zero_()
    # Weak components are the difference of large numbers: in half precision their means would be off by rounding.
    fold_latents(vae, encode(exactly=True))

    decoder.conv1.weight[:z], decoder.conv1.bias[:z] = 0.0, 0.0
    for channel in range(z):
        decoder.conv1.weight[channel, channel, -1, 1, 1] = 1.0
    tent = torch.tensor([0.25, 0.5, 0.25])
    ups = [m for m in decoder.upsamples if hasattr(m, "resample")]
    for up in ups:
        if up.time_conv is not None:
            half = up.time_conv.out_channels // 2
            for start in (0, half):
                up.time_conv.weight[start : start + z] = 0.0
                up.time_conv.bias[start : start + z] = 0.0
                for channel in range(z):
                    up.time_conv.weight[start + channel, channel, -1, 0, 0] = 1.0
        conv = up.resample[1]
        conv.weight[:z], conv.bias[:z] = 0.0, 0.0
        for channel in range(z):
            conv.weight[channel, channel] = tent[:, None] * tent[None, :]
    ups[-1].resample[1].weight[-1], ups[-1].resample[1].bias[-1] = 0.0, _STEADY

    last = decoder.head[-1]
    clips = clips[:12]
    with torch.enable_grad():
        features = _inputs(last, lambda: vae.decode(encode()))
    patches = F.unfold(rearrange(features, "b c t h w -> (b t) c h w"), 3, padding=1)
    design = rearrange(patches, "n k l -> (n l) k")
    design = torch.cat((design, torch.ones_like(design[:, :1])), 1).double()
    truth = _rows(clips.transpose(1, 2).flatten(0, 1)).double()
    ridge = 1e-4 * len(design) * torch.eye(design.shape[1], dtype=torch.float64)
    solution = torch.linalg.solve(design.T @ design + ridge, design.T @ truth).float()
    last.weight.zero_()
    last.weight[:, :, -1] = rearrange(solution[:-1], "(c h w) o -> o c h w", h=3, w=3)
    last.bias.copy_(solution[-1])


def _all_bands(used: int) -> Tensor:
    conv = nn.Conv2d(used, 4 * used, 3)
    _haar(conv, used)
    return conv.weight.detach()


@torch.no_grad()
def steady_dit(dit: WanDiT) -> None:
    """Make an untrained video transformer with `in_dim` 36 predict v = noise - conditioning, at every sigma.

    The patch embedding keeps both apart in the residual stream next to two large constant channels, which make the
    head's normalisation a fixed scale; residual branches start closed.
    """
    config, generator = dit.config, torch.Generator().manual_seed(0)
    patch = config.patch[0] * config.patch[1] * config.patch[2]
    inputs, outputs = config.in_dim * patch, config.out_dim * patch
    if config.in_dim != 36 or config.dim < inputs + 2:
        raise ValueError(
            f"in_dim is {config.in_dim} and dim {config.dim}; needed are 36 and at least {inputs + 2}"
        )
    small = 0.3
    embedding = dit.patch_embedding
    embedding.weight.normal_(0, 0.02, generator=generator)
    embedding.bias.zero_()
    flat = embedding.weight.view(config.dim, inputs)
    flat[:inputs] = small * torch.eye(inputs)
    flat[-2:] = 0.0
    embedding.bias[-2], embedding.bias[-1] = _STEADY, -_STEADY
    for block in dit.blocks:
        block.modulation.zero_()
        block.cross_attn.o.weight.zero_()
        block.cross_attn.o.bias.zero_()
    dit.time_projection[1].weight.normal_(0, 0.002, generator=generator)
    dit.time_projection[1].bias.zero_()
    dit.head.modulation.zero_()
    deviation = (2 * _STEADY**2 / config.dim + small**2 * inputs * 0.8 / config.dim) ** 0.5
    head = dit.head.head
    head.weight.zero_()
    head.bias.zero_()
    scale = deviation / small
    # Embedding inputs run (channel, p, q, r); head outputs run (p, q, r, channel).
    for channel in range(config.out_dim):
        for cell in range(patch):
            row = cell * config.out_dim + channel
            head.weight[row, channel * patch + cell] = scale
            head.weight[row, (channel + config.out_dim + 4) * patch + cell] = -scale
    assert outputs == head.weight.shape[0]


@torch.no_grad()
def open_gates(dit: WanDiT, factor: float) -> None:
    """Multiply the gates of all residual branches by `factor`, and divide what they let through by it.

    The function stays the same; a step of the optimizer, whose size does not depend on the gradient's, then moves the
    branches `factor` times as far.
    """
    if factor <= 0:
        raise ValueError(f"`open_gates` is {factor}; it must be more than 0")
    projection = dit.time_projection[1]
    for values in (projection.weight, projection.bias):
        rows = values.unflatten(0, (6, -1))
        rows[2].mul_(factor)
        rows[5].mul_(factor)
    for block in dit.blocks:
        block.modulation[:, 2].mul_(factor)
        block.modulation[:, 5].mul_(factor)
        for layer in (block.self_attn.o, block.ffn[2]):
            layer.weight.div_(factor)
            layer.bias.div_(factor)
