"""The life of the editor's widget in a real canvas: it stores, follows ComfyUI's undo, and leaves nothing behind."""

import json
import math

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

PAINTED = json.dumps(
    {
        "flowbrush": "motion",
        "version": 1,
        "layers": [{"name": "Sky", "region": {"everything": True}, "motion": {"horizontal": 0.25}}],
    }
)
NEWER = '{"flowbrush": "motion", "version": 99, "layers": [], "unheard": true}'
WAIT = 3500  # ms; an editor whose node went is kept for three seconds, in case it comes back


def saved(canvas):
    return canvas.run("() => JSON.parse(JSON.stringify(app.graph.serialize()))")


def load(canvas, workflow):
    canvas.run("async (workflow) => { await app.loadGraphData(workflow); }", workflow)


def test_the_editor_appears_in_the_node_and_leaves_its_size_to_the_artist(canvas):
    node = canvas.brush()
    box = canvas.stage(node)
    assert box["width"] > 300 and box["height"] > 300
    size = canvas.run("(id) => [...app.graph.getNodeById(id).size]", node)
    assert size == [480, 700]
    canvas.run(
        "(id) => { app.graph.getNodeById(id).setSize([620, 560]); app.canvas.setDirty(true, true); }", node
    )
    canvas.wait(
        """([id, width, height]) => {
            const stage = app.graph.getNodeById(id).widgets[0].element.querySelector('.flowbrush-stage');
            const box = stage.getBoundingClientRect();
            return box.width > width + 100 && box.height < height - 100;
        }""",
        [node, box["width"], box["height"]],
    )


