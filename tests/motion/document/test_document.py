"""The motion document: reading, writing, refusing, migrating."""

import json

import pytest
from flowbrush.motion.document.document import (
    VERSION,
    Ambient,
    Camera,
    Document,
    DocumentError,
    Keyframe,
    Layer,
    Motion,
    Path,
    Polygon,
    Region,
    Stroke,
    checked_camera,
    checked_document,
    dump,
    parse,
)

FULL = Document(
    layers=(
        Layer(
            name="Ballon d’été",
            color="#ff8800",
            region=Region(
                strokes=(
                    Stroke(points=((0.2, 0.3, 1.0), (0.4, 0.5, 0.25)), radius=0.07, hardness=0.5),
                    Stroke(points=((0.3, 0.3, 1.0),), mode="erase"),
                ),
                polygons=(Polygon(points=((0.1, 0.1), (0.5, 0.1), (0.3, 0.6))),),
                mask=1,
                invert=True,
                grow=-0.02,
                feather=0.125,
                snap=True,
            ),
            motion=Motion(
                paths=(
                    Path(points=((0.1, 0.2), (0.3, 0.4), (0.5, 0.1)), corners=(1,), times=(0.0, 0.5, 1.0)),
                ),
                horizontal=0.1,
                vertical=-0.2,
                proximity=0.5,
                rotation=45,
                pivot=(0.5, 0.5),
                ambient=Ambient(amount=0.01, speed=2, seed=9),
                ease=((0.0, 0.0), (0.5, 0.8), (1.0, 1.0)),
                start=0.1,
                end=0.9,
                loop="pingpong",
                fit="similarity",
            ),
            order=-3,
        ),
        Layer(name="held", visible=False, freeze=True, region=Region(everything=True)),
    ),
    camera=Camera(
        keyframes=(Keyframe(time=0.5, pan=3, ease=(0.4, 0.0, 0.2, 1.0)), Keyframe(time=1, zoom=1.5)),
        field_of_view=40,
    ),
)


def document_with(**motion):
    layer = {"region": {"everything": True}, "motion": motion}
    return json.dumps({"flowbrush": "motion", "version": 1, "layers": [layer]})


def test_every_member_survives_writing_and_reading():
    assert parse(dump(FULL)) == FULL
    assert dump(parse(dump(FULL))) == dump(FULL)


def test_the_text_is_short_lines_without_defaults():
    text = dump(FULL)
    assert max(map(len, text.splitlines())) <= 110
    assert "Ballon d’été" in text
    assert "visible" not in dump(Document(layers=(Layer(name="a"),)))
    assert json.loads(text)["version"] == VERSION


def test_a_locked_layer_moves_as_before():
    locked = Layer(locked=True, region=Region(everything=True), motion=Motion(horizontal=0.1))
    assert not Document(layers=(locked,)).is_empty
    assert parse(dump(Document(layers=(locked,)))).layers == (locked,)
    assert "locked" not in dump(FULL)


def test_a_document_of_version_1_opens_unchanged():
    older = dump(FULL).replace(f'"version": {VERSION}', '"version": 1')
    assert parse(older) == FULL
    assert dump(parse(older)) == dump(FULL)


