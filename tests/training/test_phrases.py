"""A text encoder learns the meaning of phrases before it trains with the video transformer."""

from itertools import product

import torch
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.training.phrases import KINDS, meaning, teach_phrases, token_labels


def told(**words):
    return [KINDS[kind].index(words[kind]) + 1 if kind in words else 0 for kind in KINDS]


def test_a_phrase_means_what_its_words_say():
    turning = meaning("an orange star moves left and turns clockwise and shrinks")
    assert turning == told(
        colour="orange", shape="star", direction="left", turning="clockwise", growing="shrinks"
    )
    assert meaning("a red moon stays") == told(colour="red", shape="moon", direction="stays")
    assert meaning("the camera pans left") == told(camera="left")
    assert meaning("the camera zooms in") == told(camera="in")


def test_every_byte_of_a_phrase_has_its_meaning_and_commas_have_none():
    caption = "a red star stays, the camera is still"
    table = token_labels([caption, ""], 48)
    first, comma = torch.tensor(told(colour="red", shape="star", direction="stays")), caption.index(",")
    assert bool((table[0, : comma + 1] == first).all())  # with the begin mark
    assert bool((table[0, comma + 1 : comma + 3] == -100).all())
    assert bool((table[0, comma + 3 : len(caption) + 1] == torch.tensor(told(camera="still"))).all())
    assert bool((table[0, len(caption) + 1 :] == -100).all()) and bool((table[1] == -100).all())


def test_the_text_encoder_learns_to_label_phrases():
    phrases = [f"a {colour} {shape}" for colour, shape in product(("red", "blue"), ("star", "moon"))]
    text = ByteTextEncoder(TextConfig(dim=32, layers=1, heads=2, max_bytes=16))
    before = {name: value.clone() for name, value in text.state_dict().items()}
    right = teach_phrases(text, lambda count: [phrases[i % 4] for i in range(count)], 100)
    assert right > 0.6
    assert any(not torch.equal(value, before[name]) for name, value in text.state_dict().items())
