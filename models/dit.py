"""The video diffusion transformer in the Wan 2.x layout, with the published tensor names.

Tokens are patches of 1x2x2 latent cells. Each block applies self-attention with rotary positions, cross-attention to the
text, and an MLP; the timestep shifts, scales and gates the first and the last of the three. Sources: Wan
(arXiv 2503.20314), Section 4.2; DiT (arXiv 2212.09748) for the modulation.
"""

from dataclasses import dataclass
from math import prod
from typing import cast

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import CrossAttention, Keys, SelfAttention
from .rope import GridSize, Rotary, rotary

ATTENTION = ("full", "factorized")


@dataclass(frozen=True)
class DiTConfig:
    """The sizes of a `WanDiT`; the defaults are those of a small network. Raises ValueError for sizes that do not fit.

    `attention` is "full", or "factorized" for attention within each frame and then across frames. `text_len` is the
    number of text positions in training. `image_dim` is the width of the CLIP-vision features that the image branch of
    Wan 2.1 I2V reads (None without that branch), and `image_tokens` the number of its learned positions, if it has any.
    """

    dim: int = 256
    ffn_dim: int = 1024
    num_heads: int = 4
    num_layers: int = 8
    in_dim: int = 36
    out_dim: int = 16
    text_dim: int = 256
    freq_dim: int = 256
    text_len: int = 512
    patch: GridSize = (1, 2, 2)
    attention: str = "full"
    qk_norm: bool = True
    cross_attn_norm: bool = True
    eps: float = 1e-6
    image_dim: int | None = None
    image_tokens: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "patch", tuple(self.patch))
        for name in (
            "dim",
            "ffn_dim",
            "num_heads",
            "num_layers",
            "in_dim",
            "out_dim",
            "text_dim",
            "text_len",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"DiT `{name}` is {getattr(self, name)}; it must be at least 1")
        if self.dim % self.num_heads or (self.dim // self.num_heads) % 2:
            raise ValueError(
                f"DiT `dim` {self.dim} cannot be split into {self.num_heads} heads of an even size, as rotary positions need"
            )
        if self.freq_dim < 2 or self.freq_dim % 2:
            raise ValueError(f"DiT `freq_dim` is {self.freq_dim}; it must be even")
        if self.attention not in ATTENTION:
            raise ValueError(f"DiT `attention` is {self.attention!r}; choose one of {', '.join(ATTENTION)}")
        if len(self.patch) != 3 or min(self.patch) < 1:
            raise ValueError(f"DiT `patch` is {self.patch}; it must be three sizes (time, height, width)")

    @property
    def head_dim(self) -> int:
        return self.dim // self.num_heads


class Context(list[Keys]):
    """The cross-attention keys and values of every block, from `WanDiT.prepare_context`; constant over a sampling run."""


def modulate(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> Tensor:
    """LayerNorm(x) * (1 + scale) + shift for x [B, L, C]; shift and scale [B or 1, 1, C]."""
    if shift.shape[0] == 1:
        return F.layer_norm(x, x.shape[-1:], 1 + scale.flatten(), shift.flatten(), eps)
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:], eps=eps), 1 + scale)


def gelu_tanh(x: Tensor) -> Tensor:
    """The tanh approximation of GELU, x * sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).

    On a CPU without gradients, computing this form in place takes half the time of `F.gelu`.
    """
    if torch.is_grad_enabled() or x.device.type != "cpu" or x.dtype != torch.float32:
        return F.gelu(x, approximate="tanh")
    scale = 1.5957691216057308
    return (x * x).mul_(0.044715 * scale).add_(scale).mul_(x).sigmoid_().mul_(x)


