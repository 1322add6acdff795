"""Initial weights that already solve the linear part of the task, so that a short training is spent on the rest.

`linear_vae` builds a Haar pyramid and the principal components of its coefficients into the VAE's encoder, and bilinear
enlargement with a least-squares last layer into its decoder; all residual branches start at zero. `steady_dit` makes the
video transformer predict v = noise - conditioning, so that a clip starts as its conditioning. `open_gates` lets a
transformer whose gates are nearly closed learn faster without changing the function that it computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from ...models.dit import WanDiT
from ...models.latent_format import WAN21_MEAN, WAN21_STD
from ...models.vae import WanVAE

_STEADY = 10.0  # value of a constant channel, large enough to make the normalisation after it nearly linear
_HAAR = (
    torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
)  # rows: bands; columns: the pixels of a 2x2 block


def _inputs(module: nn.Module, run: Callable[[], Any]) -> Tensor:
    """The first argument of `module`'s first call during `run()`."""
    captured: list[Tensor] = []
    hook = module.register_forward_pre_hook(
        lambda _module, arguments: captured.append(arguments[0].detach().float())
    )
    try:
        run()
    finally:
        hook.remove()
    return captured[0]


def _rows(video: Tensor) -> Tensor:
    """Values [B,C,...] as rows [B ..., C]."""
    return rearrange(video, "b c ... -> (b ...) c")


def _haar_weight(used: int, in_channels: int) -> Tensor:
    """Weight [4 used,in_channels,3,3] that splits each of the first `used` channels into the four Haar bands."""
    weight = torch.zeros(4 * used, in_channels, 3, 3)
    bands = _HAAR.view(4, 2, 2)
    for band in range(4):
        for channel in range(used):
            weight[band * used + channel, channel, :2, :2] = bands[band] / 2
    return weight


def _set_haar(conv: Any, used: int, keep: Tensor | None = None) -> None:
    """Make a strided convolution split its first `used` channels into Haar bands; `keep` selects some of the bands."""
    weight = _haar_weight(used, conv.in_channels)
    if keep is not None:
        weight = weight[keep]
    count = min(len(weight), conv.out_channels)
    conv.weight[:count], conv.bias[:count] = weight[:count], 0.0


def _set_pair_means(conv: Any, energies: Tensor, used: int, differences: int) -> None:
    """Make a strided convolution over time average frame pairs; its weakest channels get differences of the strongest."""
    conv.weight.mul_(0.1)
    conv.weight[:used], conv.bias[:used] = 0.0, 0.0
    order = energies.argsort(descending=True)
    for channel in range(used):
        conv.weight[channel, channel, 1:, 0, 0] = 0.5
    for k in range(differences):
        weak, strong = int(order[-1 - k]), int(order[k])
        conv.weight[weak] = 0.0
        conv.weight[weak, strong, :, 0, 0] = torch.tensor([0.0, -1.0, 1.0])


