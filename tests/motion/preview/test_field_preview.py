import json
import struct
import threading

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import dump, parse
from flowbrush.motion.document.schema import DocumentError
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.preview import field_preview as preview
from flowbrush.motion.preview.bounded_cache import BoundedCache
from flowbrush.motion.preview.field_preview import Cancelled, TooLarge, field_preview_bytes

DISC = {"strokes": [{"radius": 0.2, "points": [[0.4, 0.45], [0.5, 0.5]]}]}
CORNER = {"polygons": [{"points": [[0.7, 0.7], [1, 0.7], [1, 1], [0.7, 1]]}], "feather": 0}


def document(*layers, **more):
    return json.dumps({"flowbrush": "motion", "version": 2, "layers": list(layers), **more})


TWO = document(
    {"region": DISC, "motion": {"horizontal": 0.25}},
    {"region": CORNER, "freeze": True, "order": -1},
    {"visible": False, "region": DISC},
)


def read(answer: bytes):
    """The header and payload of an answer."""
    assert answer[:4] == b"FBF1"
    (length,) = struct.unpack("<I", answer[4:8])
    assert length % 4 == 0
    return json.loads(answer[8 : 8 + length]), answer[8 + length :]


def mesh(header, payload, layer):
    shape = header["frames"], len(layer["down"]), len(layer["across"]), 2
    return np.frombuffer(payload, "<f4", int(np.prod(shape)), layer["mesh"]).reshape(shape)


def mask(payload, layer):
    about = layer["mask"]
    shape = about["height"], about["width"]
    return np.frombuffer(payload, np.uint8, shape[0] * shape[1], about["offset"]).reshape(shape)


def test_an_answer_holds_the_layers_back_to_front():
    header, payload = read(field_preview_bytes({"document": TWO, "length": 5, "aspect": 1.5}))
    assert header["frames"] == 5 and header["times"] == [0, 0.25, 0.5, 0.75, 1]
    assert header["aspect"] == 1.5 and header["flow"] is None and header["warnings"] == []
    assert [layer["layer"] for layer in header["layers"]] == [1, -1, 0]
    corner, rest, disc = header["layers"]
    assert disc["across"] == disc["down"] == [0, 0.5, 1] and disc["jumps"] is False
    moved = mesh(header, payload, disc)
    assert np.allclose(moved[:, 0, 0], [[k / 16, 0] for k in range(5)], atol=1e-6)
    assert np.ptp(mesh(header, payload, rest), axis=0).max() == 0
    total = sum(mask(payload, layer).astype(int) for layer in header["layers"])
    assert total.shape == (427, 640) and (total == 255).all()
    assert np.allclose(corner["box"], [0.7, 0.7, 1, 1], atol=0.003)
    assert mask(payload, disc)[213, 270] == 255


def test_the_bytes_are_aligned():
    header, payload = read(
        field_preview_bytes({"document": TWO, "length": 3, "aspect": 0.37, "mask_side": 61})
    )
    for layer in header["layers"]:
        assert layer["mesh"] % 4 == 0 and layer["mask"]["offset"] % 4 == 0
    assert len(payload) % 4 == 0


def test_an_empty_document_is_the_picture_itself():
    for text in ("", "  \n", document()):
        header, payload = read(field_preview_bytes({"document": text, "length": 17, "aspect": 1}))
        (rest,) = header["layers"]
        assert rest["layer"] == -1 and rest["box"] == [0, 0, 1, 1]
        assert np.allclose(mesh(header, payload, rest)[-1, 2, 2], 1)


def test_masks_that_the_editor_has_are_not_sent_again():
    asked = {"document": TWO, "length": 5, "aspect": 1}
    header, payload = read(field_preview_bytes(asked))
    hashes = [layer["mask"]["hash"] for layer in header["layers"]]
    again, shorter = read(field_preview_bytes(asked | {"have": hashes[:2]}))
    assert [layer["mask"]["offset"] is None for layer in again["layers"]] == [True, True, False]
    assert len(shorter) < len(payload)
    assert [layer["mask"]["hash"] for layer in again["layers"]] == hashes
    moved = TWO.replace("0.25", "0.5")  # the motion: the same masks
    assert [
        layer["mask"]["hash"] for layer in read(field_preview_bytes(asked | {"document": moved}))[0]["layers"]
    ] == hashes
    larger = TWO.replace('"radius": 0.2', '"radius": 0.21')
    fresh = [
        layer["mask"]["hash"]
        for layer in read(field_preview_bytes(asked | {"document": larger}))[0]["layers"]
    ]
    assert fresh[0] == hashes[0] and fresh[1] != hashes[1] and fresh[2] != hashes[2]


