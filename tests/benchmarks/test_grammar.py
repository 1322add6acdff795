import math
from itertools import product

import pytest
import torch
from flowbrush.benchmarks.classifier import SIDE, Box, plain_clips, rendered_batches, view
from flowbrush.benchmarks.grammar import (
    WORDS,
    SpriteClassifier,
    accuracy,
    classifier_input,
    labels,
    prompt,
    prompt_rows,
    prompts,
    trained_classifier,
)
from flowbrush.synthetic.scene import COLOURS, SHAPES


def numbers(colour, shape, direction=None):
    return [
        list(COLOURS).index(colour),
        SHAPES.index(shape),
        WORDS["direction"].index(direction) if direction else -100,
    ]


def test_every_prompt_contains_its_colour_shape_and_direction():
    for words in product(*WORDS.values()):
        assert labels(prompt(*words)) == numbers(*words)


def test_captions_name_colour_shape_and_a_direction_only_under_a_still_camera():
    turning = "an orange star moves left and turns clockwise, the camera is still"
    assert labels(turning) == numbers("orange", "star", "left")
    assert labels("a red blob turns clockwise and grows, the camera is still") == numbers("red", "blob")
    assert labels("a red blob moves up, the camera pans up and rolls") == numbers("red", "blob")
    more = "a red blob moves up and bends, the background ripples, the camera is still, the light fades"
    assert labels(more) == numbers("red", "blob", "up")
    assert labels("the camera pans left") == [-100] * 3


def test_captions_of_the_generator_are_parsed():
    seen, truth, covered = next(rendered_batches(8, 5, torch.device("cpu"), batch=24))
    assert covered.shape == (24, 1, SIDE, SIDE) and 0.001 < float(covered.mean()) < 0.3
    assert seen.shape == (24, 9, SIDE, SIDE) and bool((truth[:, :2] >= 0).all())
    assert 2 <= int((truth[:, 2] >= 0).sum()) <= 20


def test_prompts_use_every_word_equally_often():
    asked = prompts(20, 1)
    assert len(asked) == 20 and asked == prompts(20, 1)
    for index, words in enumerate(WORDS.values()):
        counts = [sum(row[index] == word for row in asked) for word in words]
        assert max(counts) - min(counts) <= 1


def test_first_middle_and_last_frame_are_seen():
    video = torch.linspace(0, 1, 17).view(17, 1, 1, 1).expand(17, 48, 48, 3)
    assert torch.allclose(
        classifier_input(video).mean((1, 2)), torch.tensor([0, 0, 0, 0.5, 0.5, 0.5, 1, 1, 1]), atol=1e-6
    )


class Knowing(torch.nn.Module):
    """Scores that are right for the first `right` clips."""

    def __init__(self, truth, right):
        super().__init__()
        self.truth, self.right, self.any = truth, right, torch.nn.Parameter(torch.zeros(()))

    def forward(self, seen):
        answers = [t.clamp_min(0).clone() for t in self.truth[: len(seen)].T]
        scores = [
            torch.nn.functional.one_hot(a, len(w)).float()
            for a, w in zip(answers, WORDS.values(), strict=True)
        ]
        return [torch.cat([s[: self.right], s[self.right :].roll(1, 1)]) for s in scores]


def test_accuracy_counts_only_words_that_the_caption_has():
    truth = torch.tensor([[0, 1, -100], [2, 3, 0], [4, 0, -100], [1, 1, 1]])
    seen = torch.zeros(4, 9, 8, 8)
    half = {"colour": 0.5, "shape": 0.5, "direction": 0.5, "all": 0.5}
    assert accuracy(Knowing(truth, 2), seen, truth) == half
    truth[:, 2] = -100
    assert math.isnan(accuracy(Knowing(truth, 2), seen, truth)["direction"])


def test_all_is_the_share_of_clips_with_every_word_right():
    truth = torch.tensor([[0, 1, 2], [2, 3, 0], [4, 0, 1], [1, 1, 1]])

    class OneEach(Knowing):
        """Wrong in the colour of clip 0, the shape of clip 1, and nothing else."""

        def forward(self, seen):
            scores = super().forward(seen)
            return [
                torch.cat([s[:i], s[i : i + 1].roll(1, 1), s[i + 1 :]]) if i < 2 else s
                for i, s in enumerate(scores)
            ]

    found = accuracy(OneEach(truth, 4), torch.zeros(4, 9, 8, 8), truth)
    assert found == {"colour": 0.75, "shape": 0.75, "direction": 1.0, "all": 0.5}


def test_a_box_surrounds_the_sprite():
    weight = torch.zeros(2, 48, 48)
    weight[0, 12:24, 30:42] = weight[1, 9:39, 9:39] = 1
    weight[0, 44:46, 2:4] = 1  # something else
    box = Box.around(weight)
    assert torch.allclose(box.x, torch.tensor([0.5, 0.0]), atol=0.01)
    assert torch.allclose(box.y, torch.tensor([-0.25, 0.0]), atol=0.01)
    assert 0.25 * 2**0.5 < float(box.reach[0]) < 0.5 and 0.625 * 2**0.5 < float(box.reach[1]) <= 1