def test_a_stroke_is_stored_saved_loaded_and_queued(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    text = canvas.text(node)
    assert canvas.strokes(node) == 1
    workflow = saved(canvas)
    assert workflow["nodes"][0]["widgets_values"] == [text, 17]
    prompt = canvas.run("async () => (await app.graphToPrompt()).output")
    assert prompt[str(node)]["inputs"]["document"] == text
    canvas.clear()
    load(canvas, workflow)
    canvas.wait_for_editor(node)
    assert canvas.text(node) == text
    assert canvas.element(node, ".flowbrush-chips, .flowbrush-layers").first.is_visible()


def test_a_stroke_marks_the_workflow_as_changed(canvas):
    node = canvas.brush()
    tracker = "app.extensionManager.workflow.activeWorkflow.changeTracker"
    before = canvas.run(f"() => {tracker}.undoQueue.length")
    canvas.stroke(node)
    assert canvas.run("() => app.extensionManager.workflow.activeWorkflow.isModified")
    assert canvas.run(f"() => {tracker}.undoQueue.length") == before + 1
    assert canvas.strokes(node) == 1


def test_painting_does_not_move_the_node(canvas):
    node = canvas.brush()
    before = canvas.run("(id) => [[...app.graph.getNodeById(id).pos], [...app.canvas.ds.offset]]", node)
    canvas.stroke(node, (0.2, 0.2), (0.8, 0.7))
    assert (
        canvas.run("(id) => [[...app.graph.getNodeById(id).pos], [...app.canvas.ds.offset]]", node) == before
    )


def test_two_editors_in_one_graph_are_independent(canvas):
    first, second = canvas.brush((40, 40)), canvas.brush((580, 40))
    canvas.stroke(first)
    assert (canvas.strokes(first), canvas.strokes(second)) == (1, 0)
    canvas.stroke(second)
    canvas.stroke(second, (0.2, 0.7), (0.6, 0.7))
    assert (canvas.strokes(first), canvas.strokes(second)) == (1, 2)
    canvas.press("Control+z")
    assert (canvas.strokes(first), canvas.strokes(second)) == (1, 1)


def test_comfyui_undoes_and_redoes_strokes_exactly(canvas):
    node = canvas.brush()
    texts = [canvas.text(node)]
    for height in (0.3, 0.5, 0.7):
        canvas.stroke(node, (0.3, height), (0.7, height))
        texts.append(canvas.text(node))
    canvas.leave()
    for text in texts[-2::-1]:
        canvas.press("Control+z")
        assert canvas.text(node) == text
    for text in texts[1:]:
        canvas.press("Control+y")
        assert canvas.text(node) == text


def test_the_editors_own_history_survives_comfyuis_undo(canvas):
    node = canvas.brush()
    canvas.stroke(node, (0.3, 0.3), (0.7, 0.3))
    one = canvas.text(node)
    canvas.stroke(node, (0.3, 0.6), (0.7, 0.6))
    two = canvas.text(node)
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait_for_editor(node)
    assert canvas.text(node) == one
    canvas.element(node, ".flowbrush-stage").focus()
    canvas.press("Control+Shift+z")
    assert canvas.text(node) == two
    canvas.press("Control+z")
    canvas.press("Control+z")
    assert canvas.text(node) == ""


def test_the_editors_undo_is_not_comfyuis(canvas):
    node = canvas.brush()
    canvas.run("(id) => { window.sameNode = app.graph.getNodeById(id); }", node)
    canvas.stroke(node)
    canvas.press("Control+z")
    assert canvas.text(node) == ""
    assert canvas.run("(id) => app.graph.getNodeById(id) === window.sameNode", node)
    canvas.press("Control+z")
    assert canvas.run("(id) => app.graph.getNodeById(id) === window.sameNode", node)


def test_a_copied_node_keeps_the_document_and_is_its_own(canvas):
    node = canvas.brush((40, 40))
    canvas.stroke(node)
    text = canvas.text(node)
    copy = canvas.run(
        """(id) => {
            app.canvas.selectNode(app.graph.getNodeById(id));
            app.canvas.copyToClipboard();
            app.canvas.graph_mouse = [600, 40];
            app.canvas.pasteFromClipboard({position: [580, 40]});
            return app.graph.nodes.at(-1).id;
        }""",
        node,
    )
    canvas.wait_for_editor(copy)
    assert copy != node and canvas.text(copy) == text
    canvas.stroke(copy, (0.3, 0.7), (0.7, 0.7))
    assert canvas.text(node) == text and canvas.strokes(copy) == 2


def test_a_subgraph_keeps_the_document_and_so_does_unpacking_it(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    text = canvas.text(node)
    outer = canvas.run(
        """(id) => {
            const node = app.graph.getNodeById(id);
            app.canvas.deselectAll();
            app.canvas.selectNode(node);
            return app.graph.convertToSubgraph(app.canvas.selectedItems).node.id;
        }""",
        node,
    )
    inner = canvas.run(
        """async (id) => {
            const outer = app.graph.getNodeById(id);
            app.canvas.openSubgraph(outer.subgraph, outer);
            return outer.subgraph.nodes[0].id;
        }""",
        outer,
    )
    canvas.wait_for_editor(inner)
    assert canvas.text(inner) == text
    canvas.stroke(inner, (0.3, 0.7), (0.7, 0.7))
    text = canvas.text(inner)
    assert canvas.strokes(inner) == 2
    prompt = canvas.run("async () => Object.values((await app.graphToPrompt()).output)")
    assert [each["inputs"]["document"] for each in prompt] == [text]
    workflow = saved(canvas)
    load(canvas, workflow)
    assert json.dumps(text) in json.dumps(saved(canvas))
    unpacked = canvas.run(
        """(id) => {
            app.canvas.setGraph(app.graph);
            app.graph.unpackSubgraph(app.graph.getNodeById(id));
            return app.graph.nodes.find((node) => node.type === 'FlowbrushMotionBrush').id;
        }""",
        outer,
    )
    canvas.wait_for_editor(unpacked)
    assert canvas.text(unpacked) == text


@pytest.mark.parametrize(
    "text", ['{"flowbrush": "motion", "layers": [', NEWER, '{"layers": [{"motion": 7}]}']
)
def test_a_document_that_cannot_be_read_is_shown_and_kept(canvas, text):
    node = canvas.brush(text=text)
    canvas.element(node, ".flowbrush-problem").wait_for(state="visible")
    assert len(canvas.element(node, ".flowbrush-problem").inner_text()) > 40
    canvas.stroke(node)
    canvas.press("n")
    assert canvas.text(node) == text
    workflow = saved(canvas)
    assert workflow["nodes"][0]["widgets_values"][0] == text
    canvas.element(node, ".flowbrush-problem button").last.click()
    canvas.wait("(id) => app.graph.getNodeById(id).widgets[0].value === ''", node)
    canvas.stroke(node)
    assert canvas.strokes(node) == 1


def test_an_older_document_opens_and_is_not_rewritten_until_it_is_edited(canvas):
    node = canvas.brush(text=PAINTED)
    assert canvas.text(node) == PAINTED
    canvas.stroke(node)
    assert canvas.document(node)["version"] == 2
    canvas.press("Control+z")
    assert canvas.text(node) == PAINTED


def test_a_linked_document_is_read_only_and_a_note_says_so(canvas, tmp_path):
    node = canvas.brush(text=PAINTED)
    source = canvas.add("PrimitiveStringMultiline", (20, 40))
    canvas.link(source, 0, node, "document")
    stage = canvas.element(node, ".flowbrush-stage")
    inert = "app.graph.getNodeById(id).widgets[0].element.querySelector('.flowbrush-editor')?.inert"
    canvas.wait(f"(id) => {inert} === true", node)
    canvas.settle()
    if stage.is_visible():  # the classic canvas hides the widget and the node's face says why
        assert canvas.element(node, ".flowbrush-linked").is_visible()
    canvas.run("(id) => app.graph.getNodeById(id).disconnectInput('document')", node)
    canvas.wait(f"(id) => {inert} === false", node)
    canvas.wait_for_editor(node)
    canvas.stroke(node)
    assert canvas.strokes(node) == 1


@pytest.mark.parametrize("go", ["remove", "clear", "switch"])
def test_removing_a_node_that_plays_leaves_nothing(canvas, go):
    canvas.page.wait_for_timeout(WAIT)
    held = canvas.run(
        "() => ({listeners: counts.listeners, open: counts.contexts.filter((c) => !c.isContextLost()).length})"
    )
    node = canvas.brush(text=PAINTED)
    canvas.element(node, ".flowbrush-stage").focus()
    canvas.press(" ")
    canvas.wait("(before) => counts.listeners > before", held["listeners"])
    if go == "remove":
        canvas.run("(id) => app.graph.remove(app.graph.getNodeById(id))", node)
    elif go == "clear":
        canvas.run("() => app.graph.clear()")
    else:
        canvas.clear()
    canvas.wait(
        """({ listeners, open }) => counts.listeners === listeners
            && counts.contexts.filter((context) => !context.isContextLost()).length === open""",
        held,
    )
    assert canvas.page.locator(".flowbrush-editor").count() == 0


@pytest.mark.parametrize("scale", [0.5, 1, 1.5])
def test_strokes_land_under_the_pointer_at_any_zoom(canvas, scale):
    node = canvas.brush((60, 20))
    canvas.run(
        "(scale) => { app.canvas.ds.scale = scale; app.canvas.ds.offset = [60, 30]; app.canvas.setDirty(true, true); }",
        scale,
    )
    canvas.page.wait_for_timeout(600)
    shares = [(0.5, 0.5), (0.4, 0.45), (0.62, 0.58)]
    at = [canvas.point(node, *share) for share in shares]
    for x, y in at:
        canvas.page.mouse.move(x, y)
        canvas.page.mouse.down()
        canvas.page.mouse.up()
        canvas.page.wait_for_timeout(150)
    strokes = canvas.document(node)["layers"][0]["region"]["strokes"]
    points = [stroke["points"][0][:2] for stroke in strokes]
    # The empty picture is square and in the middle of the stage; the first two points tell its size on the screen.
    side = math.dist(at[0], at[1]) / math.dist(points[0], points[1])
    assert side > 150 * scale
    for (x, y), (px, py) in zip(at, points, strict=True):
        assert abs(at[0][0] + (px - 0.5) * side - x) < 1
        assert abs(at[0][1] + (py - 0.5) * side - y) < 1


def test_collapsed_and_far_zoomed_nodes_are_quiet(canvas):
    node = canvas.brush(text=PAINTED)
    canvas.run("(id) => { app.graph.getNodeById(id).collapse(); app.canvas.setDirty(true, true); }", node)
    canvas.element(node, ".flowbrush-stage").wait_for(state="hidden")
    canvas.run(
        "(id) => { app.graph.getNodeById(id).collapse(); app.canvas.ds.scale = 0.1; app.canvas.setDirty(true, true); }",
        node,
    )
    canvas.page.wait_for_timeout(600)
    canvas.run("() => { app.canvas.ds.scale = 1; app.canvas.setDirty(true, true); }")
    canvas.wait_for_editor(node)
    canvas.stroke(node)
    assert canvas.strokes(node) == 1
    assert canvas.document(node)["layers"][0]["name"] == "Sky"
