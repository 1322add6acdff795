"""The editor moves over the whole window and back into its node."""

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]


def enlarge(canvas, node):
    canvas.element(node, 'button[aria-label^="Enlarge"]').click()
    canvas.page.locator(".flowbrush-overlay .flowbrush-stage").wait_for(state="visible")
    canvas.page.wait_for_timeout(400)


def paint(canvas):
    box = canvas.page.locator(".flowbrush-overlay .flowbrush-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    canvas.page.mouse.move(x - 60, y)
    canvas.page.mouse.down()
    canvas.page.mouse.move(x + 60, y + 20, steps=5)
    canvas.page.mouse.up()
    canvas.page.wait_for_timeout(200)


def test_the_same_editor_moves_to_the_window_and_back(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    canvas.run("() => { window.editorElement = document.querySelector('.flowbrush-editor'); }")
    enlarge(canvas, node)
    box = canvas.page.locator(".flowbrush-overlay .flowbrush-editor").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1600, 1000)
    paint(canvas)
    assert canvas.strokes(node) == 2
    canvas.press("Control+z")
    assert canvas.strokes(node) == 1
    canvas.press("Escape")
    canvas.wait_for_editor(node)
    assert canvas.page.locator("dialog.flowbrush-overlay").count() == 0
    assert canvas.run("() => document.querySelector('.flowbrush-editor') === window.editorElement")
    assert canvas.run("() => app.graph.nodes.length") == 1
    canvas.stroke(node, (0.3, 0.7), (0.6, 0.7))
    assert canvas.strokes(node) == 2


def test_the_button_brings_the_editor_back(canvas):
    node = canvas.brush()
    enlarge(canvas, node)
    canvas.page.locator('.flowbrush-overlay button[aria-label^="Back into the node"]').click()
    canvas.wait_for_editor(node)


def test_what_is_painted_large_is_one_step_of_comfyuis_undo(canvas):
    node = canvas.brush()
    enlarge(canvas, node)
    paint(canvas)
    text = canvas.text(node)
    canvas.press("Escape")
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait_for_editor(node)
    assert canvas.text(node) == ""
    canvas.press("Control+y")
    assert canvas.text(node) == text


def test_removing_the_node_closes_the_window(canvas):
    node = canvas.brush()
    enlarge(canvas, node)
    canvas.run("(id) => app.graph.remove(app.graph.getNodeById(id))", node)
    canvas.page.locator("dialog.flowbrush-overlay").wait_for(state="detached")


def test_escape_ends_what_is_being_drawn_before_it_closes_the_window(canvas):
    node = canvas.brush()
    enlarge(canvas, node)
    canvas.page.keyboard.press("p")
    box = canvas.page.locator(".flowbrush-overlay .flowbrush-stage").bounding_box()
    canvas.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    canvas.page.mouse.click(box["x"] + box["width"] / 2 + 80, box["y"] + box["height"] / 2)
    canvas.press("Escape")
    assert canvas.page.locator("dialog.flowbrush-overlay").count() == 1
    canvas.press("Escape")
    assert canvas.page.locator("dialog.flowbrush-overlay").count() == 0
