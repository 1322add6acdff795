"""What artists share keeps the document exactly: an exported PNG that is dropped on the canvas, and a template."""

import base64
import io
import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..comfyui.server import ROOT

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

TEXT = """{
  "flowbrush": "motion", "version": 2,
  "layers": [
    {"name": "Дым ☁ \\"thin\\"", "strength": 0.5, "region": {"strokes": [{"points": [[0.25, 0.3, 0.7], [0.4, 0.5]], "radius": 0.08}]},
     "motion": {"horizontal": 0.125, "loop": "pingpong"}}
  ]
}"""


def exported(workflow: dict) -> bytes:
    """A PNG with the workflow in it, as Save Image writes it."""
    about = PngInfo()
    about.add_text("workflow", json.dumps(workflow))
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG", pnginfo=about)
    return file.getvalue()


def brush_in(canvas) -> int:
    """The id of the only Motion Brush of the graph."""
    canvas.wait("() => app.graph.nodes.some((node) => node.type === 'FlowbrushMotionBrush')")
    return canvas.run("() => app.graph.nodes.find((node) => node.type === 'FlowbrushMotionBrush').id")


def test_a_dropped_png_brings_the_document_back(canvas):
    canvas.brush(text=TEXT)
    workflow = canvas.run("() => JSON.parse(JSON.stringify(app.graph.serialize()))")
    picture = base64.b64encode(exported(workflow)).decode()
    canvas.clear()
    canvas.run(
        """(base64) => {
            const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], 'shared.png', {type: 'image/png'}));
            const {canvas} = app.canvas, {left, top} = canvas.getBoundingClientRect();
            for (const kind of ['dragover', 'drop'])
                canvas.dispatchEvent(new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true,
                    clientX: left + 700, clientY: top + 800}));
        }""",
        picture,
    )
    node = brush_in(canvas)
    assert canvas.text(node) == TEXT
    canvas.wait_for_editor(node)
    canvas.page.wait_for_timeout(300)
    assert canvas.text(node) == TEXT, "an editor that opens writes nothing"


def test_the_template_opens_with_its_document(canvas, comfyui):
    (pack,) = [name for name, names in comfyui.get("/workflow_templates").items() if "motion_brush" in names]
    canvas.run(
        """async (pack) => {
            const answer = await fetch(`/api/workflow_templates/${pack}/motion_brush.json`);
            await app.loadGraphData(await answer.json(), true, true, 'motion_brush');
        }""",
        pack,
    )
    stored = json.loads((ROOT / "workflows" / "motion_brush.json").read_text(encoding="utf-8"))
    (brush,) = [node for node in stored["nodes"] if node["type"] == "FlowbrushMotionBrush"]
    node = brush_in(canvas)
    canvas.wait_for_editor(node)
    assert canvas.text(node) == brush["widgets_values"][0]
    assert len(canvas.document(node)["layers"]) == 3
