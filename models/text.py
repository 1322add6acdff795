"""The bundled model's text encoder: a small transformer that reads the bytes of a prompt.

Reading bytes needs no vocabulary file and works for every language. It is trained together with the video transformer.
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
    """The sizes of a `ByteTextEncoder`; `max_bytes` includes the begin and end tokens. Raises ValueError if they do not fit."""

    dim: int = 256
    layers: int = 2
    heads: int = 4
    max_bytes: int = 128

    def __post_init__(self) -> None:
        if self.layers < 1 or self.heads < 1 or self.dim < 1 or self.dim % self.heads:
            raise ValueError(
                f"a text encoder of `dim` {self.dim}, `layers` {self.layers} and `heads` {self.heads} cannot be made: all "
                "must be at least 1, and `dim` a multiple of `heads`"
            )
        if self.max_bytes < 3:
            raise ValueError(f"text encoder `max_bytes` is {self.max_bytes}; it must be at least 3")


def prompt_bytes(text: str, limit: int) -> bytes:
    """The prompt in lower case with single spaces, in UTF-8, cut after the last whole character within `limit` bytes.

    A prompt that has to be cut causes a warning.
    """
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
    """A transformer from prompts to embeddings [B, max_bytes, dim], which are 0 after the end token.

    New weights are drawn from `generator` (by default one with seed 0), never from torch's global one. On the device
    "meta" there are no weights.
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
            # An Embedding without given weights draws them, for which torch loads its compiler on this device: seconds.
            self.token_embedding, self.position_embedding = (
                nn.Embedding.from_pretrained(torch.empty(count, config.dim), freeze=False)
                for count in (256 + FIRST_BYTE, config.max_bytes)
            )
            self.layers = nn.ModuleList(Layer(config.dim, config.heads) for _ in range(config.layers))
            self.norm = nn.LayerNorm(config.dim)
        if str(device) != "meta":
            self.to_empty(device="cpu")
            self.initialize(generator or torch.Generator().manual_seed(0))
            self.to(device)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Draw new weights on the CPU: deviation 0.02 for embeddings and Xavier for projections."""
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
        """Token ids int64 [B, max_bytes] and the mask bool [B, max_bytes], which is True where there is a token."""
        texts = [texts] if isinstance(texts, str) else texts
        ids = torch.full((len(texts), self.config.max_bytes), PAD)
        for row, text in zip(ids, texts, strict=True):
            tokens = [BEGIN, *(b + FIRST_BYTE for b in prompt_bytes(text, len(row) - 2)), END]
            row[: len(tokens)] = torch.tensor(tokens)
        return ids, ids != PAD

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Embeddings [B, max_bytes, dim] of token ids and mask [B, max_bytes]. Raises ValueError for other shapes."""
        if ids.ndim != 2 or ids.shape[1] != self.config.max_bytes or mask.shape != ids.shape:
            raise ValueError(
                f"token ids {tuple(ids.shape)} and mask {tuple(mask.shape)} must be [B, {self.config.max_bytes}]"
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
