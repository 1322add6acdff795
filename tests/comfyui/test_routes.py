"""The editor's routes on a real ComfyUI."""

import http.client
import io
import json
import threading
import time

import numpy as np
import pytest
from flowbrush.motion.preview.field_preview import field_preview_bytes
from PIL import Image

pytestmark = pytest.mark.comfyui

DISC = {"strokes": [{"radius": 0.2, "points": [[0.4, 0.45], [0.5, 0.5]]}]}
ONE = {"region": DISC, "motion": {"horizontal": 0.25}}
MASKED = {"region": {"mask": 0}, "motion": {"vertical": 0.1}}
STROKE = {"radius": 0.02, "points": [[k / 60, k % 7 / 7] for k in range(60)]}


def document(*layers):
    return json.dumps({"flowbrush": "motion", "version": 2, "layers": list(layers)})


def post(comfyui, path, body, prefix="/flowbrush"):
    """(status, content type, bytes) of a POST."""
    connection = http.client.HTTPConnection("127.0.0.1", comfyui.port, timeout=120)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.request("POST", f"{prefix}/{path}", data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def refusal(comfyui, path, body):
    """(status, place, sentence) of what is refused; no sentence may say where ComfyUI's folders are."""
    status, kind, answer = post(comfyui, path, body)
    assert kind.startswith("application/json"), answer
    error = json.loads(answer)["error"]
    assert str(comfyui.directory) not in error["sentence"] and "/tmp" not in error["sentence"]
    return status, error["place"], error["sentence"]


def header_of(answer):
    assert answer[:4] == b"FBF1"
    return json.loads(answer[8 : 8 + int.from_bytes(answer[4:8], "little")])


@pytest.fixture(scope="module")
def files(comfyui):
    """Pictures in ComfyUI's folders, one outside of them, and a link to that one."""
    half = np.zeros((40, 80, 4), np.uint8)
    half[..., 0], half[:, :40, 3], half[:, 40:, 1] = 200, 255, 120
    (comfyui.directory / "input" / "sub").mkdir(exist_ok=True)
    Image.fromarray(half).save(comfyui.directory / "input" / "half.png")
    Image.fromarray(half[..., :3]).save(comfyui.directory / "input" / "sub" / "plain.png")
    turned = Image.fromarray(half[..., :3])
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(comfyui.directory / "temp" / "turned.jpg", exif=exif)
    Image.fromarray(half).save(comfyui.directory / "secret.png")
    (comfyui.directory / "input" / "text.png").write_text("no picture")
    (comfyui.directory / "input" / "link.png").symlink_to(comfyui.directory / "secret.png")
    Image.new("1", (9000, 8000)).save(comfyui.directory / "input" / "huge.png")
    return comfyui


def ref(filename, subfolder="", type="input", **more):
    return {"filename": filename, "subfolder": subfolder, "type": type, **more}


def test_a_field_is_answered_as_the_library_makes_it(comfyui):
    asked = {"document": document(ONE), "length": 17, "aspect": 1.5, "editor": "a", "serial": 1}
    status, kind, answer = post(comfyui, "field", asked)
    assert (status, kind) == (200, "application/octet-stream")
    assert header_of(answer) == header_of(field_preview_bytes(asked))
    assert len(answer) == len(field_preview_bytes(asked))


def test_a_region_snaps_to_the_picture_that_the_editor_shows(files):
    """The left half of the file is green by 0 and the right half by 120; a stroke covers a little less than the left."""
    left = {"polygons": [{"points": [[-0.5, -0.5], [0.48, -0.5], [0.48, 1.5], [-0.5, 1.5]]}], "snap": True}
    asked = {
        "document": document({"region": left, "motion": {"horizontal": 0.1}}),
        "length": 3,
        "aspect": 2,
        "picture": {"source": {"kind": "file", **ref("half.png")}, "fit": None},
    }
    status, _, answer = post(files, "field", asked)
    assert status == 200, answer
    drawn = next(layer for layer in header_of(answer)["layers"] if layer["layer"] == 0)
    assert drawn["box"][2] == pytest.approx(0.5, abs=0.01)
    wrong = asked | {"picture": {"source": {"kind": "file", **ref("missing.png")}}}
    assert refusal(files, "field", wrong)[:2] == (404, "picture.source")


def test_a_plate_is_answered_and_saved_where_load_image_finds_it(files):
    grain = np.random.default_rng(0).integers(60, 120, (48, 64, 3), np.uint8)
    grain[16:32, 24:40] = (220, 30, 30)
    Image.fromarray(grain).save(files.directory / "input" / "grain.png")
    square = {"polygons": [{"points": [[0.375, 1 / 3], [0.625, 1 / 3], [0.625, 2 / 3], [0.375, 2 / 3]]}]}
    asked = {
        "document": document({"region": square, "motion": {"horizontal": 0.3}}),
        "aspect": 4 / 3,
        "picture": {"source": {"kind": "file", **ref("grain.png")}, "fit": None},
    }
    status, kind, answer = post(files, "plate", asked)
    assert (status, kind) == (200, "application/x-flowbrush-plate"), answer
    assert [each["layer"] for each in header_of(answer)["layers"]] == [-1, 0]
    status, kind, answer = post(files, "make_plate", asked)
    assert status == 200, answer
    saved = json.loads(answer)
    pixels = np.asarray(Image.open(files.directory / saved["type"] / saved["filename"]))
    assert pixels.shape == (48, 64, 4)
    assert (pixels[18:30, 26:38, 3] == 0).all() and (pixels[:10, :, 3] == 255).all()
    assert pixels[18:30, 26:38, 0].max() < 130  # the red square is gone
    still = asked | {"document": document({"region": square, "freeze": True})}
    status, _, sentence = refusal(files, "make_plate", still)
    assert status == 400 and "nothing to remove" in sentence


def test_the_object_under_a_click_is_answered_as_outlines(files):
    grain = np.random.default_rng(0).integers(60, 120, (48, 64, 3), np.uint8)
    grain[16:32, 24:40] = (220, 30, 30)
    Image.fromarray(grain).save(files.directory / "input" / "clicked.png")
    asked = {"picture": {"source": {"kind": "file", **ref("clicked.png")}, "fit": None}}
    status, kind, answer = post(files, "select", asked | {"added": [[0.5, 0.5]]})
    assert (status, kind) == (200, "application/json"), answer
    (outline,) = json.loads(answer)["outlines"]
    x, y = np.array(outline).T
    assert [x.min(), x.max(), y.min(), y.max()] == pytest.approx([0.375, 0.625, 1 / 3, 2 / 3], abs=0.02)
    assert refusal(files, "select", asked)[:2] == (400, "added")
    assert refusal(files, "select", asked | {"added": [[0.5, 7]]})[:2] == (400, "added[0][1]")
    mask = np.zeros((48, 64), np.uint8)
    mask[12:36, 16:32] = 255
    Image.fromarray(mask).save(files.directory / "input" / "found.png")
    given = {"added": [[0.3, 0.5]], "mask": {**ref("found.png"), "channel": "red"}}
    status, _, answer = post(files, "select", asked | given)
    assert status == 200, answer
    (outline,) = json.loads(answer)["outlines"]
    x, y = np.array(outline).T
    assert [x.min(), x.max(), y.min(), y.max()] == pytest.approx([0.25, 0.5, 0.25, 0.75], abs=0.02)
    assert refusal(files, "select", asked | {"added": [[0.3, 0.5]], "mask": "found.png"})[:2] == (400, "mask")


def test_an_editor_that_starts_anew_is_answered(comfyui):
    asked = {"document": document(ONE), "length": 5, "aspect": 1, "editor": "again"}
    assert [post(comfyui, "field", asked | {"serial": serial})[0] for serial in (9, 1)] == [200, 200]


def test_masks_are_read_as_load_image_gives_them(files):
    asked = {"document": document(MASKED), "length": 3, "aspect": 2}
    box = {}
    for channel in ("alpha", "red", "green", "blue", "grey"):
        status, _, answer = post(files, "field", asked | {"masks": [ref("half.png", channel=channel)]})
        assert status == 200, answer
        drawn = [layer for layer in header_of(answer)["layers"] if layer["layer"] == 0]
        box[channel] = drawn[0]["box"] if drawn else None
    assert box["alpha"][0] == pytest.approx(0.5, abs=0.02)  # see-through on the right
    assert box["red"] == [0, 0, 1, 1] and box["blue"] is None
    assert box["green"][0] == pytest.approx(0.5, abs=0.02)


def test_a_mask_file_that_changes_is_read_again(files):
    path = files.directory / "temp" / "changing.png"
    asked = {"document": document(MASKED), "length": 2, "aspect": 1}
    boxes = []
    for side in (slice(0, 16), slice(16, 32)):
        pixels = np.zeros((32, 32), np.uint8)
        pixels[side] = 255
        Image.fromarray(pixels).save(path)
        answer = post(files, "field", asked | {"masks": [ref("changing.png", type="temp", channel="red")]})[2]
        boxes.append(next(layer["box"] for layer in header_of(answer)["layers"] if layer["layer"] == 0))
        time.sleep(0.02)
    assert boxes[0][3] < 0.6 and boxes[1][1] > 0.4


def test_depth_is_read_from_a_file(files):
    camera = {"keyframes": [{"time": 1, "truck": 0.1}]}
    text = json.dumps({"version": 2, "camera": camera})
    asked = {"document": text, "length": 2, "aspect": 2}
    flat = post(files, "field", asked)[2]
    deep = post(files, "field", asked | {"depth": ref("half.png", channel="grey")})[2]
    assert len(header_of(deep)["layers"][0]["down"]) > len(header_of(flat)["layers"][0]["down"])


@pytest.mark.parametrize("path", ["field", "picture"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        (ref("../secret.png"), 400),
        (ref("secret.png", ".."), 400),
        (ref("secret.png", "sub/../.."), 400),
        (ref("../../../../etc/passwd"), 400),
        (ref("/etc/passwd"), 400),
        (ref("passwd", "/etc"), 400),
        (ref("link.png"), 400),
        (ref("..\\secret.png"), (400, 404)),
        (ref("half.png\0.png"), 400),
        (ref("half.png", type="models"), 400),
        (ref("half.png", type=5), 400),
        (ref(""), 400),
        (ref(["half.png"]), 400),
        (ref("half.png", subfolder=3), 400),
        (ref("sub"), 404),
        (ref("missing.png"), 404),
        (ref("blake3:0123"), 404),
        (ref("text.png", channel="red"), 400),
        (ref("huge.png", channel="red"), 400),
    ],
)
def test_only_pictures_inside_the_folders_are_read(files, path, name, status):
    field = {"document": document(MASKED), "length": 2, "aspect": 1, "masks": [name]}
    body = field if path == "field" else {"source": {"kind": "file", **name}, "fit": None}
    answered, _, sentence = refusal(files, path, body)
    assert answered in (status if isinstance(status, tuple) else (status,)), sentence
    assert sentence and "secret" not in sentence.replace("secret.png", "")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"document": "{"}, "line 1, column 2"),
        ({"document": document({"motion": {"rotation": "much"}})}, "layers[0].motion.rotation"),
        ({"document": document(ONE), "length": 0}, "length"),
        ({"document": document(ONE), "masks": 5}, "masks"),
        ({"document": document(ONE), "masks": [5]}, "masks[0]"),
        ({"document": document(ONE), "masks": [{}] * 65}, "masks"),
        ({"document": document(ONE), "masks": [ref("half.png", channel="smell")]}, ""),
        (b"not json", ""),
        (b"[1]", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_what_is_wrong_is_said_with_its_place(files, body, place):
    assert refusal(files, "field", body)[:2] == (400, place)


@pytest.mark.parametrize("channel", [{}, [], 5, None, "x" * 500])
def test_a_channel_of_a_wrong_type_is_refused(files, channel):
    mask = {"filename": "half.png", "subfolder": "", "type": "input", "channel": channel}
    body = {"document": document(MASKED), "frames": 5, "height": 20, "width": 40, "masks": [mask]}
    status, _, sentence = refusal(files, "field", body)
    assert status == 400
    assert len(sentence) < 200


def test_a_body_in_a_false_encoding_is_refused(comfyui):
    connection = http.client.HTTPConnection("127.0.0.1", comfyui.port, timeout=120)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    connection.request("POST", "/flowbrush/field", b'{"document": ""}', headers)
    answer = connection.getresponse()
    assert answer.status == 400
    connection.close()


def test_what_is_too_large_is_refused(comfyui):
    assert refusal(comfyui, "field", {"document": document(ONE), "more": "x" * 4_100_000})[0] == 413
    assert refusal(comfyui, "field", {"document": document(ONE) + " " * 2_100_000})[:2] == (413, "document")
    assert refusal(comfyui, "field", {"document": document(*[{}] * 201)})[:2] == (400, "layers")


def test_a_newer_request_takes_the_place_of_an_older_one(comfyui):
    heavy = [
        {"region": {"strokes": [STROKE] * 15, "grow": k / 1000}, "motion": {"ambient": {"amount": 0.1}}}
        for k in range(40)
    ]
    asked = {"document": document(*heavy), "length": 81, "aspect": 1, "mask_side": 1000, "editor": "fast"}
    answers = {}

    def ask(serial):
        answers[serial] = post(comfyui, "field", asked | {"serial": serial})[0]

    threads = [threading.Thread(target=ask, args=(serial,)) for serial in range(1, 7)]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    light = post(comfyui, "field", {"document": document(ONE), "length": 5, "editor": "other", "serial": 1})
    assert light[0] == 200  # another editor is not disturbed
    late = post(comfyui, "field", asked | {"document": document(ONE), "serial": 2})[0]  # overtaken on its way
    for thread in threads:
        thread.join()
    assert answers == {serial: 200 if serial == 6 else 409 for serial in range(1, 7)}
    assert late == 409


def test_pictures_are_shown_as_first_frame_would_hand_them_on(files):
    def size(source, fit=None):
        status, kind, answer = post(files, "picture", {"source": source, "fit": fit})
        assert (status, kind) == (200, "image/jpeg"), answer
        return Image.open(io.BytesIO(answer)).size

    assert size({"kind": "file", **ref("plain.png", "sub")}) == (80, 40)
    assert size({"kind": "file", **ref("sub/plain.png [input]", type="output")}) == (80, 40)
    assert size({"kind": "file", **ref("turned.jpg", type="temp")}) == (40, 80)
    fit = {"width": 64, "height": 64, "mode": "crop"}
    assert size({"kind": "file", **ref("half.png")}, fit) == (64, 64)
    assert size({"kind": "example", "name": "boat", "width": 128, "height": 64, "variation": 1}) == (128, 64)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["png", "tif"])
