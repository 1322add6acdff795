"""Documents that no editor writes are refused as documents, with short messages that can be printed."""

import json

import pytest
from flowbrush.motion.document.document import parse
from flowbrush.motion.document.schema import DocumentError


def with_layer(**members):
    return json.dumps({"flowbrush": "motion", "version": 2, "layers": [members]})


@pytest.mark.parametrize("levels", [33, 500, *range(980, 996), 5000, 100_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_deep_nesting_is_refused(levels, brackets):
    opening, closing = (brackets[0], brackets[1]) if brackets == "[]" else ('{"a":', "}")
    text = '{"layers": ' + opening * levels + "1" + closing * levels + "}"
    with pytest.raises(DocumentError, match="nested too deeply"):
        parse(text)


@pytest.mark.parametrize("digits", [400, 4299, 4301, 5000, 20_000])
@pytest.mark.parametrize("place", ["version", "layers", "strength"])
def test_numbers_of_thousands_of_digits_are_refused(digits, place):
    number = "9" * digits
    text = with_layer(strength=0) if place == "strength" else '{"version": 2, "layers": []}'
    text = {
        "version": text.replace("2", number),
        "layers": text.replace("[]", number),
        "strength": text.replace('"strength": 0', f'"strength": {number}'),
    }[place]
    with pytest.raises(DocumentError) as caught:
        parse(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("member", ["name", "color"])
def test_half_a_surrogate_pair_is_refused(member):
    with pytest.raises(DocumentError) as caught:
        parse(with_layer(**{member: "\ud800", "region": {"everything": True}}))
    str(caught.value).encode()
    with pytest.raises(DocumentError) as caught:
        parse(with_layer(**{"\udfff": 1}))
    str(caught.value).encode()


@pytest.mark.parametrize("wrong", ["x" * 10_000, ["x"] * 5000, {"k" * 9000: 1}])
def test_messages_quote_little_of_what_they_were_given(wrong):
    for text in (
        with_layer(strength=wrong),
        with_layer(region=wrong),
        json.dumps(wrong),
        json.dumps({"version": wrong}),
        json.dumps({"layers": wrong}),
    ):
        with pytest.raises(DocumentError) as caught:
            parse(text)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"motion": {"paths": [{"points": [[0, 0], [1, 1]]}] * 1001}}, "1001 entries; at most 1000"),
        ({"region": {"polygons": [{"points": [[0, 0.5]] * 20_001}]}}, "20001 entries; at most 20000"),
        ({"region": {"strokes": [{"points": [[0, 0.5]] * 20_001}]}}, "20001 entries; at most 20000"),
        ({"region": {"strokes": [{"points": [[0, 0.5]]}] * 2001}}, "2001 entries; at most 2000"),
    ],
)
def test_documents_have_limits(members, words):
    with pytest.raises(DocumentError, match=words):
        parse(with_layer(**members))
    with pytest.raises(DocumentError, match="layers: has 201 entries; at most 200"):
        parse(json.dumps({"version": 2, "layers": [{}] * 201}))
