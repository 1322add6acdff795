"""The bundled model's text encoder: a small transformer that reads the bytes of a prompt.

Bytes need no vocabulary file and no language is shut out. It is trained jointly with the video transformer.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD, BEGIN, END = 0, 1, 2
FIRST_BYTE = 3  # byte b is token b + 3


@dataclass(frozen=True)
class TextConfig:
    """Sizes of a `ByteTextEncoder`; `max_bytes` counts the begin and end marks too."""

    dim: int = 256
    layers: int = 2
    heads: int = 4
    max_bytes: int = 128

    def __post_init__(self) -> None:
        if self.layers < 1 or self.heads < 1 or self.dim < 1 or self.dim % self.heads:
            raise ValueError(
                f"text encoder of dim {self.dim}, {self.layers} layers cannot have {self.heads} heads"
            )
        if self.max_bytes < 3:
            raise ValueError(f"text encoder `max_bytes` is {self.max_bytes}; it must be at least 3")


def prompt_bytes(text: str, limit: int) -> bytes:
    """The prompt in lower case with single spaces, as UTF-8; cut at a whole character to `limit` bytes, with a warning."""
    full = " ".join(text.lower().split()).encode("utf-8", errors="replace")
    if len(full) <= limit:
        return full
    warnings.warn(
        f"the prompt has {len(full)} bytes and this text encoder reads the first {limit}; the rest has no effect",
        stacklevel=3,
    )
    return full[:limit].decode("utf-8", errors="ignore").encode("utf-8")


class Layer(nn.Module):
    """A pre-norm transformer layer over [B, L, dim]."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class ByteTextEncoder(nn.Module):
    """Prompts to embeddings [B, max_bytes, dim]; positions after the end mark are zero.

    Weights are drawn from `generator` (seed 0 without one), never from the global one; none on "meta".
    """

    def __init__(
        self,
        config: TextConfig | None = None,
        device: str | torch.device = "cpu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.config = config = config or TextConfig()
        with torch.device("meta"):
            self.token_embedding = nn.Embedding(256 + FIRST_BYTE, config.dim)
            self.position_embedding = nn.Embedding(config.max_bytes, config.dim)
            self.layers = nn.ModuleList(Layer(config.dim, config.heads) for _ in range(config.layers))
            self.norm = nn.LayerNorm(config.dim)
        if str(device) != "meta":
            self.to_empty(device="cpu")
            self.initialize(generator or torch.Generator().manual_seed(0))
            self.to(device)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Draw new weights (on the CPU): 0.02 for embeddings, Xavier for projections."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif parameter.ndim == 1:
                parameter.fill_(1)
            elif "embedding" in name:
                parameter.normal_(0, 0.02, generator=generator)
            else:
                nn.init.xavier_uniform_(parameter, generator=generator)

    def tokenize(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token numbers int64 [B, max_bytes] and a mask bool [B, max_bytes], True where there is a token."""
        texts = [texts] if isinstance(texts, str) else texts
        ids = torch.full((len(texts), self.config.max_bytes), PAD)
        for row, text in zip(ids, texts, strict=True):
            tokens = [BEGIN, *(b + FIRST_BYTE for b in prompt_bytes(text, len(row) - 2)), END]
            row[: len(tokens)] = torch.tensor(tokens)
        return ids, ids != PAD

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Embeddings [B, max_bytes, dim] of token numbers and mask [B, max_bytes]."""
        if ids.ndim != 2 or ids.shape[1] != self.config.max_bytes or mask.shape != ids.shape:
            raise ValueError(
                f"token numbers {tuple(ids.shape)} and mask {tuple(mask.shape)} must be [B, {self.config.max_bytes}]"
            )
        mask = mask.bool()
        x = self.token_embedding(ids) + self.position_embedding.weight
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x) * mask[..., None]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Embeddings [B, max_bytes, dim] of prompts, on the encoder's device."""
        device = self.token_embedding.weight.device
        ids, mask = self.tokenize(texts)
        return self(ids.to(device), mask.to(device))
