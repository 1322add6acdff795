"""T5, UMT5 and CLIP text encoders from a local folder, loaded by `transformers` without network, remote code or pickles.

The folder has the files that `save_pretrained` writes: `config.json`, `*.safetensors` and the tokenizer's. It may also
have the two parts in `text_encoder/` and `tokenizer/`, as diffusers' folders do.
"""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

# model_type in config.json -> (class of transformers, number of positions that video models were trained with)
_CLASSES = {
    "t5": ("T5EncoderModel", 512),
    "umt5": ("UMT5EncoderModel", 512),
    "clip_text_model": ("CLIPTextModel", 77),
    "clip": ("CLIPTextModel", 77),
}


class FolderTextEncoder(nn.Module):
    """A text encoder from prompts to embeddings [B, max_length, dim], which are 0 after the end of the text."""

    def __init__(self, network: nn.Module, tokenizer: Any, max_length: int) -> None:
        super().__init__()
        self.network = network
        self.tokenizer = tokenizer
        self.max_length = max_length

    @property
    def dim(self) -> int:
        """The width of the embeddings."""
        config: Any = self.network.config
        return getattr(config, "d_model", None) or config.hidden_size

    def tokenize(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids int64 [B, max_length] and the mask bool [B, max_length], which is True where there is a token.

        A prompt that has to be cut causes a warning.
        """
        texts = [" ".join(text.split()) for text in ([texts] if isinstance(texts, str) else texts)]
        longest = max(len(tokens) for tokens in self.tokenizer(texts, verbose=False).input_ids)
        if longest > self.max_length:
            warnings.warn(
                f"a prompt has {longest} tokens and this text encoder reads {self.max_length}; the rest has no effect",
                stacklevel=2,
            )
        tokens = self.tokenizer(
            texts,
            padding="max_length",
            truncation=True,
            max_length=self.max_length,
            add_special_tokens=True,
            return_tensors="pt",
        )
        return tokens.input_ids, tokens.attention_mask.bool()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Embeddings [B, max_length, dim] of token ids and mask [B, max_length]."""
        hidden = self.network(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return hidden * mask[..., None]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Embeddings [B, max_length, dim] of prompts, on the encoder's device."""
        device = next(self.network.parameters()).device
        ids, mask = self.tokenize(texts)
        return self(ids.to(device), mask.to(device))


def load_text_encoder(
    folder: str | Path, dtype: torch.dtype = torch.float32, max_length: int | None = None
) -> FolderTextEncoder:
    """The text encoder in a local folder, in eval mode and without gradients.

    `max_length` is the number of positions; by default 512 for T5 and UMT5, as Wan reads them, and 77 for CLIP. Raises
    FileNotFoundError if a file is missing and ValueError for other models, incomplete weights and too many positions.
    """
    import transformers

    folder = Path(folder)
    weights = folder / "text_encoder" if (folder / "text_encoder").is_dir() else folder
    words = folder / "tokenizer" if (folder / "tokenizer").is_dir() else weights
    kind = _model_type(weights)
    if kind not in _CLASSES:
        raise ValueError(
            f"{weights} contains a {kind!r} model; text encoders that can be loaded are {', '.join(_CLASSES)}"
        )
    if not any(weights.glob("*.safetensors")):
        raise FileNotFoundError(
            f"{weights} contains no safetensors weights; pickled weights (.bin, .pt) are not read"
        )
    if not any((words / name).is_file() for name in ("tokenizer.json", "spiece.model", "vocab.json")):
        raise FileNotFoundError(f"{words} contains no tokenizer (tokenizer.json, spiece.model or vocab.json)")

    name, length = _CLASSES[kind]
    local = {"local_files_only": True, "trust_remote_code": False}
    network, report = getattr(transformers, name).from_pretrained(
        weights, use_safetensors=True, dtype=dtype, output_loading_info=True, **local
    )
    if report["missing_keys"]:
        raise ValueError(
            f"the weights in {weights} lack the tensor {sorted(report['missing_keys'])[0]!r}: download them again"
        )
    tokenizer = transformers.AutoTokenizer.from_pretrained(words, **local)
    limit = getattr(network.config, "max_position_embeddings", None)
    length = max_length or (min(length, limit) if limit else length)
    if limit and length > limit:
        raise ValueError(f"`max_length` is {length}; this text encoder has {limit} positions")
    return FolderTextEncoder(network.eval().requires_grad_(False), tokenizer, length)


def _model_type(folder: Path) -> str:
    path = folder / "config.json"
    if not path.is_file():
        raise FileNotFoundError(f"there is no text encoder in {folder}: config.json is missing")
    config = json.loads(path.read_text(encoding="utf-8"))
    if config.get("auto_map"):
        raise ValueError(
            f"the text encoder in {folder} needs its own code (auto_map in config.json), which Flowbrush never runs"
        )
    return str(config.get("model_type"))
