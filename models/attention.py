"""Attention of the video diffusion transformer: among the video's tokens, and from them to the text."""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from .rope import Rotary, rotate


class Keys(NamedTuple):
    """Cross-attention keys and values of one block, each [B, L, heads, head_dim]; those of the image are optional."""

    k: Tensor
    v: Tensor
    k_img: Tensor | None = None
    v_img: Tensor | None = None


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """softmax(q k^T / sqrt(D)) v for [B, L, heads, D]; computed in the dtype of v."""
    q, k, v = (a.transpose(1, 2) for a in (q.to(v.dtype), k.to(v.dtype), v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2)


def attend_factorized(q: Tensor, k: Tensor, v: Tensor, frames: int) -> Tensor:
    """Attention within each frame, and of its result across the frames at each place, for [B, frames * places, heads, D].

    Both use the same queries and keys, so weights trained with full attention can be used. Memory grows with
    frames * places^2 instead of (frames * places)^2.
    """
    batch = q.shape[0]
    v = attend(*(rearrange(a, "b (t s) n d -> (b t) s n d", t=frames) for a in (q, k, v)))
    v = rearrange(v, "(b t) s n d -> (b s) t n d", b=batch)
    q, k = (rearrange(a, "b (t s) n d -> (b s) t n d", t=frames) for a in (q, k))
    return rearrange(attend(q, k, v), "(b s) t n d -> b (t s) n d", b=batch)


class RMSNorm(nn.Module):
    """Root-mean-square norm over all channels, those of every head together."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, x.shape[-1:], self.weight.to(x.dtype), self.eps)


class Attention(nn.Module):
    """The projections and norms that self-attention and cross-attention share."""

    def __init__(self, dim: int, heads: int, eps: float, qk_norm: bool) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.norm_q = RMSNorm(dim, eps) if qk_norm else nn.Identity()
        self.norm_k = RMSNorm(dim, eps) if qk_norm else nn.Identity()

    def split(self, x: Tensor) -> Tensor:
        """[B, L, heads * D] -> [B, L, heads, D]."""
        return x.unflatten(-1, (self.heads, -1))


class SelfAttention(Attention):
    """Attention among the video's tokens, with rotary position embedding of queries and keys."""

    def __init__(self, dim: int, heads: int, eps: float, qk_norm: bool, factorized: bool) -> None:
        super().__init__(dim, heads, eps, qk_norm)
        self.factorized = factorized

    def forward(self, x: Tensor, rotation: Rotary, frames: int) -> Tensor:
        # A single matrix product for q, k and v is no faster than three (measured), and would need other stored names.
        q = rotate(self.split(self.norm_q(self.q(x))), rotation)
        k = rotate(self.split(self.norm_k(self.k(x))), rotation)
        v = self.split(self.v(x))
        y = attend_factorized(q, k, v, frames) if self.factorized and frames > 1 else attend(q, k, v)
        return self.o(y.flatten(2))


class CrossAttention(Attention):
    """Attention from the video's tokens to the text and, if `image`, to image features."""

    def __init__(self, dim: int, heads: int, eps: float, qk_norm: bool, image: bool) -> None:
        super().__init__(dim, heads, eps, qk_norm)
        if image:
            self.k_img, self.v_img = nn.Linear(dim, dim), nn.Linear(dim, dim)
            self.norm_k_img = RMSNorm(dim, eps) if qk_norm else nn.Identity()

    def keys(self, text: Tensor, image: Tensor | None = None) -> Keys:
        """The keys and values of text tokens [B, L, dim] and image tokens [B, N, dim]."""
        k, v = self.split(self.norm_k(self.k(text))), self.split(self.v(text))
        if image is None:
            return Keys(k, v)
        return Keys(k, v, self.split(self.norm_k_img(self.k_img(image))), self.split(self.v_img(image)))

    def forward(self, x: Tensor, keys: Keys) -> Tensor:
        q = self.split(self.norm_q(self.q(x)))
        k, v = (a.expand(x.shape[0], -1, -1, -1) for a in keys[:2])
        k_img, v_img = (a if a is None else a.expand(x.shape[0], -1, -1, -1) for a in keys[2:])
        y = attend(q, k, v)
        if k_img is not None and v_img is not None:
            y = y + attend(q, k_img, v_img)
        return self.o(y.flatten(2))
