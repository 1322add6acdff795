"""The byte-level text encoder as a ComfyUI CLIP: a tokenizer and a model with the interface of `comfy.sd.CLIP`."""

from typing import Any

import torch
from torch import Tensor, nn

from ...models.text import ByteTextEncoder


class ByteTokenizer:
    """A tokenizer whose tokens are bytes. It has no vocabulary, and prompts cannot weight words."""

    def __init__(
        self, embedding_directory: str | None = None, tokenizer_data: dict[str, Any] | None = None
    ) -> None:
        pass

    def tokenize_with_weights(
        self, text: str, return_word_ids: bool = False, **options: Any
    ) -> dict[str, Any]:
        """Return {"bytes": [[(byte, 1.0), …]]}, ComfyUI's form of tokens."""
        return {"bytes": [[(byte, 1.0) for byte in text.encode("utf-8")]]}

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: a checkpoint needs no tokenizer."""
        return {}


class ByteTextModel(nn.Module):
    """`ByteTextEncoder` with the methods that `comfy.sd.CLIP` calls on its model."""

    def __init__(self, encoder: ByteTextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.text_dim = encoder.config.dim
        self.dtypes = {torch.float32}

    def set_clip_options(self, options: dict[str, Any]) -> None:
        """Ignore the options: the encoder has no layer to choose."""

    def reset_clip_options(self) -> None:
        """Do nothing, as there are no options."""

    def encode_token_weights(self, tokens: dict[str, Any]) -> tuple[Tensor, None]:
        """Return the embedding [B,L,C], on the CPU, of tokens from `ByteTokenizer`, and no pooled embedding."""
        texts = [bytes(byte for byte, _ in row).decode("utf-8", errors="replace") for row in tokens["bytes"]]
        return self.encoder.encode(texts).cpu(), None
