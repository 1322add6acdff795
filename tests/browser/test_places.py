"""The editor in the places that ComfyUI gives it: beside the properties panel, in a small node, in App mode."""

import re

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

PICTURE = 80  # px of height that the picture must have at least


def toggle_panel(canvas):
    canvas.page.get_by_label(re.compile("properties panel", re.I)).first.click()
    canvas.page.wait_for_timeout(500)


def test_the_properties_panel_leaves_the_editor_as_wide_as_it_was(canvas):
    node = canvas.brush()
    width = canvas.stage(node)["width"]
    canvas.run("(id) => app.canvas.selectNode(app.graph.getNodeById(id))", node)
    toggle_panel(canvas)
    # The panel shows the length, and neither the editor nor a blank of its height.
    canvas.page.get_by_text("Parameters", exact=True).wait_for()
    panel = canvas.page.get_by_test_id("properties-panel")
    assert panel.get_by_text("length", exact=True).count() >= 1
    assert panel.get_by_text("Motion painting", exact=True).count() == 0
    assert canvas.stage(node)["width"] == pytest.approx(width, abs=1)
    toggle_panel(canvas)
    assert canvas.stage(node)["width"] == pytest.approx(width, abs=1)


def test_a_node_that_is_made_small_keeps_a_picture(canvas):
    node = canvas.brush()
    canvas.run(
        "(id) => { app.graph.getNodeById(id).setSize([330, 100]); app.canvas.setDirty(true, true); }", node
    )
    canvas.page.wait_for_timeout(500)
    assert canvas.stage(node)["height"] >= PICTURE


@pytest.fixture
def app_mode(canvas):
    """The workflow as an app, whose only control is the editor of a Motion Brush; its id."""
    node = canvas.brush()
    shown = canvas.add("FlowbrushPreviewMotion", (940, 40))
    canvas.link(node, 0, shown, "motion")
    canvas.run(
        """async ([id, shown]) => {
            const workflow = JSON.parse(JSON.stringify(app.graph.serialize()));
            workflow.extra = {linearMode: true, linearData: {inputs: [[id, 'document']], outputs: [shown]}};
            await app.loadGraphData(workflow, true, true, 'as an app', {openSource: 'template'});
        }""",
        [node, shown],
    )
    yield node
    canvas.run("() => app.extensionManager.command.execute('Comfy.ToggleLinear')")


def test_app_mode_shows_the_picture_under_a_label_that_artists_understand(canvas, app_mode):
    controls = canvas.page.get_by_test_id("linear-widgets")
    controls.get_by_text("Motion painting", exact=True).wait_for()
    assert controls.get_by_text("document", exact=True).count() == 0
    canvas.wait(
        "() => document.querySelector('[data-testid=linear-widgets] .flowbrush-stage')?.offsetHeight > 0"
    )
    assert canvas.stage(app_mode)["height"] >= 2 * PICTURE