def test_a_region_of_a_mask_that_changes_is_seen():
    text = document({"region": {"mask": 0}, "motion": {"vertical": 0.1}})
    asked = {"document": text, "length": 2, "aspect": 1}
    left = torch.zeros(32, 32)
    left[:, :16] = 1
    boxes = []
    for given in (left, left.flip(1)):
        header, _ = read(field_preview_bytes(asked, [given]))
        boxes.append(next(layer["box"] for layer in header["layers"] if layer["layer"] == 0))
    assert boxes[0][2] < 0.55 and boxes[1][0] > 0.45


def test_a_mask_that_is_not_connected_is_a_warning():
    text = document(
        {"name": "Sea", "region": {"mask": 1}, "motion": {"vertical": 0.1}}, {"region": DISC, "freeze": True}
    )
    header, _ = read(field_preview_bytes({"document": text, "length": 2, "aspect": 1}, [torch.ones(4, 4)]))
    assert [layer["layer"] for layer in header["layers"]] == [-1, 1]
    assert header["warnings"] == ["“Sea” takes its region from mask 2, but only 1 is connected."]


def test_flow_is_that_of_the_whole_field():
    asked = {"document": TWO, "length": 3, "aspect": 2, "flow": True}
    header, payload = read(field_preview_bytes(asked))
    about = header["flow"]
    assert (about["rows"], about["columns"]) == (24, 48)
    flow = np.frombuffer(payload, "<f4", 3 * 24 * 48 * 2, about["offset"]).reshape(3, 24, 48, 2)
    whole = field_from_document(TWO, 3, aspect=2).displacement(24, 48).numpy() / [48, 24]
    assert np.allclose(flow, whole, atol=1e-6) and flow[2, 11, 21, 0] == pytest.approx(0.25)