def _set_identity(conv: Any, channels: int, row: int = 0) -> None:
    """Make a causal convolution copy its first `channels` channels, of this frame, to its outputs from `row` on."""
    conv.weight[row : row + channels], conv.bias[row : row + channels] = 0.0, 0.0
    middle = [side // 2 for side in conv.kernel_size[1:]]
    for channel in range(channels):
        conv.weight[row + channel, channel, -1, middle[0], middle[1]] = 1.0


@torch.no_grad()
def fold_latents(vae: WanVAE, latents: Tensor) -> None:
    """Rescale conv1 and conv2 of `vae` so that `latents` [B,16,T',h,w], a sample of its own, get Wan 2.1's statistics."""
    z = vae.config.z_dim
    mean, deviation = latents.mean((0, 2, 3, 4)), latents.std((0, 2, 3, 4))
    gain = torch.tensor(WAN21_STD, device=mean.device) / deviation
    shift = torch.tensor(WAN21_MEAN, device=mean.device) - gain * mean
    into: Any = vae.conv1
    out_of: Any = vae.conv2
    into.weight[:z] *= gain.view(-1, 1, 1, 1, 1)
    into.bias[:z] = into.bias[:z] * gain + shift
    out_of.bias -= out_of.weight[:, :, 0, 0, 0] @ (shift / gain)
    out_of.weight /= gain.view(1, -1, 1, 1, 1)


@torch.no_grad()
def linear_vae(vae: WanVAE, clips: Tensor) -> None:
    """Set the weights of `vae` (on the CPU) from a batch of clips [B,3,T,H,W] in -1..1, T = 4k+1."""
    _close_residuals(vae)
    _set_haar_pyramid(vae, clips)
    _set_principal_components(vae, clips)
    # Weak components are differences of large numbers: half precision would put their means off by rounding.
    fold_latents(vae, _encode(vae, clips, full_precision=True))
    _set_bilinear_enlargement(vae)
    _fit_last_layer(vae, clips[:12])


@torch.enable_grad()  # without gradients the layers overwrite the values that pass between them
def _encode(vae: WanVAE, clips: Tensor, full_precision: bool = False) -> Tensor:
    """Latents of the clips with the weights that the VAE has so far."""
    with torch.autocast(clips.device.type, torch.bfloat16, enabled=not full_precision):
        return vae.encode(clips).detach().float()


def _close_residuals(vae: WanVAE) -> None:
    """Zero the residual branches and the attention of all blocks, and make their shortcuts copy what they can."""
    modules: list[Any] = list(vae.modules())
    for module in modules:
        if hasattr(module, "residual"):
            module.residual[-1].weight.zero_()
            module.residual[-1].bias.zero_()
            if not isinstance(module.shortcut, nn.Identity):
                weight = module.shortcut.weight
                weight.mul_(0.1)
                shared = min(weight.shape[:2])
                weight[:shared] = 0.0
                weight[:shared, :shared, 0, 0, 0] = torch.eye(shared)
                module.shortcut.bias.zero_()
        if hasattr(module, "to_qkv"):
            module.proj.weight.zero_()
            module.proj.bias.zero_()


def _set_haar_pyramid(vae: WanVAE, clips: Tensor) -> None:
    """Make the encoder's downsampling layers a Haar pyramid in space and means of frame pairs in time."""
    _set_identity(vae.encoder.conv1, 3)
    downs: list[Any] = [m for m in vae.encoder.downsamples if hasattr(m, "resample")]
    used = 3
    for level, down in enumerate(downs):
        conv = down.resample[1]
        if level < len(downs) - 1:
            _set_haar(conv, used)
            used = min(4 * used, conv.out_channels)
        else:  # more bands than channels: keep the strongest, and one channel for a constant
            features = _inputs(down, lambda: _encode(vae, clips))[:, :used]
            plane = rearrange(features, "b c t h w -> (b t) c h w")
            bands = F.conv2d(F.pad(plane, (0, 1, 0, 1)), _haar_weight(used, used), stride=2)
            keep = _rows(bands).square().mean(0).argsort(descending=True)[: conv.out_channels - 16]
            _set_haar(conv, used, keep)
            used = len(keep)
            conv.weight[-1], conv.bias[-1] = 0.0, _STEADY
        if down.time_conv is not None:
            energies = _rows(_inputs(down.time_conv, lambda: _encode(vae, clips))[:, :used]).square().mean(0)
            _set_pair_means(down.time_conv, energies, used, used // 5)
            if level == len(downs) - 1:
                down.time_conv.weight[-1], down.time_conv.bias[-1] = 0.0, _STEADY


def _set_principal_components(vae: WanVAE, clips: Tensor) -> None:
    """Make the encoder's head project on the principal components of its input, with a small constant variance."""
    z, head = vae.config.z_dim, cast(Any, vae.encoder.head[-1])
    features = _rows(_inputs(head, lambda: _encode(vae, clips)))
    centre = features.mean(0)
    values, vectors = torch.linalg.eigh((features - centre).T @ (features - centre) / len(features))
    # Half whitened: strong components stay stronger, and weak ones do not amplify every later change of the features.
    gain = values[-z:].clamp_min(1e-8) ** -0.25
    components = (vectors[:, -z:] * gain / values[-z:].mean() ** 0.25).flip(1).T  # [z, C]
    head.weight.zero_()
    head.bias.zero_()
    head.weight[:z, :, -1, 1, 1] = components
    head.bias[:z] = -components @ centre
    convolutions: list[tuple[Any, int]] = [(vae.conv1, 2 * z), (vae.conv2, z)]
    for conv, channels in convolutions:
        conv.weight.zero_()
        conv.weight[:, :, 0, 0, 0] = torch.eye(channels)
        conv.bias.zero_()
    convolutions[0][0].bias[z:] = -8.0  # log variance


def _set_bilinear_enlargement(vae: WanVAE) -> None:
    """Make the decoder's upsampling layers bilinear enlargement in space and repetition in time."""
    z = vae.config.z_dim
    _set_identity(vae.decoder.conv1, z)
    tent = torch.tensor([0.25, 0.5, 0.25])
    ups: list[Any] = [m for m in vae.decoder.upsamples if hasattr(m, "resample")]
    for up in ups:
        if up.time_conv is not None:
            for row in (0, up.time_conv.out_channels // 2):
                _set_identity(up.time_conv, z, row)
        conv = up.resample[1]
        conv.weight[:z], conv.bias[:z] = 0.0, 0.0
        for channel in range(z):
            conv.weight[channel, channel] = tent[:, None] * tent[None, :]
    last = ups[-1].resample[1]
    last.weight[-1], last.bias[-1] = 0.0, _STEADY


def _fit_last_layer(vae: WanVAE, clips: Tensor) -> None:
    """Fit the decoder's last convolution by ridge regression from its input to the pixels of the clips."""
    last: Any = vae.decoder.head[-1]
    with torch.enable_grad():
        features = _inputs(last, lambda: vae.decode(_encode(vae, clips)))
    patches = F.unfold(rearrange(features, "b c t h w -> (b t) c h w"), 3, padding=1)
    design = rearrange(patches, "n k l -> (n l) k")
    design = torch.cat((design, torch.ones_like(design[:, :1])), 1).double()
    truth = _rows(clips.transpose(1, 2).flatten(0, 1)).double()
    ridge = 1e-4 * len(design) * torch.eye(design.shape[1], dtype=torch.float64)
    solution = torch.linalg.solve(design.T @ design + ridge, design.T @ truth).float()
    last.weight.zero_()
    last.weight[:, :, -1] = rearrange(solution[:-1], "(c h w) o -> o c h w", h=3, w=3)
    last.bias.copy_(solution[-1])


@torch.no_grad()
def steady_dit(dit: WanDiT) -> None:
    """Make an untrained video transformer with `in_dim` 36 predict v = noise - conditioning, at every sigma.

    The patch embedding writes noise and conditioning to separate channels of the residual stream, beside two large
    constant channels that turn the head's normalisation into a fixed scale. All residual branches start closed.
    Raises ValueError if the network is too narrow for that or `in_dim` is not 36.
    """
    config, generator = dit.config, torch.Generator().manual_seed(0)
    patch = config.patch[0] * config.patch[1] * config.patch[2]
    inputs, outputs = config.in_dim * patch, config.out_dim * patch
    if config.in_dim != 36 or config.dim < inputs + 2:
        raise ValueError(
            f"`in_dim` is {config.in_dim} and `dim` {config.dim}; the initialization needs 36 and at least {inputs + 2}"
        )
    small = 0.3
    embedding: Any = dit.patch_embedding
    blocks: Any = dit.blocks
    projection: Any = dit.time_projection[1]
    embedding.weight.normal_(0, 0.02, generator=generator)
    embedding.bias.zero_()
    flat = embedding.weight.view(config.dim, inputs)
    flat[:inputs] = small * torch.eye(inputs)
    flat[-2:] = 0.0
    embedding.bias[-2], embedding.bias[-1] = _STEADY, -_STEADY
    for block in blocks:
        block.modulation.zero_()
        block.cross_attn.o.weight.zero_()
        block.cross_attn.o.bias.zero_()
    projection.weight.normal_(0, 0.002, generator=generator)
    projection.bias.zero_()
    dit.head.modulation.zero_()
    deviation = (2 * _STEADY**2 / config.dim + small**2 * inputs * 0.8 / config.dim) ** 0.5
    head = dit.head.head
    head.weight.zero_()
    head.bias.zero_()
    scale = deviation / small
    # The embedding's inputs are ordered (channel, p, q, r), the head's outputs (p, q, r, channel).
    for channel in range(config.out_dim):
        for cell in range(patch):
            row = cell * config.out_dim + channel
            head.weight[row, channel * patch + cell] = scale
            head.weight[row, (channel + config.out_dim + 4) * patch + cell] = -scale
    assert outputs == head.weight.shape[0]


@torch.no_grad()
def open_gates(dit: WanDiT, factor: float) -> None:
    """Multiply the gates of all residual branches by `factor` and divide the branches' output layers by it.

    The network computes the same function as before. Because the optimizer's step does not depend on the size of the
    gradient, each step then changes the output of the branches `factor` times as much.
    """
    if factor <= 0:
        raise ValueError(f"`open_gates` is {factor}; it must be more than 0")
    projection: Any = dit.time_projection[1]
    blocks: Any = dit.blocks
    for values in (projection.weight, projection.bias):
        rows = values.unflatten(0, (6, -1))
        rows[2].mul_(factor)
        rows[5].mul_(factor)
    for block in blocks:
        block.modulation[:, 2].mul_(factor)
        block.modulation[:, 5].mul_(factor)
        for layer in (block.self_attn.o, block.ffn[2]):
            layer.weight.div_(factor)
            layer.bias.div_(factor)
