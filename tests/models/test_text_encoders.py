"""T5, UMT5 and CLIP from local folders: real `transformers` models, small and random."""

import json

import pytest
import torch
from flowbrush.models.text_encoders import load_text_encoder

WORDS = ["<pad>", "</s>", "<unk>", "a", "red", "balloon", "drifts", "left", "slowly"]


def tokenizer_of_words():
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def network_of(kind):
    import transformers

    sizes = {"vocab_size": len(WORDS), "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}
    torch.manual_seed(0)
    if kind == "t5":
        return transformers.T5EncoderModel(transformers.T5Config(**sizes))
    if kind == "umt5":
        return transformers.UMT5EncoderModel(transformers.UMT5Config(**sizes))
    return transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=12,
            pad_token_id=0,
            bos_token_id=3,
            eos_token_id=1,
        )
    )


@pytest.fixture(params=["t5", "umt5", "clip"])
def folder(request, tmp_path):
    with torch.random.fork_rng():
        network_of(request.param).save_pretrained(tmp_path)
    tokenizer_of_words().save_pretrained(tmp_path)
    return request.param, tmp_path


def test_embeddings_equal_the_networks_own_on_the_text_and_are_zero_after_it(folder):
    kind, path = folder
    encoder = load_text_encoder(path, max_length=10)
    assert encoder.dim == 16
    ids, mask = encoder.tokenize(["a red  balloon", "left"])
    assert ids.shape == (2, 10)
    assert mask.sum(1).tolist() == [4, 2]
    embeddings = encoder.encode(["a red  balloon", "left"])
    assert embeddings.shape == (2, 10, 16)
    assert embeddings[0, 4:].abs().max() == 0
    with torch.no_grad():
        alone = encoder.network(input_ids=torch.tensor([[3, 4, 5, 1]])).last_hidden_state
    assert (embeddings[0, :4] - alone[0]).abs().max() < 1e-5
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert load_text_encoder(path).max_length == (12 if kind == "clip" else 512)


def test_a_long_prompt_is_cut_with_a_warning(folder):
    encoder = load_text_encoder(folder[1], max_length=4)
    with pytest.warns(UserWarning, match="a prompt has 6 tokens and this text encoder reads 4"):
        _, mask = encoder.tokenize(["a red balloon drifts left"])
    assert mask.sum() == 4


def test_parts_may_lie_in_folders_as_diffusers_has_them(tmp_path):
    with torch.random.fork_rng():
        network_of("umt5").save_pretrained(tmp_path / "text_encoder")
    tokenizer_of_words().save_pretrained(tmp_path / "tokenizer")
    assert (
        load_text_encoder(tmp_path, dtype=torch.bfloat16, max_length=8).encode("left").dtype == torch.bfloat16
    )


def test_pickled_weights_remote_code_and_other_models_are_refused(tmp_path):
    with torch.random.fork_rng():
        network_of("t5").save_pretrained(tmp_path)
    with pytest.raises(FileNotFoundError, match="contains no tokenizer"):
        load_text_encoder(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))
    with pytest.raises(ValueError, match="auto_map"):
        load_text_encoder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "llama"}))
    with pytest.raises(ValueError, match="a 'llama' model; text encoders that can be loaded are t5, umt5"):
        load_text_encoder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match="pickled weights"):
        load_text_encoder(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing"):
        load_text_encoder(tmp_path / "nowhere")


def test_a_file_that_lacks_weights_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    with torch.random.fork_rng():
        network_of("t5").save_pretrained(tmp_path)
    tokenizer_of_words().save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    lost = next(name for name in state if "block.1" in name)
    del state[lost]
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="lack the tensor"):
        load_text_encoder(tmp_path)
