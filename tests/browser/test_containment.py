"""What the artist does in the editor does not reach ComfyUI's canvas, and what is not for the editor does."""

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

SCALE = "() => app.canvas.ds.scale"


def touch(canvas, path):
    """Fingers down at the first places, through the others, and up."""
    client = canvas.page.context.new_cdp_session(canvas.page)
    kinds = ["touchStart"] + ["touchMove"] * (len(path) - 1)
    for kind, points in [*zip(kinds, path, strict=True), ("touchEnd", [])]:
        fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    canvas.page.wait_for_timeout(300)
    client.detach()


def test_the_wheel_zooms_the_canvas_until_the_editor_has_the_focus(canvas):
    node = canvas.brush()
    canvas.leave()
    canvas.page.mouse.move(*canvas.point(node, 0.5, 0.5))
    canvas.page.mouse.wheel(0, -120)
    canvas.page.wait_for_timeout(300)
    zoomed = canvas.run(SCALE)
    assert zoomed > 1.01
    canvas.stroke(node)
    canvas.page.mouse.wheel(0, -120)
    canvas.page.wait_for_timeout(300)
    assert canvas.run(SCALE) == zoomed
    canvas.leave()
    canvas.page.mouse.move(*canvas.point(node, 0.5, 0.5))
    canvas.page.mouse.wheel(0, 120)
    canvas.wait(f"(zoomed) => ({SCALE})() < zoomed", zoomed)


def test_keys_of_the_canvas_do_nothing_to_the_node_while_the_editor_has_the_focus(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    sidebar = "() => !!app.extensionManager.sidebarTab?.activeSidebarTab"
    before = canvas.run(sidebar)
    for key in ("Delete", "Backspace", "Escape", "q", "w", "n", "m", "r", "p", ".", "Control+a", "Control+x"):
        canvas.page.keyboard.press(key)
    canvas.page.wait_for_timeout(400)
    state = canvas.run(
        "(id) => [app.graph.nodes.length, app.graph.getNodeById(id).mode, !!app.graph.getNodeById(id).flags.collapsed]",
        node,
    )
    assert state == [1, 0, False]
    assert canvas.run(sidebar) == before


def test_ctrl_enter_queues_from_inside_the_editor(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    canvas.run("() => { window.queued = 0; app.api.addEventListener('promptQueueing', () => queued++); }")
    with canvas.page.expect_request("**/prompt", timeout=10_000):
        canvas.page.keyboard.press("Control+Enter")
    canvas.page.wait_for_timeout(500)
    assert canvas.strokes(node) == 1


def test_copy_and_paste_in_the_editor_make_no_nodes(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    canvas.run("(id) => app.canvas.selectNode(app.graph.getNodeById(id))", node)
    canvas.press("Control+c")
    canvas.press("Control+v")
    assert canvas.run("() => app.graph.nodes.length") == 1


def test_a_right_click_and_a_double_click_open_nothing_of_the_canvas(canvas):
    node = canvas.brush()
    x, y = canvas.point(node, 0.5, 0.5)
    canvas.page.mouse.click(x, y, button="right")
    canvas.page.mouse.dblclick(x, y)
    canvas.page.wait_for_timeout(400)
    assert canvas.page.locator(".litecontextmenu, .comfy-vue-side-bar-search, .node-search-box").count() == 0
    assert canvas.run("() => app.graph.nodes.length") == 1


def test_touch_paints_and_does_not_pan_the_canvas(canvas):
    node = canvas.brush()
    canvas.stroke(node, (0.2, 0.2), (0.3, 0.2))
    before = canvas.run("() => [[...app.canvas.ds.offset], app.canvas.ds.scale]")
    path = [canvas.point(node, 0.3 + 0.04 * step, 0.5) for step in range(8)]
    touch(canvas, [[at] for at in path])
    assert canvas.strokes(node) == 2
    assert canvas.run("() => [[...app.canvas.ds.offset], app.canvas.ds.scale]") == before


def test_two_fingers_pinch_the_picture_and_not_the_canvas(canvas):
    node = canvas.brush()
    before = canvas.run("() => [[...app.canvas.ds.offset], app.canvas.ds.scale]")
    spread = [
        [canvas.point(node, 0.45 - d, 0.5), canvas.point(node, 0.55 + d, 0.5)] for d in (0, 0.05, 0.1, 0.15)
    ]
    touch(canvas, spread)
    assert canvas.run("() => [[...app.canvas.ds.offset], app.canvas.ds.scale]") == before
    assert canvas.text(node) == ""
    # ComfyUI counts fingers, and takes no mouse while one is down.
    box = canvas.run("(id) => [...app.graph.getNodeById(id).boundingRect]", node)
    canvas.page.mouse.click(box[0] + 100 + 200, box[1] + 60 + 12)
    canvas.wait("(id) => !!app.canvas.selected_nodes[id]", node)


def test_a_link_can_be_dragged_across_the_editor(canvas):
    """From an output on one side to the input on the other: the editor lies between them."""
    node = canvas.brush((200, 40))
    other = canvas.add("FlowbrushPreviewMotion", (900, 400))
    start, end = canvas.run(
        """([from, to]) => {
            const place = (pos) => app.canvas.ds.convertOffsetToCanvas(pos);
            const [a, b] = [app.graph.getNodeById(from), app.graph.getNodeById(to)];
            return [place(a.getOutputPos(0)), place(b.getInputPos(b.inputs.findIndex((each) => each.name === 'motion')))];
        }""",
        [node, other],
    )
    offset = canvas.run(
        "() => { const box = app.canvas.canvas.getBoundingClientRect(); return [box.x, box.y]; }"
    )
    at = [(x + offset[0], y + offset[1]) for x, y in (start, end)]
    canvas.page.mouse.move(*at[0])
    canvas.page.mouse.down()
    canvas.page.mouse.move(*canvas.point(node, 0.5, 0.5), steps=8)
    canvas.page.mouse.move(*at[1], steps=12)
    canvas.page.wait_for_timeout(150)
    canvas.page.mouse.up()
    canvas.wait(
        "(id) => app.graph.getNodeById(id).inputs.find((each) => each.name === 'motion').link != null", other
    )
    assert canvas.text(node) == ""


def test_no_tooltip_of_the_input_lies_over_the_picture(canvas):
    node = canvas.brush()
    canvas.page.mouse.move(*canvas.point(node, 0.4, 0.5))
    canvas.page.mouse.move(*canvas.point(node, 0.5, 0.5), steps=4)
    canvas.page.wait_for_timeout(1600)
    assert canvas.page.get_by_text("The motion document (JSON)").count() == 0
    assert (
        canvas.run("(id) => app.graph.getNodeById(id).widgets[0].element.getAttribute('title')", node) == ""
    )