def sinusoid(timestep: Tensor, size: int) -> Tensor:
    """[cos, sin] of timestep [B] at `size` / 2 frequencies from 1 to 1/10000: float32 [B, size]."""
    half = torch.arange(size // 2, dtype=torch.float32, device=timestep.device) / (size // 2)
    angle = timestep.float()[:, None] * 10000.0**-half
    return torch.cat((angle.cos(), angle.sin()), dim=-1)


class FeedForward(nn.Sequential):
    """Linear, GELU, Linear."""

    def forward(self, x: Tensor) -> Tensor:
        return self[2](gelu_tanh(self[0](x)))


class Block(nn.Module):
    """Self-attention, cross-attention and MLP, the first and the last modulated by the timestep."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        dim, self.eps = config.dim, config.eps
        sizes = dim, config.num_heads, config.eps, config.qk_norm
        self.self_attn = SelfAttention(*sizes, factorized=config.attention == "factorized")
        self.norm3 = nn.LayerNorm(dim, config.eps) if config.cross_attn_norm else nn.Identity()
        self.cross_attn = CrossAttention(*sizes, image=config.image_dim is not None)
        self.ffn = FeedForward(
            nn.Linear(dim, config.ffn_dim), nn.GELU("tanh"), nn.Linear(config.ffn_dim, dim)
        )
        self.modulation = nn.Parameter(torch.empty(1, 6, dim))

    def forward(self, x: Tensor, modulation: Tensor, rotation: Rotary, frames: int, keys: Keys) -> Tensor:
        """The block's output [B, L, dim] for x [B, L, dim] and modulation [B or 1, 6, dim].

        When no gradients are recorded, the output overwrites `x`.
        """
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.modulation + modulation).chunk(6, dim=1)
        add = torch.addcmul if torch.is_grad_enabled() else Tensor.addcmul_
        x = add(x, self.self_attn(modulate(x, shift1, scale1, self.eps), rotation, frames), gate1)
        y = self.cross_attn(self.norm3(x), keys)
        x = x + y if torch.is_grad_enabled() else x.add_(y)
        return add(x, self.ffn(modulate(x, shift2, scale2, self.eps)), gate2)


class Head(nn.Module):
    """The last, modulated norm and the projection of each token to its patch."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.eps = config.eps
        self.head = nn.Linear(config.dim, config.out_dim * prod(config.patch))
        self.modulation = nn.Parameter(torch.empty(1, 2, config.dim))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        shift, scale = (self.modulation + time[:, None]).chunk(2, dim=1)
        return self.head(modulate(x, shift, scale, self.eps))


class ImageEmbedding(nn.Module):
    """The projection of CLIP-vision features [B, N, image_dim] to context tokens [B, N, dim]."""

    def __init__(self, width: int, dim: int, tokens: int | None) -> None:
        super().__init__()
        layers = (
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, dim),
            nn.LayerNorm(dim),
        )
        self.proj = nn.Sequential(*layers)
        if tokens is not None:
            self.emb_pos = nn.Parameter(torch.zeros(1, tokens, width))

    def forward(self, features: Tensor) -> Tensor:
        if hasattr(self, "emb_pos"):
            features = features[:, : self.emb_pos.shape[1]]
            features = features + self.emb_pos[:, : features.shape[1]]
        return self.proj(features)


