import math

import pytest
import torch
from flowbrush.rendering.layer_stack import (
    StackLayer,
    composite,
    layers_document,
    linear_from_srgb,
    matched_to,
    read_layers,
    srgb_from_linear,
)


def flat(colour, height=8, width=12):
    return torch.tensor(colour).expand(1, height, width, 3).clone()


def entry(image, **more):
    return {"image": image, "type": "raster", "z_index": 0, **more}


def document(*entries, **more):
    return {"version": 1, "layers": list(entries), **more}


def test_layers_are_placed_by_offset_and_stacked_by_z_index():
    red, blue = flat([1.0, 0, 0], 4, 4), flat([0.0, 0, 1.0])
    stack = read_layers(document(entry(red, x=6, y=-1, z_index=3, name="red"), entry(blue)))
    assert [layer.name for layer in stack.layers] == ["layer 1", "red"]
    assert stack.size == (8, 12)
    picture, alpha = stack.composite()
    assert (alpha == 1).all()
    wanted = flat([0.0, 0, 1.0])[0]
    wanted[:3, 6:10] = torch.tensor([1.0, 0, 0])
    torch.testing.assert_close(picture, wanted)
    assert stack.background is stack.layers[0] and stack.objects == stack.layers[1:]


def test_a_mask_is_transparent_where_it_is_one_and_opacity_mixes_in_linear_light():
    mask = torch.zeros(1, 8, 12)
    mask[:, :, 6:] = 1
    stack = read_layers(
        document(entry(flat([0.0, 0, 0])), entry(flat([1.0, 1, 1]), mask=mask, opacity=0.5, z_index=1))
    )
    picture, _ = stack.composite()
    assert float(picture[0, 0, 0]) == pytest.approx(0.7354, abs=1e-3)
    assert picture[:, 6:].abs().max() < 1e-6


def test_the_alpha_of_an_image_counts_and_hidden_layers_do_not():
    image = torch.cat([flat([1.0, 0, 0]), torch.full((1, 8, 12, 1), 0.25)], -1)
    stack = read_layers(document(entry(image), entry(flat([0.0, 1, 0]), visible=False)))
    (layer,) = stack.layers
    assert (layer.alpha == 0.25).all() and stack.background is None


def test_a_batch_becomes_layers_that_follow_one_another():
    batch = torch.cat([flat([1.0, 0, 0]), flat([0.0, 1, 0])])
    stack = read_layers(document(entry(batch, name="leaf")))
    assert [layer.name for layer in stack.layers] == ["leaf 1", "leaf 2"]
    assert stack.composite()[0][0, 0].tolist() == pytest.approx([0, 1, 0], abs=1e-6)


def test_size_flip_and_rotation_place_an_image_as_comfyui_does():
    image = flat([0.0, 0, 0], 4, 4)
    image[:, :2, :2] = torch.tensor([1.0, 0, 0])  # red in the top left quarter
    turned = read_layers(document(entry(image, x=4, y=2, rotation=math.pi / 2), canvas=(12, 8))).layers[0]
    assert turned.colour[2:4, 6:8, 0].min() > 0.9 and turned.colour[4:6, 4:8, 0].max() < 0.1  # clockwise
    flipped = read_layers(document(entry(image, flip_h=True))).layers[0]
    assert flipped.colour[0, 3, 0] == 1 and flipped.colour[0, 0, 0] == 0
    large = read_layers(document(entry(image, w=8, h=8))).layers[0]
    assert large.shape.shape == (8, 8) and large.colour[:3, :3, 0].min() > 0.9


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "`layers` is a NoneType; connect LAYERS"),
        (document(), "holds 0 visible layers"),
        ({"version": 2, "layers": []}, "version 2"),
        (document(entry(None, name="sun")), "'sun' has no image"),
        (document(entry(flat([1.0, 1, 1]), blend_mode="multiply")), "blend mode 'multiply'"),
        (document(entry(flat([1.0, 1, 1])), canvas=(20000, 8)), "20000x8"),
    ],
)
def test_what_cannot_be_read_is_named(value, message):
    with pytest.raises(ValueError, match=message):
        read_layers(value)