def test_a_crop_shows_the_box_upright_or_rotated():
    picture = torch.zeros(1, 1, 48, 48)
    picture[..., 12:18, 30:42] = 1  # the upper half of a box
    weight = torch.zeros(1, 48, 48)
    weight[:, 12:24, 30:42] = 1
    box = Box.around(weight)
    upright = torch.nn.functional.grid_sample(picture, box.grid(), align_corners=False)[0, 0]
    turned = torch.nn.functional.grid_sample(
        picture, box.grid(torch.tensor([math.pi / 2])), align_corners=False
    )
    assert float(upright[:16].sum()) > 40 and float(upright[21:].sum()) == 0
    assert torch.allclose(turned[0, 0], upright.rot90(1), atol=1e-4)


class Brightness(torch.nn.Module):
    """Finds what is brighter than grey."""

    def forward(self, small):
        return 40 * small[:, :12].mean(1, keepdim=True), small


@pytest.mark.parametrize(
    ("word", "step"), [("left", (0, -12)), ("right", (0, 12)), ("up", (-12, 0)), ("down", (12, 0))]
)
def test_the_direction_is_that_of_the_sprite_positions(word, step):
    classifier = SpriteClassifier()
    classifier.locate = Brightness()
    video = torch.full((17, SIDE, SIDE, 3), 0.2)
    for t in range(17):
        top, left = (40 + round(part * t / 16) for part in step)
        video[t, top : top + 16, left : left + 16] = 0.9
    with torch.no_grad():
        direction = classifier(classifier_input(video)[None])[2][0]
    assert WORDS["direction"][int(direction.argmax())] == word
    assert float(direction.max()) == pytest.approx(12 / (SIDE / 2), abs=0.02)
    others = [w for w in WORDS["direction"] if w != word]
    assert max(float(direction[WORDS["direction"].index(w)]) for w in others) < 0.01


def test_a_video_of_any_size_and_length_is_read():
    classifier = SpriteClassifier().eval()
    for shape in ((5, 64, 128, 3), (1, 200, 200, 3)):
        with torch.no_grad():
            scores = classifier(classifier_input(torch.rand(shape))[None])
        assert [score.shape for score in scores] == [(1, len(words)) for words in WORDS.values()]
        assert all(bool(score.isfinite().all()) for score in scores)


def test_a_short_training_finds_sprites_and_is_kept(tmp_path):
    classifier = trained_classifier(128, 32, cache=tmp_path)
    files = list(tmp_path.iterdir())
    again = trained_classifier(128, 32, cache=tmp_path)
    assert len(files) == 1 and list(tmp_path.iterdir()) == files
    assert all(torch.equal(a, b) for a, b in zip(classifier.parameters(), again.parameters(), strict=True))
    seen, _, covered = next(rendered_batches(8, 99, torch.device("cpu"), batch=32))
    covered = torch.nn.functional.avg_pool2d(covered, 2)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    with torch.no_grad():
        logits, _ = classifier.sprite_boxes(view(seen, 0))
        untrained, _ = SpriteClassifier().eval().sprite_boxes(view(seen, 0))
    assert float(loss(logits, covered)) < 0.8 * float(loss(untrained, covered))
    assert float(logits[covered > 0.9].mean()) > float(logits[covered < 0.01].mean()) + 0.1


def test_plain_clips_show_one_thing_with_all_its_labels():
    seen, truth = plain_clips(6, 3, torch.device("cpu"))
    assert seen.shape == (6, 9, SIDE, SIDE) and bool((truth[:, :2] >= 0).all())
    for frames, words in zip(seen, truth.tolist(), strict=True):
        colour = torch.tensor(list(COLOURS.values()))[words[0]]
        near = (frames[:3] - colour[:, None, None]).norm(dim=0) < 0.1
        assert 0.01 < float(near.float().mean()) < 0.5


def test_one_picture_for_all_prompts_is_right_by_chance():
    grey = torch.full((17, 32, 32, 3), 0.5)
    rows = {
        row["name"]: row for row in prompt_rows(SpriteClassifier(), lambda text: grey, prompts(20, 0), 8, 7)
    }
    assert rows["model"] == {
        "name": "model",
        "clips": 20,
        "directions": 20,
        "colour": 0.1,
        "shape": rows["model"]["shape"],
        "direction": 0.25,
        "all": rows["model"]["all"],
    }
    assert rows["model"]["all"] <= 0.1 and rows["chance"]["all"] == pytest.approx(1 / (10 * 11 * 4), abs=1e-4)
    assert (
        rows["plain clips"]["clips"] == rows["rendered clips"]["clips"] == 8
        and rows["chance"]["direction"] == 0.25
    )