def test_a_photo_is_shown_as_load_image_turns_it(files, orientation, form):
    """Load Image turns a photo by its EXIF orientation, but does not mirror it; paint lies on what it gives."""
    y, x = np.mgrid[:32, :48]
    photo = np.stack([5 * x, 7 * y, 2 * (x + y)], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo).save(files.directory / "input" / f"photo.{form}", exif=exif)
    source = {"kind": "file", **ref(f"photo.{form}")}
    status, _, answer = post(files, "picture", {"source": source, "fit": None})
    assert status == 200, answer
    shown = np.array(Image.open(io.BytesIO(answer)).convert("RGB"), np.float32)
    turned = np.rot90(photo, {1: 0, 2: 2, 3: 2, 4: 0, 5: 3, 6: 3, 7: 1, 8: 1}[orientation])
    assert shown.shape == turned.shape
    assert np.abs(shown - turned).mean() < 4


def test_a_picture_comes_with_the_size_of_its_file_also_where_it_was_reduced(files):
    Image.new("RGB", (4200, 300), (9, 80, 7)).save(files.directory / "input" / "panorama.png")

    def sizes(**source):
        connection = http.client.HTTPConnection("127.0.0.1", files.port, timeout=120)
        connection.request("POST", "/flowbrush/picture", json.dumps({"source": source, "fit": None}))
        answer = connection.getresponse()
        size = Image.open(io.BytesIO(answer.read())).size
        connection.close()
        return answer.getheader("X-Picture-Size"), size

    assert sizes(kind="file", **ref("panorama.png")) == ("4200x300", (2048, 146))
    assert sizes(kind="file", **ref("turned.jpg", type="temp")) == ("40x80", (40, 80))
    assert sizes(kind="example", name="boat", width=64, height=48)[0] is None


