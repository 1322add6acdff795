"""Selection, pins, keys and presets of the editor inside ComfyUI's page, which has keys, menus and a clipboard of its own."""

import pytest

from .panels import layer, written

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

ARROW = {"paths": [{"points": [[0.3, 0.3], [0.4, 0.3]]}]}
TWO = written(layer("left", at=(0.3, 0.3), motion=ARROW), layer("right", at=(0.7, 0.7)))
# The window position of a place of the picture, on an editor that the canvas may have scaled.
PLACE = """([id, at]) => {
    const { element, view } = app.graph.getNodeById(id).widgets[0].flowbrush.editor.editor.stage;
    const box = element.getBoundingClientRect();
    const [x, y] = view.toStage(at);
    return [box.left + x * box.width / view.width, box.top + y * box.height / view.height];
}"""
SESSION = "app.graph.getNodeById(id).widgets[0].flowbrush.editor.session"
SEVERAL = f"(id) => {SESSION}.several"
DRAWN = "(id) => app.graph.getNodeById(id).widgets[0].flowbrush.editor.editor.stage.regions.layer(0)?.box"


@pytest.fixture
def node(canvas):
    """A Motion Brush with two layers that are drawn, whose stage has the focus; its id."""
    made = canvas.brush(text=TWO)
    canvas.element(made, ".flowbrush-stage").focus()
    canvas.page.mouse.move(*canvas.run(PLACE, [made, [0.5, 0.9]]))
    canvas.wait(DRAWN, made)
    return made


def drag(canvas, node, start, end):
    mouse = canvas.page.mouse
    mouse.move(*canvas.run(PLACE, [node, list(start)]))
    mouse.down()
    mouse.move(*canvas.run(PLACE, [node, list(end)]), steps=6)
    mouse.up()
    canvas.settle()


def dabs(canvas, node):
    layers = canvas.document(node)["layers"]
    return [tuple(each["region"]["strokes"][0]["points"][0][:2]) for each in layers]


def test_a_frame_selects_two_layers_that_are_aligned_nudged_and_copied_to_another_editor(
    canvas, node, tmp_path
):
    canvas.press("v")
    drag(canvas, node, (0.08, 0.08), (0.95, 0.95))
    assert canvas.run(SEVERAL, node) == 2
    canvas.shot(tmp_path / "group.png")
    nodes = canvas.run("() => app.graph.nodes.length")
    canvas.element(node, "[aria-label='Align top edges']").click()
    canvas.settle()
    (_, first), (_, second) = dabs(canvas, node)
    assert first == pytest.approx(0.3) and second == pytest.approx(0.3)
    canvas.press("Shift+ArrowDown")
    (_, first), (_, second) = dabs(canvas, node)
    assert first == second > 0.3
    canvas.press("Control+c")
    other = canvas.brush(at=(940, 40))
    canvas.element(other, ".flowbrush-stage").focus()
    canvas.press("Control+v")
    canvas.wait(f"(id) => {SESSION}.document.layers.length === 2", other)
    assert [each["name"] for each in canvas.document(other)["layers"]] == ["left", "right"]
    assert canvas.run("() => app.graph.nodes.length") == nodes + 1, "ComfyUI copies no node"
    canvas.press("Control+z")
    assert canvas.document(other).get("layers", []) == []
    assert canvas.run("() => app.graph.nodes.length") == nodes + 1, "ComfyUI undoes nothing"


def test_select_all_and_delete_reach_the_layers_alone(canvas, node):
    canvas.press("v")
    canvas.press("Control+a")
    assert canvas.run(SEVERAL, node) == 2
    canvas.press("Delete")
    assert canvas.document(node).get("layers", []) == []
    assert canvas.run("(id) => !!app.graph.getNodeById(id)", node)
    canvas.press("Control+z")
    assert dabs(canvas, node) == [(0.3, 0.3), (0.7, 0.7)]


def test_a_pin_holds_is_pulled_and_nudged(canvas, node, tmp_path):
    canvas.run(f"(id) => {SESSION}.select({{ layer: 0 }})", node)
    canvas.press("i")
    canvas.page.mouse.click(*canvas.run(PLACE, [node, [0.27, 0.3]]))
    drag(canvas, node, (0.34, 0.3), (0.44, 0.2))
    held, pulled = canvas.document(node)["layers"][0]["motion"]["pins"]
    assert held["at"] == pytest.approx([0.27, 0.3], abs=0.01)
    assert pulled["move"] == pytest.approx([0.1, -0.1], abs=0.01)
    canvas.shot(tmp_path / "pins.png")
    canvas.press("ArrowRight")
    assert canvas.document(node)["layers"][0]["motion"]["pins"][1]["move"][0] > pulled["move"][0]


def test_the_cross_paints_an_arrow_by_keys(canvas, node):
    canvas.run(f"(id) => {SESSION}.select({{ layer: 1 }})", node)
    canvas.press("a")
    canvas.page.mouse.move(5, 500)
    canvas.press("Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "Enter", "Shift+ArrowRight", "Enter", "Escape"):
        canvas.page.keyboard.press(key)
    canvas.wait(
        f"(id) => {SESSION}.document.layers.some(({{ motion }}, at) => at && motion.paths.length)", node
    )
    canvas.settle()
    (path,) = canvas.document(node)["layers"][1]["motion"]["paths"]
    (x, y), (to_x, to_y) = path["points"]
    assert to_x - x == pytest.approx(0.1, abs=0.02) and to_y == pytest.approx(y, abs=1e-3)


def test_the_presets_fit_into_a_narrow_node(canvas, tmp_path):
    narrow = canvas.brush(text=TWO)
    canvas.run("(id) => app.graph.getNodeById(id).setSize([330, 520])", narrow)
    canvas.page.wait_for_timeout(400)
    canvas.element(narrow, "[aria-label=More]").first.click()
    canvas.element(narrow, "[role=menuitem]").filter(has_text="Presets…").click()
    canvas.element(narrow, ".flowbrush-preset").nth(19).wait_for()
    canvas.page.wait_for_timeout(500)
    canvas.shot(tmp_path / "presets.png")
    editor = canvas.element(narrow, ".flowbrush-editor").bounding_box()
    for preset in canvas.element(narrow, ".flowbrush-preset").all()[:6]:
        box = preset.bounding_box()
        assert box["x"] >= editor["x"] and box["x"] + box["width"] <= editor["x"] + editor["width"]
        assert preset.evaluate("(each) => each.scrollWidth <= each.clientWidth"), "its name is not cut off"
