"""A refused or failed run: the reason is read in the editor and on the node, in a sentence."""

import json

import pytest

from .test_widget import PAINTED

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

MASKED = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [{"name": "Sky", "region": {"mask": 2}, "motion": {"horizontal": 0.25}}],
    }
)
# What is written below a node: an element of Nodes 2.0, or the texts that the classic canvas draws.
NOTE = """(id) => {
    const element = document.querySelector(`[data-node-id="${id}"] > .flowbrush-note`);
    if (element) return element.textContent;
    const { prototype } = CanvasRenderingContext2D, { fillText } = prototype, said = [];
    prototype.fillText = function (text, ...rest) { said.push(text); return fillText.call(this, text, ...rest); };
    try {
        app.graph.getNodeById(id).onDrawForeground?.(app.canvas.ctx, app.canvas);
    } finally { prototype.fillText = fillText; }
    return said.join(' ');
}"""
STATUS = "() => document.querySelector('.flowbrush-status').textContent"


def queue(canvas):
    canvas.run("() => app.extensionManager.command.execute('Comfy.QueuePrompt')")


def close_messages(canvas):
    """Close what ComfyUI itself says of the error."""
    canvas.press("Escape")
    canvas.run("() => { for (const dialog of document.querySelectorAll('dialog')) dialog.close(); }")


def test_an_error_of_the_node_is_read_in_the_editor_and_on_the_node(canvas, tmp_path):
    brush = canvas.brush(text=MASKED)
    shown = canvas.add("FlowbrushPreviewMotion", (940, 40))
    canvas.link(brush, 0, shown, "motion")
    queue(canvas)
    canvas.wait(f"() => ({STATUS})().includes('mask')", seconds=60)
    canvas.wait(f"(id) => ({NOTE})(id).includes('mask 2')", brush)
    sentence = canvas.run(NOTE, brush)
    assert sentence in canvas.run(STATUS)
    assert "error" in canvas.element(brush, ".flowbrush-status").get_attribute("data-kind")
    close_messages(canvas)
    canvas.shot(tmp_path / "failed.png")
    canvas.run("([id, text]) => { app.graph.getNodeById(id).widgets[0].value = text; }", [brush, PAINTED])
    queue(canvas)
    canvas.wait(f"(id) => ({NOTE})(id) === ''", brush, seconds=60)
    canvas.wait(f"() => !({STATUS})().includes('mask')", seconds=60)


def test_a_refused_graph_says_which_input_of_which_node_is_missing(canvas):
    brush = canvas.brush(text=PAINTED)
    shown = canvas.add("FlowbrushWarpImage", (940, 40))
    saved = canvas.add("PreviewImage", (940, 440))
    canvas.link(brush, 0, shown, "motion")
    canvas.link(shown, 0, saved, "images")
    queue(canvas)
    canvas.wait(f"() => ({STATUS})().includes('“image” needs a link')", seconds=60)
    assert "Warp Image: “image” needs a link." in canvas.run(STATUS)
    canvas.wait(f"(id) => ({NOTE})(id) === '“image” needs a link.'", shown)
    assert canvas.run(NOTE, brush) == ""
    close_messages(canvas)


def test_a_pack_that_could_not_start_says_which_package_is_missing(canvas):
    log = "[ERROR] Flowbrush did not start: the package 'einops' is missing. Install what it lists.\nmore"
    canvas.page.route("**/internal/logs", lambda route: route.fulfill(json=log))
    canvas.run(
        """async () => {
            const { showImportProblem } = await import('/extensions/flowbrush/editor/comfyui/import_problem.mjs');
            await showImportProblem(app, app.api);
        }"""
    )
    canvas.page.unroute("**/internal/logs")
    canvas.page.get_by_text("the package 'einops' is missing. Install what it lists.", exact=True).wait_for()
    canvas.run("() => app.extensionManager.toast.removeAll()")