class WanDiT(nn.Module):
    """The video diffusion transformer: it predicts the rectified-flow velocity of a latent video.

    New weights are drawn from `generator` (by default one with seed 0), never from torch's global one. On the device
    "meta" there are no weights, and `load_state_dict(..., assign=True)` provides them. For torch.compile, compile the
    blocks (`for block in model.blocks: block.compile()`), as the table of rotations is cached outside of them.
    """

    def __init__(
        self, config: DiTConfig, device: str | torch.device = "cpu", generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        with torch.device("meta"):
            self.patch_embedding = nn.Conv3d(config.in_dim, dim, config.patch, config.patch)
            self.text_embedding = FeedForward(
                nn.Linear(config.text_dim, dim), nn.GELU("tanh"), nn.Linear(dim, dim)
            )
            self.time_embedding = nn.Sequential(
                nn.Linear(config.freq_dim, dim), nn.SiLU(), nn.Linear(dim, dim)
            )
            self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))
            self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_layers))
            self.head = Head(config)
            if config.image_dim is not None:
                self.img_emb = ImageEmbedding(config.image_dim, dim, config.image_tokens)
        if str(device) != "meta":
            self.to_empty(device="cpu")
            self.initialize(generator or torch.Generator().manual_seed(0))
            self.to(device)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Draw new weights on the CPU: Xavier for projections, deviation 0.02 for the embeddings of text and time, and 0
        for the head."""
        for name, parameter in self.named_parameters():
            owner, kind = name.rsplit(".", 1)
            if kind == "modulation":
                parameter.normal_(0, self.config.dim**-0.5, generator=generator)
            elif kind in ("bias", "emb_pos") or owner == "head.head":
                parameter.zero_()
            elif parameter.ndim == 1:
                parameter.fill_(1)
            elif owner.startswith(("text_embedding", "time_embedding")):
                parameter.normal_(0, 0.02, generator=generator)
            else:
                nn.init.xavier_uniform_(parameter.view(parameter.shape[0], -1), generator=generator)

    @property
    def dtype(self) -> torch.dtype:
        return self.head.head.weight.dtype

    def prepare_context(self, context: Tensor, image: Tensor | None = None) -> Context:
        """The keys and values of every block for text [B, L, text_dim] and image features [B, N, image_dim].

        They do not depend on the timestep, so one call can serve all steps of a sampling run. Raises ValueError for text
        of another width, and for image features if the model has no image branch.
        """
        if context.ndim != 3 or context.shape[-1] != self.config.text_dim:
            raise ValueError(
                f"text embeddings have shape {tuple(context.shape)}; this model reads [B, L, {self.config.text_dim}]"
            )
        if image is not None and self.config.image_dim is None:
            raise ValueError("image features were given, but this model has no image branch (img_emb)")
        text = self.text_embedding(context.to(self.dtype))
        tokens = None if image is None else self.img_emb(image.to(self.dtype))
        return Context(block.cross_attn.keys(text, tokens) for block in self._blocks())

    def _blocks(self) -> list[Block]:
        return cast("list[Block]", list(self.blocks))

    def forward(
        self, x: Tensor, timestep: Tensor, context: Tensor | Context, image: Tensor | None = None
    ) -> Tensor:
        """The velocity [B, out_dim, T', h, w] of the latents x [B, in_dim, T', h, w].

        `timestep` [B], or [1] for the whole batch, is 1000 * sigma. `context` is text [B, L, text_dim] or a prepared
        `Context`, with batch size B or 1. Raises ValueError for other shapes, and for sizes that are not multiples of
        the patch.
        """
        config = self.config
        if x.ndim != 5 or x.shape[1] != config.in_dim:
            raise ValueError(
                f"the latent input has shape {tuple(x.shape)}; this model reads [B, {config.in_dim}, T, h, w]"
            )
        if any(size % patch for size, patch in zip(x.shape[2:], config.patch, strict=True)):
            raise ValueError(
                f"the latent size {tuple(x.shape[2:])} (T, h, w) must be a multiple of the patch {config.patch}"
            )
        if timestep.ndim != 1 or timestep.shape[0] not in (1, x.shape[0]):
            raise ValueError(f"timestep has shape {tuple(timestep.shape)}; it must be [{x.shape[0]}] or [1]")
        if isinstance(context, Tensor):
            context = self.prepare_context(context, image)
        (p, q, r), dtype = config.patch, x.dtype
        grid = (x.shape[2] // p, x.shape[3] // q, x.shape[4] // r)

        # The patch embedding is computed as a matrix product, which is faster than the equal convolution.
        x = rearrange(x, "b c (t p) (h q) (w r) -> b (t h w) (c p q r)", p=p, q=q, r=r)
        embed = self.patch_embedding
        x = F.linear(x.to(embed.weight.dtype), embed.weight.flatten(1), embed.bias).to(self.dtype)

        time = self.time_embedding(sinusoid(timestep, config.freq_dim).to(self.dtype))  # [B, dim]
        modulation = self.time_projection(time).unflatten(1, (6, -1))
        rotation = rotary(grid, config.head_dim, x.device)
        for block, keys in zip(self._blocks(), context, strict=True):
            x = block(x, modulation, rotation, grid[0], keys)
        x = self.head(x, time)
        t, h, w = grid
        unpatch = "b (t h w) (p q r c) -> b c (t p) (h q) (w r)"
        return rearrange(x, unpatch, t=t, h=h, w=w, p=p, q=q, r=r).to(dtype)
