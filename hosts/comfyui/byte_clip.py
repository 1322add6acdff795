"""The byte-level text encoder in the shape of a ComfyUI CLIP: a tokenizer and a model that `comfy.sd.CLIP` can drive."""

from typing import Any

import torch
from torch import Tensor, nn

from ...models.text import ByteTextEncoder


class ByteTokenizer:
    """Text as it is: the encoder cuts it into bytes, so there is no vocabulary and no weight syntax."""

    def __init__(
        self, embedding_directory: str | None = None, tokenizer_data: dict[str, Any] | None = None
    ) -> None:
        pass

    def tokenize_with_weights(
        self, text: str, return_word_ids: bool = False, **options: Any
    ) -> dict[str, Any]:
        """{"bytes": [[(byte, 1.0), …]]}, the form in which ComfyUI passes tokens around."""
        return {"bytes": [[(byte, 1.0) for byte in text.encode("utf-8")]]}

    def state_dict(self) -> dict[str, Any]:
        """There is nothing to save with a checkpoint."""
        return {}


class ByteTextModel(nn.Module):
    """`ByteTextEncoder` with the methods that `comfy.sd.CLIP` calls on its model."""

    def __init__(self, encoder: ByteTextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.text_dim = encoder.config.dim
        self.dtypes = {torch.float32}

    def set_clip_options(self, options: dict[str, Any]) -> None:
        """There are no layers to choose from."""

    def reset_clip_options(self) -> None:
        """See `set_clip_options`."""

    def encode_token_weights(self, tokens: dict[str, Any]) -> tuple[Tensor, None]:
        """(embedding [B,L,C] on the CPU, no pooled embedding) of what `ByteTokenizer` returned."""
        texts = [bytes(byte for byte, _ in row).decode("utf-8", errors="replace") for row in tokens["bytes"]]
        return self.encoder.encode(texts).cpu(), None