def test_what_is_written_is_read_back():
    shape = torch.zeros(8, 12)
    shape[2:5, 3:9] = torch.rand(3, 6, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1
    layers = [
        StackLayer("sky", flat([0.2, 0.4, 0.9])[0], torch.ones(8, 12)),
        StackLayer("bird", flat([0.9, 0.1, 0.2])[0], shape, 0.5),
    ]
    written = layers_document(layers)
    assert [item["z_index"] for item in written["layers"]] == [0, 1]
    assert tuple(written["layers"][1]["image"].shape) == (1, 3, 6, 3)
    assert (written["layers"][1]["x"], written["layers"][1]["y"]) == (3, 2)
    stack = read_layers(written)
    for given, found in zip(layers, stack.layers, strict=True):
        torch.testing.assert_close(found.shape, given.shape)
        assert (found.name, found.opacity) == (given.name, given.opacity)
    torch.testing.assert_close(stack.composite()[0], composite(layers)[0])


def test_matched_layers_give_the_picture_and_change_no_more_than_needed():
    generator = torch.Generator().manual_seed(3)
    picture = torch.rand(8, 12, 3, generator=generator) * 0.6 + 0.2
    soft = torch.rand(8, 12, generator=generator)
    layers = [
        StackLayer("back", torch.full((8, 12, 3), 0.5), torch.ones(8, 12)),
        StackLayer("front", torch.full((8, 12, 3), 0.4), soft),
    ]
    found = matched_to(picture, layers)
    torch.testing.assert_close(composite(found)[0], picture, atol=2e-3, rtol=0)
    again = matched_to(picture, found)
    assert max(float((a.colour - b.colour).abs().max()) for a, b in zip(found, again, strict=True)) < 0.03


def test_linear_light_is_that_of_srgb_and_back():
    value = torch.linspace(0, 1, 256)
    torch.testing.assert_close(srgb_from_linear(linear_from_srgb(value)), value, atol=1e-5, rtol=0)
    assert float(linear_from_srgb(torch.tensor(0.5))) == pytest.approx(0.21404, abs=1e-5)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"x": "x" * 3000}, "'sun' has `x` 'xxx"),
        ({"y": math.nan}, "'sun' has `y` nan; it must be a number from -1e\\+06 to 1e\\+06"),
        ({"w": 10**400}, "'sun' has `w` 1000"),
        ({"h": 10**5000}, "'sun' has `h` a very large int"),
        ({"opacity": []}, "'sun' has `opacity` \\[\\]"),
        ({"rotation": True}, "'sun' has `rotation` True"),
        ({"z_index": "front"}, "a layer has `z_index` 'front'"),
        ({"blend_mode": "m" * 3000}, "'sun' has the blend mode 'mmm"),
        ({"mask": torch.zeros(4)}, "'sun' has the mask \\[4\\]; it must be a MASK"),
        ({"mask": "m"}, "'sun' has the mask 'm'"),
        ({"mask": torch.full((1, 8, 12), math.nan)}, "'sun' has a mask with values that are NaN"),
        ({"image": flat([math.inf, 0, 0])}, "'sun' has an image with values that are NaN or infinite"),
    ],
)
def test_members_of_a_wrong_kind_are_refused_in_a_short_sentence(more, words):
    with pytest.raises(ValueError, match=words) as refused:
        read_layers(document({**entry(flat([1.0, 1, 1]), name="sun"), **more}))
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("canvas", [5, "x", [1, 2, 3], {"a": 1}, [8, "x"], [8, math.nan], [8, 10**400]])
def test_a_canvas_of_a_wrong_kind_is_refused(canvas):
    with pytest.raises(ValueError, match="canvas"):
        read_layers(document(entry(flat([1.0, 1, 1])), canvas=canvas))


def test_a_name_that_cannot_be_printed_is_escaped_and_an_entry_that_is_no_layer_is_refused():
    (layer,) = read_layers(document(entry(flat([1.0, 1, 1]), name="\ud800"))).layers
    assert layer.name == "\\ud800"
    with pytest.raises(ValueError, match="holds 5, which is not a layer"):
        read_layers({"version": 1, "layers": [5]})
    with pytest.raises(ValueError, match=r"version \[5\]"):
        read_layers({"version": [5], "layers": []})
