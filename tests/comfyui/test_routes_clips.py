"""The editor's routes that read frames of a clip, and what repeats in a picture, on a real ComfyUI."""

import http.client
import io
import json

import numpy as np
import pytest
from PIL import Image

from ..hosts.test_clip_frames import write_clip
from .test_routes import document, post, ref, refusal

pytestmark = pytest.mark.comfyui


def test_a_frame_of_a_clip_is_answered_turned_and_with_the_number_of_frames(comfyui, tmp_path):
    """A phone's clip is stored lying and turned by its file; frame k has the grey 5 k + 20 and a white corner."""
    write_clip(comfyui.directory / "input" / "phone.mp4", rotation=270)
    source = {"kind": "video", **ref("phone.mp4"), "frame": 17}
    connection = http.client.HTTPConnection("127.0.0.1", comfyui.port, timeout=120)
    connection.request("POST", "/flowbrush/picture", json.dumps({"source": source, "fit": None}).encode())
    answer = connection.getresponse()
    assert answer.status == 200 and answer.getheader("X-Clip-Frames") == "40"
    assert answer.getheader("X-Picture-Size") == "32x48"
    pixels = np.asarray(Image.open(io.BytesIO(answer.read())))
    connection.close()
    assert pixels.shape == (48, 32, 3)
    assert np.median(pixels) == pytest.approx(5 * 17 + 20, abs=6)
    late = {"kind": "video", **ref("phone.mp4"), "start": 0.5, "frame": 3}
    status, _, cut = post(comfyui, "picture", {"source": late, "fit": None})
    assert status == 200
    assert np.median(np.asarray(Image.open(io.BytesIO(cut)))) == pytest.approx(5 * 15 + 20, abs=6)


def test_a_frame_that_cannot_be_answered_is_refused(comfyui):
    write_clip(comfyui.directory / "input" / "clip.mp4")
    write_clip(comfyui.directory / "secret.mp4")

    def refused(**source):
        return refusal(comfyui, "picture", {"source": {"kind": "video", **source}, "fit": None})

    status, place, sentence = refused(**ref("clip.mp4"), frame=40)
    assert (status, place) == (400, "source.frame") and "which has 40" in sentence
    for frame in (-1, 1.5, "3", True, 10**9):
        assert refused(**ref("clip.mp4"), frame=frame)[:2] == (400, "source.frame")
    assert refused(**ref("clip.mp4"), start="soon")[:2] == (400, "source.start")
    assert refused(**ref("clip.mp4"), duration=-1)[:2] == (400, "source.duration")
    assert refused(**ref("gone.mp4"))[:2] == (404, "source")
    assert refused(**ref("../secret.mp4"))[:2] == (400, "source")
    assert refused(**ref("secret.mp4", subfolder=".."))[:2] == (400, "source")
    (comfyui.directory / "input" / "text.mp4").write_text("no video")
    status, _, sentence = refused(**ref("text.mp4"))
    assert status == 400 and "not a video that can be read" in sentence


def test_the_period_of_a_flow_is_found_in_the_picture(comfyui):
    columns = 128 + 80 * np.sin(np.arange(160) * np.pi / 8)
    picture = np.broadcast_to(columns[None, :, None], (120, 160, 3)).astype(np.uint8)
    Image.fromarray(picture).save(comfyui.directory / "input" / "columns.png")
    flowing = {
        "region": {"everything": True},
        "motion": {"horizontal": 0.1, "flow": {"speed": 0.4, "reach": 0.12}},
    }
    source = {"kind": "file", "filename": "columns.png", "subfolder": "", "type": "input"}
    body = {"document": document(flowing), "layer": 0, "picture": {"source": source}}
    status, _, answer = post(comfyui, "period", body)
    assert status == 200
    flow = json.loads(answer)["flow"]
    assert flow["reach"] == pytest.approx(16 / 120, rel=0.02)
    assert flow["speed"] == pytest.approx(3 * flow["reach"], rel=1e-3)
    assert refusal(comfyui, "period", {**body, "layer": 1})[0] == 400
    across = {**flowing, "motion": {**flowing["motion"], "horizontal": 0, "vertical": 0.1}}
    assert json.loads(post(comfyui, "period", {**body, "document": document(across)})[2]) == {"flow": None}
