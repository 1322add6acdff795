"""The frames of a connected clip in the editor: found without a run, and painted on."""

import numpy as np
import pytest
import torch
from flowbrush.hosts.headless.videos import write_video

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]


def clip_file(comfyui, name, frames=12):
    """Writes a clip of 96x64 pixels into ComfyUI's input folder, whose frame k has the grey 20 k; its name."""
    grey = np.arange(frames, dtype=np.float32)[:, None, None, None] * 20 / 255
    write_video(
        comfyui.directory / "input" / name,
        torch.from_numpy(np.broadcast_to(grey, (frames, 64, 96, 3)).copy()),
        24,
    )
    return name


def load_clip(canvas, name):
    """A Load Video of a file, and its Get Video Components."""
    load, parts = canvas.add("LoadVideo", (40, 60)), canvas.add("GetVideoComponents", (40, 400))
    canvas.run(
        """([id, name]) => {
            const widget = app.graph.getNodeById(id).widgets.find((each) => each.name === 'file');
            widget.options.values?.push?.(name);
            widget.value = name;
        }""",
        [load, name],
    )
    canvas.link(load, 0, parts, "video")
    return parts


GREY = """() => {
    const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext('2d');
    context.drawImage(shown.session.picture.image, 40, 30, 1, 1, 0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data[0];
}"""


def wait_for_frame(canvas, number):
    canvas.wait("(k) => shown.session?.picture?.clip?.frame === k && !shown.session.waiting", number)
    assert abs(canvas.run(GREY) - 20 * number) <= 6


def test_the_frames_of_a_clip_are_scrubbed_without_a_run(canvas, shown, comfyui):
    parts = load_clip(canvas, clip_file(comfyui, "scrubbed.mp4"))
    node = canvas.brush()
    canvas.link(parts, 0, node, "image")
    shown(96, 64)
    wait_for_frame(canvas, 0)
    assert canvas.run("() => shown.session.picture.clip.frames") == 12
    slider = canvas.element(node, ".flowbrush-clip input")
    slider.wait_for()
    slider.focus()
    for _ in range(3):
        canvas.page.keyboard.press("ArrowRight")
    wait_for_frame(canvas, 3)
    box = slider.bounding_box()
    canvas.page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    wait_for_frame(canvas, 11)
    canvas.stroke(node)
    assert canvas.document(node)["frame"] == 11 and canvas.strokes(node) == 1
    canvas.press("Control+z")
    canvas.press("Control+z")
    canvas.wait("() => shown.session.document.frame < 11")
    wait_for_frame(canvas, canvas.run("() => shown.session.document.frame"))


def test_a_part_of_a_clip_begins_at_its_own_first_frame(canvas, shown, comfyui):
    parts = load_clip(canvas, clip_file(comfyui, "part.mp4"))
    part = canvas.add("ImageFromBatch", (40, 560), batch_index=4, length=1)
    node = canvas.brush()
    canvas.link(parts, 0, part, "image")
    canvas.link(part, 0, node, "image")
    shown(96, 64)
    canvas.wait("() => !shown.session.waiting")
    assert abs(canvas.run(GREY) - 80) <= 6
    assert canvas.run("() => shown.session.picture.clip === undefined")
    canvas.run(
        "(id) => { app.graph.getNodeById(id).widgets.find((each) => each.name === 'length').value = 5; }",
        part,
    )
    canvas.wait("() => shown.session.picture?.clip?.frames === 5")
    slider = canvas.element(node, ".flowbrush-clip input")
    slider.wait_for()
    slider.focus()
    canvas.page.keyboard.press("ArrowRight")
    canvas.wait("() => shown.session.picture.clip.frame === 1")
    assert abs(canvas.run(GREY) - 100) <= 6