def test_the_routes_are_there_under_the_name_that_the_frontend_uses(comfyui):
    assert post(comfyui, "field", {"document": document(ONE), "length": 2}, "/api/flowbrush")[0] == 200
    connection = http.client.HTTPConnection("127.0.0.1", comfyui.port, timeout=30)
    connection.request("GET", "/flowbrush/field")
    assert connection.getresponse().status in (404, 405)
    connection.close()


def test_after_a_run_the_node_names_what_it_was_painted_on(comfyui):
    graph = {
        "picture": {
            "class_type": "FlowbrushExampleImage",
            "inputs": {"name": "balloon", "width": 64, "height": 48, "variation": 0},
        },
        "brush": {
            "class_type": "FlowbrushMotionBrush",
            "inputs": {"image": ["picture", 0], "document": document(ONE), "length": 5},
        },
        "shown": {
            "class_type": "FlowbrushPreviewMotion",
            "inputs": {"motion": ["brush", 0], "style": "arrows"},
        },
    }
    outputs = comfyui.run(graph)["brush"]
    (reference,) = outputs["flowbrush_picture"]
    assert Image.open(comfyui.directory / reference["type"] / reference["filename"]).size == (64, 48)
    assert post(comfyui, "picture", {"source": {"kind": "file", **reference}})[0] == 200


def test_an_example_picture_is_drawn_once_and_kept_with_the_users_files(comfyui):
    source = {"kind": "example", "name": "pinwheel", "width": 72, "height": 40, "variation": 77}
    first = post(comfyui, "picture", {"source": source, "fit": None})
    assert first[0] == 200
    folder = comfyui.directory / "user" / "flowbrush" / "example_pictures"
    (kept,) = folder.glob("pinwheel_72x40_77_*.npy")
    written = kept.stat().st_mtime_ns
    assert post(comfyui, "picture", {"source": source, "fit": None}) == first
    assert kept.stat().st_mtime_ns == written
