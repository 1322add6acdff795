import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document, field_from_flow
from flowbrush.nodes.animate_picture import AnimatePicture
from flowbrush.nodes.layers import LayersToMotion, PictureToLayers
from flowbrush.nodes.warp import WarpImage
from flowbrush.rendering.layer_stack import read_layers

SIZE = 64
DISC = (
    '{"flowbrush": "motion", "version": 2, "layers": [{"name": "ball", "region": {"strokes": [{"radius": 0.15, "points": '
    '[[0.3, 0.5]]}]}, "motion": {"horizontal": 0.4}}]}'
)


def picture():
    """Stripes with a red disc whose edge is soft."""
    y, x = torch.meshgrid(torch.arange(SIZE) + 0.5, torch.arange(SIZE) + 0.5, indexing="ij")
    stripes = (0.3 + 0.4 * (x // 4 % 2)).float()[..., None].repeat(1, 1, 3)
    cover = (0.15 * SIZE + 0.5 - ((x - 0.3 * SIZE) ** 2 + (y - 0.5 * SIZE) ** 2).sqrt()).clamp(0, 1)
    return torch.lerp(stripes, torch.tensor([0.9, 0.1, 0.1]), cover[..., None])[None]


def layers(opacity=1.0, **more):
    """A grey canvas 64x48, a red square on it at (8, 16), and a hidden layer that does not count."""
    square = {"image": torch.tensor([0.9, 0.1, 0.1]).expand(1, 16, 16, 3), "x": 8, "y": 16, "z_index": 5}
    return {
        "version": 1,
        "layers": [
            square | {"type": "raster", "name": "box", "opacity": opacity} | more,
            {"image": torch.full((1, 48, 64, 3), 0.4), "type": "raster", "z_index": 0},
            {"image": torch.zeros(1, 48, 64, 3), "type": "raster", "z_index": 9, "visible": False},
        ],
    }


def test_the_layers_of_a_picture_give_the_picture_again():
    document = PictureToLayers.execute(picture(), 0, motion=field_from_document(DISC, 5)).args[0]
    assert [entry["name"] for entry in document["layers"]] == ["background", "ball"]
    assert document["canvas"] == (SIZE, SIZE)
    stack = read_layers(document)
    torch.testing.assert_close(stack.composite()[0], picture()[0], atol=5e-3, rtol=0)
    inside = stack.layers[1].shape > 0.99
    assert (
        float((stack.layers[0].colour[inside][:, 0] - stack.layers[0].colour[inside][:, 1]).abs().max()) < 0.1
    )


def test_masks_become_layers_in_front():
    masks = torch.zeros(2, SIZE, SIZE)
    masks[0, 8:20, 40:56] = masks[1, 40:52, 40:56] = 1
    document = PictureToLayers.execute(picture(), 0, masks=masks, motion=field_from_document(DISC, 5)).args[0]
    assert [entry["name"] for entry in document["layers"]] == ["background", "ball", "mask 0", "mask 1"]
    torch.testing.assert_close(read_layers(document).composite()[0], picture()[0], atol=5e-3, rtol=0)
    last = document["layers"][-1]
    assert (last["x"], last["y"], tuple(last["image"].shape)) == (40, 40, (1, 12, 16, 3))


def test_without_regions_it_says_what_to_connect():
    with pytest.raises(ValueError, match="connect `motion`, `masks`, or both"):
        PictureToLayers.execute(picture(), 0)
    with pytest.raises(ValueError, match="connect `masks` instead of it"):
        PictureToLayers.execute(picture(), 0, motion=field_from_flow(torch.zeros(3, 8, 8, 2)))


def test_layers_become_painted_layers_in_their_order():
    out = LayersToMotion.execute(layers(), "", 5)
    motion, image, masks, text = out.args
    assert image.shape == (1, 48, 64, 3) and masks.shape == (1, 48, 64) and motion.frames == 5
    assert masks[0, 16:32, 8:24].min() == 1 and masks.sum() == 256
    (layer,) = parse(text).layers
    assert (layer.name, layer.region.mask, layer.order) == ("box", 0, 1)
    assert out.ui["flowbrush_document"] == [text] and len(out.ui["flowbrush_masks"]) == 1
    torch.testing.assert_close(image[0, 20, 10], torch.tensor([0.9, 0.1, 0.1]), atol=1e-5, rtol=0)


def test_a_document_that_was_edited_moves_its_layer():
    text = LayersToMotion.execute(layers(), "", 5).args[3]
    moved = text.replace('"order": 1', '"motion": {"horizontal": 0.5}, "order": 1')
    assert moved != text
    motion, image, *_ = LayersToMotion.execute(layers(), moved, 5).args
    assert motion.displacement(48, 64)[-1, 24, 16].tolist() == pytest.approx([32, 0], abs=1e-3)
    frames = WarpImage.execute(image, motion, True, plate=layers()).args[0]
    torch.testing.assert_close(frames[-1, 16:32, 8:24], torch.full((16, 16, 3), 0.4), atol=2e-3, rtol=0)
    torch.testing.assert_close(frames[-1, 18:30, 42:54], image[0, 18:30, 10:22], atol=2e-3, rtol=0)


def test_opacity_counts_when_the_layers_are_drawn():
    text = LayersToMotion.execute(layers(0.5), "", 5).args[3]
    moved = text.replace('"order": 1', '"motion": {"horizontal": 0.5}, "order": 1')
    motion, image, *_ = LayersToMotion.execute(layers(0.5), moved, 5).args
    assert motion.displacement(48, 64)[-1, 24, 16, 0] == pytest.approx(32, abs=1e-3)
    video = AnimatePicture.execute(image, motion, "plate", 0, 8, 4, plate=layers(0.5)).args[0]
    last = video.get_components().images[-1]
    assert last[24, 48].tolist() == pytest.approx([0.65, 0.25, 0.25], abs=0.04)
    assert last[24, 16].tolist() == pytest.approx([0.4] * 3, abs=0.04)


def test_what_cannot_be_moved_is_named():
    with pytest.raises(ValueError, match="holds a background only"):
        LayersToMotion.execute({"version": 1, "layers": layers()["layers"][1:]}, "", 5)
    with pytest.raises(ValueError, match="'box' has the blend mode 'screen'"):
        LayersToMotion.execute(layers(blend_mode="screen"), "", 5)
    with pytest.raises(ValueError, match=r"the canvas of `plate` is 64x48 pixels and `image` 64x64"):
        WarpImage.execute(picture(), field_from_document(DISC, 5), True, plate=layers())


def test_an_empty_document_is_accepted_and_a_malformed_one_is_not():
    assert LayersToMotion.validate_inputs("") is True and LayersToMotion.validate_inputs(None) is True
    assert "`document`" in str(LayersToMotion.validate_inputs("{"))


def test_a_region_that_snaps_becomes_a_layer_with_the_outline_of_its_object():
    """A grained red disc over grained blue, painted too large."""
    side, radius = 160, 0.25
    at = (torch.arange(side) + 0.5) / side - 0.5
    alpha = ((radius - (at[None].square() + at[:, None].square()).sqrt()) * side + 0.5).clamp(0, 1)
    grain = 0.1 * torch.rand(side, side, 3, generator=torch.Generator().manual_seed(0))
    blue, red = torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.8, 0.2, 0.1])
    image = (torch.lerp(blue.expand(side, side, 3), red, alpha[..., None]) + grain)[None]
    rough = (
        DISC.replace('"strokes"', '"snap": true, "strokes"').replace("0.15", "0.28").replace("[0.3", "[0.5")
    )
    document = PictureToLayers.execute(image, 0, motion=field_from_document(rough, 5)).args[0]
    assert float((read_layers(document).layers[1].shape - alpha).abs().mean()) < 0.007
