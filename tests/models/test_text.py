"""The byte text encoder."""

import warnings

import pytest
import torch
from flowbrush.models.text import BEGIN, END, FIRST_BYTE, PAD, ByteTextEncoder, TextConfig


@pytest.fixture(scope="module")
def encoder():
    return ByteTextEncoder(TextConfig(dim=32, layers=2, heads=2, max_bytes=16)).eval()


def test_prompt_becomes_its_bytes_between_marks(encoder):
    ids, mask = encoder.tokenize(["Ab  c\n", "", "é"])
    assert ids[0].tolist() == [BEGIN, *(FIRST_BYTE + b for b in b"ab c"), END] + [PAD] * 10
    assert ids[1].tolist() == [BEGIN, END] + [PAD] * 14
    assert ids[2, :4].tolist() == [BEGIN, FIRST_BYTE + 0xC3, FIRST_BYTE + 0xA9, END]
    assert mask.sum(1).tolist() == [6, 2, 4]


def test_a_long_prompt_is_cut_at_a_whole_character_with_a_warning(encoder):
    with pytest.warns(UserWarning, match="the prompt has 15 bytes and this text encoder reads the first 14"):
        ids, _ = encoder.tokenize(["0123456789abcé"])
    assert ids[0].tolist()[-2:] == [END, PAD]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.tokenize(["0123456789abcd"])


def test_embeddings_are_zero_after_the_end_and_do_not_depend_on_padding(encoder):
    ids, mask = encoder.tokenize(["sky", "a longer one"])
    both = encoder(ids, mask)
    assert both.shape == (2, 16, 32)
    assert both[0, 5:].abs().max() == 0
    assert both[0, :5].abs().min(dim=1).values.max() > 0
    noise = torch.where(mask, ids, FIRST_BYTE + 65)
    assert torch.allclose(encoder(noise, mask), both, atol=1e-6)
    assert torch.allclose(encoder.encode("sky"), both[:1], atol=1e-6)


def test_different_prompts_and_orders_have_different_embeddings(encoder):
    a, b = encoder.encode(["left up", "up left"])
    assert (a - b).abs().max() > 1e-2


def test_new_weights_do_not_touch_the_global_generator():
    before = torch.get_rng_state()
    first, second = ByteTextEncoder(), ByteTextEncoder()
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_gradients_reach_every_tensor(encoder):
    model = ByteTextEncoder(encoder.config)
    model.encode(["left"]).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_wrong_sizes_are_refused(encoder):
    with pytest.raises(ValueError, match="`heads` 3 cannot be made"):
        TextConfig(dim=32, heads=3)
    with pytest.raises(ValueError, match=r"must be \[B, 16\]"):
        encoder(torch.zeros(1, 8, dtype=torch.long), torch.zeros(1, 8))