def test_a_long_stroke_keeps_several_points_on_a_line():
    points = tuple((k / 200, 0.5, 1.0) for k in range(200))
    text = dump(Document(layers=(Layer(region=Region(strokes=(Stroke(points=points),))),)))
    assert len(text.splitlines()) < 60
    assert parse(text).layers[0].region.strokes[0].points == points


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "document", "empty"),
        ("{", "line 1", "JSON"),
        ("[1]", "document", "not an object"),
        ('{"flowbrush": "mask"}', "flowbrush", "not a motion document"),
        ('{"version": 99}', "version", "newer than"),
        ('{"version": "1"}', "version", "whole number"),
        ('{"version": 1, "layer": []}', "layer", "not known"),
        (
            document_with(paths=[{"points": [[0, 0], [1, "a"]]}]),
            "layers[0].motion.paths[0].points[1][1]",
            "number",
        ),
        (document_with(paths=[{"points": [[0, 0]]}]), "layers[0].motion.paths[0].points", "at least 2"),
        (
            document_with(paths=[{"points": [[0, 0], [9, 0]]}]),
            "layers[0].motion.paths[0].points[1][0]",
            "range",
        ),
        (document_with(paths=[{}]), "layers[0].motion.paths[0].points", "missing"),
        (
            document_with(paths=[{"points": [[0, 0], [1, 1]], "corners": [2]}]),
            "layers[0].motion.paths[0].corners[0]",
            "2",
        ),
        (
            document_with(paths=[{"points": [[0, 0], [1, 1]], "times": [0, 0]}]),
            "layers[0].motion.paths[0].times",
            "rise",
        ),
        (document_with(rotation=10**400), "layers[0].motion.rotation", "range"),
        ('{"version": 1, "layers": ' + "9" * 5000 + "}", "document", "digits"),
        ("[" * 100_000, "document", "deeply"),
        (document_with(rotation=True), "layers[0].motion.rotation", "not a number"),
        (document_with(start=0.5, end=0.5), "layers[0].motion.end", "later than start"),
        (document_with(ease="bounce"), "layers[0].motion.ease", "ease_in_out"),
        (document_with(ease=[0.1, 0.2, 1.5, 1]), "layers[0].motion.ease[2]", "range"),
        (document_with(ease=[[0, 0], [0.4, 1]]), "layers[0].motion.ease", "from 0 to 1"),
        (document_with(loop="twice"), "layers[0].motion.loop", "pingpong"),
        ('{"version": 1, "layers": [{"region": {"mask": 1.5}}]}', "layers[0].region.mask", "whole number"),
        ('{"version": 1, "camera": {"keyframes": [{"time": 0, "pan": 1}]}}', "camera.keyframes[0]", "time 0"),
        (
            '{"version": 1, "camera": {"keyframes": [{"time": 1}, {"time": 1}]}}',
            "camera.keyframes[1].time",
            "not later",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(text, place, words):
    with pytest.raises(DocumentError) as error:
        parse(text)
    assert str(error.value).startswith(place)
    assert words in str(error.value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(DocumentError, match=r"layers\[0\].motion.horizontal.*finite"):
        parse(document_with(horizontal=0.5).replace("0.5", value))


def test_a_document_built_in_code_is_checked_too():
    with pytest.raises(DocumentError, match="radius"):
        checked_document(
            Document(layers=(Layer(region=Region(strokes=(Stroke(points=((0, 0, 1),), radius=7),))),))
        )
    with pytest.raises(DocumentError, match=r"camera.keyframes\[0\].dolly"):
        checked_camera(Camera(keyframes=(Keyframe(time=1, dolly=2),)))
    assert checked_document(FULL) == FULL


def test_an_unversioned_flat_document_is_migrated():
    old = {
        "layers": [
            {
                "name": "a",
                "strokes": [{"points": [[0.5, 0.5]], "radius": 0.1}],
                "feather": 0.05,
                "path": [[0.5, 0.5], [0.7, 0.5]],
                "ease": "ease_in",
            },
            {"freeze": True, "everything": True},
        ],
        "camera": {"pan": 4, "field_of_view": 60},
    }
    document = parse(json.dumps(old))
    assert document.layers[0].region.feather == 0.05
    assert document.layers[0].region.strokes[0].points == ((0.5, 0.5, 1.0),)
    assert document.layers[0].motion == Motion(paths=(Path(points=((0.5, 0.5), (0.7, 0.5))),), ease="ease_in")
    assert document.layers[1].freeze and document.layers[1].region.everything
    assert document.camera == Camera(keyframes=(Keyframe(time=1, pan=4),), field_of_view=60)
    assert json.loads(dump(document))["version"] == VERSION


def test_an_unversioned_layer_may_be_flat_and_nested_at_once():
    flat_and_nested = (
        '{"layers": [{"region": {"mask": 0}, "everything": true, "motion": {"vertical": 0.25}}]}'
    )
    (layer,) = parse(flat_and_nested).layers
    assert layer.region.everything and layer.region.mask == 0 and layer.motion.vertical == 0.25
    with pytest.raises(DocumentError, match=r"layers\[0\].region: 5 is not an object"):
        parse('{"layers": [{"region": 5, "everything": true}]}')


@pytest.mark.parametrize("text", ['{"layers": 3}', '{"layers": [3]}', '{"layers": [{"path": 3}]}'])
def test_a_malformed_old_document_is_refused_too(text):
    with pytest.raises(DocumentError, match="layers"):
        parse(text)


def test_empty_says_whether_anything_is_asked():
    region = Region(everything=True)
    assert Document().is_empty
    assert Document(layers=(Layer(motion=Motion(rotation=5)),)).is_empty  # nothing painted
    assert Document(layers=(Layer(region=region),)).is_empty  # painted, no motion
    assert Document(layers=(Layer(region=region, freeze=True, visible=False),)).is_empty
    assert not Document(layers=(Layer(region=region, freeze=True),)).is_empty
    assert not Document(camera=Camera(keyframes=(Keyframe(time=1, roll=1),))).is_empty