def test_a_long_clip_is_sampled():
    header, _ = read(field_preview_bytes({"document": TWO, "length": 1001, "aspect": 1}))
    assert header["frames"] == 97 and header["times"][-1] == 1
    assert read(field_preview_bytes({"document": TWO, "length": 1, "aspect": 1}))[0]["times"] == [0]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"document": "{"}, "line 1"),
        ({"document": document({"motion": {"rotation": "much"}})}, "layers[0].motion.rotation"),
        ({"document": '{"version": 99}'}, "version"),
        ({"document": 5}, "document"),
        ({"length": 0}, "length"),
        ({"length": "5"}, "length"),
        ({"aspect": float("nan")}, "aspect"),
        ({"aspect": 1000}, "aspect"),
        ({"mask_side": 5000}, "mask_side"),
        ({"have": [5]}, "have[0]"),
        ({"have": "abc"}, "have"),
        ({"flow": 1}, "flow"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(change, place):
    with pytest.raises(DocumentError) as error:
        field_preview_bytes({"document": TWO, "length": 5, "aspect": 1} | change)
    assert error.value.place.startswith(place) and error.value.sentence


def test_requests_are_bounded():
    asked = {"length": 97, "aspect": 1}
    with pytest.raises(TooLarge, match="characters"):
        field_preview_bytes(asked | {"document": TWO + " " * 2_000_000})
    with pytest.raises(DocumentError, match="layers: has 201 entries; at most 200"):
        field_preview_bytes(asked | {"document": document(*[{}] * 201)})
    crowd = [
        {
            "region": {"strokes": [{"radius": 0.05, "points": [[k % 14 / 14, k // 14 / 14]]}]},
            "motion": {"ambient": {"amount": 0.1}},
        }
        for k in range(200)
    ]
    answer = field_preview_bytes(
        asked | {"document": document(*crowd, camera={"keyframes": [{"time": 1, "pan": 3}]})}
    )
    header, _ = read(answer)
    assert len(header["layers"]) == 201 and header["frames"] < 97
    assert len(answer) < 100_000_000


def test_a_request_that_is_not_wanted_any_more_stops_between_layers():
    asked = []

    def cancelled():
        asked.append(True)
        return len(asked) > 3

    with pytest.raises(Cancelled):
        field_preview_bytes({"document": TWO, "length": 5, "aspect": 1}, cancelled=cancelled)
    assert len(asked) == 4


def test_what_was_asked_last_is_remembered_within_its_bounds():
    made = []
    recent = BoundedCache(10)

    def ask(key, size=4):
        return recent.get(key, lambda: made.append(key) or key, lambda value: size)

    for key in "abacb":
        assert ask(key) == key
    assert made == ["a", "b", "c", "b"]  # c put b out, the one that was asked for longest ago
    assert recent.size <= 10
    ask("large", 100)
    assert recent.size == 100 and ask("large", 100) == "large" and made[-1] == "large"


def test_previews_at_the_same_time_are_those_of_each_alone(monkeypatch):
    asked = [
        {"document": TWO.replace("0.25", str(k / 10)), "length": 9, "aspect": 1 + k / 3} for k in range(4)
    ]
    alone = [field_preview_bytes(each) for each in asked]
    for name in ("_coverages", "_shares", "_positions"):
        monkeypatch.setattr(preview, name, BoundedCache(1))
    answers = {}

    def work(index):
        answers[index] = field_preview_bytes(asked[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers[index] for index in range(4)] == alone


def test_a_changed_motion_computes_the_mesh_of_its_layer_alone(monkeypatch):
    draw = np.random.default_rng(0)
    layers = []
    for k in range(10):
        centre = draw.random(2)
        strokes = [
            {"radius": 0.04, "points": (centre + draw.uniform(-0.15, 0.15, (12, 2))).round(4).tolist()}
            for _ in range(30)
        ]
        layers.append(
            {
                "region": {"strokes": strokes},
                "motion": {"rotation": 3 * k + 1, "horizontal": 0.1},
                "order": k % 3 - 1,
            }
        )
    camera = {"keyframes": [{"time": 1, "pan": 4, "dolly": 0.1}]}
    asked = {"length": 49, "aspect": 16 / 9}
    first = field_preview_bytes(asked | {"document": document(*layers, camera=camera)})
    have = [layer["mask"]["hash"] for layer in read(first)[0]["layers"]]
    made = []
    for owner, name in ((preview, "snapped_coverage"), (preview.FieldMeshes, "positions")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name), name, made))
    for turn in range(5):
        layers[turn]["motion"]["rotation"] += 1
        text = document(*layers, camera=camera)
        header, _ = read(field_preview_bytes(asked | {"document": text, "have": have}))
        assert all(layer["mask"]["offset"] is None for layer in header["layers"])
        assert made == ["positions"]
        made.clear()


def counted(function, name, made):
    """The function, which appends its name to a list whenever it is called."""

    def call(*given, **named):
        made.append(name)
        return function(*given, **named)

    return call


def test_the_document_that_is_shown_is_the_one_that_runs():
    assert dump(parse(TWO)) == dump(preview.drawable_document(parse(TWO), 0)[0])


def test_a_region_that_snaps_is_shown_at_the_edges_of_the_object():
    """A red disc is painted too large. The share that is drawn, and the outline, are those of the disc."""
    at = (torch.arange(96) + 0.5) / 96 - 0.5
    disc = (at[None].square() + at[:, None].square()).sqrt() < 0.2
    picture = torch.where(disc[..., None], torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.1, 0.3, 0.7]))
    painted = {"strokes": [{"radius": 0.24, "points": [[0.5, 0.5]]}]}
    asked = {"length": 3, "aspect": 1, "mask_side": 96}
    plain = asked | {"document": document({"region": painted, "motion": {"horizontal": 0.2}})}
    snapping = asked | {
        "document": document({"region": {**painted, "snap": True}, "motion": {"horizontal": 0.2}})
    }
    header, payload = read(field_preview_bytes(snapping, picture=picture))
    (outline,) = header["outlines"]
    assert outline["layer"] == 0
    assert (mask(payload, outline) > 127).sum() == pytest.approx(int(disc.sum()), rel=0.03)
    assert (mask(payload, header["layers"][1]) == mask(payload, outline)).all()
    known = snapping | {"have": [outline["mask"]["hash"]]}
    assert read(field_preview_bytes(known, picture=picture))[0]["outlines"][0]["mask"]["offset"] is None

    without = read(field_preview_bytes(snapping))
    painted_only = read(field_preview_bytes(plain, picture=picture))
    assert without[0]["outlines"] == painted_only[0]["outlines"] == []
    assert (
        mask(without[1], without[0]["layers"][1]).sum()
        == mask(painted_only[1], painted_only[0]["layers"][1]).sum()
    )
    grey = torch.full((96, 96, 3), 0.5)
    header, _ = read(field_preview_bytes(snapping, picture=grey))
    assert header["outlines"] == [] and "keeps what was painted" in header["warnings"][0]
