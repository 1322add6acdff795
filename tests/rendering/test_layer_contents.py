import json

import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.layer_separation import separated_layers
from flowbrush.rendering.layer_stack import LayerStack, StackLayer, composite
from flowbrush.rendering.warp import warp_image

SIZE = 64
GREEN, BLUE, RED = ([0.1, 0.6, 0.2], [0.1, 0.2, 0.8], [0.9, 0.1, 0.1])


def disc(x, y, radius):
    rows, columns = torch.meshgrid(torch.arange(SIZE) + 0.5, torch.arange(SIZE) + 0.5, indexing="ij")
    return (radius * SIZE + 0.5 - ((columns - x * SIZE) ** 2 + (rows - y * SIZE) ** 2).sqrt()).clamp(0, 1)


def flat(colour):
    return torch.tensor(colour).expand(SIZE, SIZE, 3).clone()


def stack(opacity=1.0):
    """A green ground, a blue disc that a red disc nearly hides, and the red disc."""
    ground = flat(GREEN)
    ground[:, ::4] *= 0.5  # stripes
    return LayerStack(
        (
            StackLayer("ground", ground, torch.ones(SIZE, SIZE)),
            StackLayer("blue", flat(BLUE), disc(0.42, 0.5, 0.13)),
            StackLayer("red", flat(RED), disc(0.4, 0.5, 0.15), opacity),
        )
    )


def motion(radius=0.15, x=0.4, frames=5):
    """The red disc moves right by 0.45 of the width; it may be painted roughly."""
    layer = {
        "region": {"strokes": [{"radius": radius, "points": [[x, 0.5]]}]},
        "motion": {"horizontal": 0.45},
    }
    text = json.dumps({"flowbrush": "motion", "version": 2, "layers": [layer]})
    return field_from_document(text, frames, aspect=1.0)


def last(layers, field):
    return warp_image(layers.composite()[0], field, plate=layers).frames[-1]


@pytest.mark.parametrize(("radius", "x"), [(0.15, 0.4), (0.18, 0.41)])
def test_a_layer_that_moves_away_shows_the_layers_below_it(radius, x):
    layers = stack()
    frame = last(layers, motion(radius, x))
    behind, _ = composite(layers.layers[:2])
    hidden = disc(0.4, 0.5, 0.12) > 0.99
    torch.testing.assert_close(frame[hidden], behind[hidden], atol=2e-3, rtol=0)
    moved = disc(0.85, 0.5, 0.12) > 0.99
    torch.testing.assert_close(frame[moved], flat(RED)[moved], atol=2e-3, rtol=0)


def test_a_rough_region_takes_the_outline_of_the_given_layer():
    """With the painted outline, a ring of the ground would move along."""
    layers = stack()
    frame = last(layers, motion(0.18))
    ring = (disc(0.85, 0.5, 0.18) > 0.99) & (disc(0.85, 0.5, 0.165) < 0.01)
    torch.testing.assert_close(frame[ring], layers.layers[0].colour[ring], atol=2e-3, rtol=0)


def test_a_translucent_layer_stays_translucent_and_takes_no_background_along():
    layers = stack(opacity=0.5)
    frame = last(layers, motion())
    moved = disc(0.85, 0.5, 0.12) > 0.99
    mixed = 0.5 * flat(RED) + 0.5 * layers.layers[0].colour  # the renderer mixes sRGB values
    torch.testing.assert_close(frame[moved], mixed[moved], atol=0.01, rtol=0)
    behind, _ = composite(layers.layers[:2])
    hidden = disc(0.4, 0.5, 0.12) > 0.99
    torch.testing.assert_close(frame[hidden], behind[hidden], atol=2e-3, rtol=0)


def test_a_region_that_is_no_given_layer_uncovers_what_lies_below_the_layer_it_cuts():
    """A small piece of the red disc moves: under it is the blue disc."""
    layers = stack()
    frame = last(layers, motion(0.05))
    hidden = disc(0.4, 0.5, 0.03) > 0.99
    torch.testing.assert_close(frame[hidden], flat(BLUE)[hidden], atol=2e-3, rtol=0)


def test_layers_of_another_size_are_refused():
    with pytest.raises(ValueError, match="canvas of the layers is"):
        from flowbrush.rendering.layered_picture import layered_picture

        field = motion()
        layered_picture(torch.zeros(32, 64, 3), field.in_layers(32, 64), field.times, stack())


def test_separated_layers_give_the_picture_again_and_are_whole():
    picture = stack().composite()[0]
    layers, completed_by = separated_layers(picture, motion().in_layers(SIZE, SIZE), lambda index: f"{index}")
    assert [layer.name for layer in layers] == ["-1", "0"]
    assert completed_by == "patches"
    together, alpha = composite(layers)
    assert (alpha == 1).all()
    torch.testing.assert_close(together, picture, atol=5e-3, rtol=0)
    hidden = disc(0.4, 0.5, 0.12) > 0.99
    assert float(layers[0].colour[hidden][:, 0].max()) < 0.4  # nothing red is left in the background


def test_edge_colours_are_free_of_the_background():
    picture = stack().composite()[0]
    front = separated_layers(picture, motion().in_layers(SIZE, SIZE), str)[0][1]
    edge = (front.shape > 0.3) & (front.shape < 0.9)
    mixed = picture[edge]
    clean = front.colour[edge]
    wanted = flat(RED)[edge]
    assert float((clean - wanted).abs().mean()) < 0.5 * float((mixed - wanted).abs().mean())
