"""The editor on the node of a subgraph, where the artist has promoted it: it paints there, and is stored there."""

import pytest

from .conftest import SPY
from .test_widget import PAINTED, load, saved

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

# Puts a node into a subgraph and promotes its document; the ids of the subgraph's node and of the node inside.
PROMOTE = """(id) => {
    app.canvas.deselectAll();
    app.canvas.selectNode(app.graph.getNodeById(id));
    const outer = app.graph.convertToSubgraph(app.canvas.selectedItems).node;
    const inner = outer.subgraph.nodes.find((node) => node.type === 'FlowbrushMotionBrush');
    const input = inner.inputs.find((each) => each.name === 'document');
    outer.subgraph.addInput('document', 'STRING').connect(input, inner);
    outer.pos = [420, 40];
    app.canvas.setDirty(true, true);
    return [outer.id, inner.id];
}"""


@pytest.fixture
def promoted(canvas):
    """An example picture and a Motion Brush in a subgraph, whose editor is promoted; the ids of both nodes."""
    canvas.run(SPY)
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    node = canvas.brush(text=PAINTED)
    canvas.link(example, 0, node, "image")
    canvas.wait("() => shown.session?.picture?.width === 320")
    canvas.run("() => { shown.session = null; }")
    outer, inner = canvas.run(PROMOTE, node)
    canvas.wait_for_editor(outer)
    return outer, inner


def test_a_promoted_editor_shows_the_picture_and_paints_on_the_subgraphs_node(canvas, promoted, tmp_path):
    outer, _ = promoted
    canvas.wait("() => shown.session?.picture?.width === 320")
    canvas.stroke(outer)
    assert canvas.document(outer)["layers"][0]["name"] == "Sky"
    assert canvas.strokes(outer) == 1
    text = canvas.text(outer)
    prompt = canvas.run("async () => (await app.graphToPrompt()).output")
    assert [each["inputs"]["document"] for each in prompt.values() if "document" in each["inputs"]] == [text]
    canvas.press("Control+z")
    assert canvas.text(outer) == PAINTED
    canvas.press("Control+Shift+z")
    workflow = saved(canvas)
    canvas.clear()
    load(canvas, workflow)
    canvas.wait_for_editor(outer)
    assert canvas.text(outer) == text
    canvas.stroke(outer, (0.3, 0.7), (0.7, 0.7))
    assert canvas.strokes(outer) == 2
    canvas.shot(tmp_path / "promoted.png")


def test_comfyuis_undo_keeps_the_promoted_editor(canvas, promoted):
    outer, _ = promoted
    canvas.stroke(outer)
    text = canvas.text(outer)
    canvas.stroke(outer, (0.3, 0.7), (0.7, 0.7))
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait_for_editor(outer)
    assert canvas.text(outer) == text
    canvas.stroke(outer, (0.3, 0.7), (0.7, 0.7))
    assert canvas.strokes(outer) == 2


def test_inside_the_subgraph_a_sentence_says_where_to_paint(canvas, promoted):
    outer, inner = promoted
    canvas.run(
        "(id) => { const node = app.graph.getNodeById(id); app.canvas.openSubgraph(node.subgraph, node); }",
        outer,
    )
    canvas.page.wait_for_timeout(800)
    lock = "(id) => app.canvas.graph.getNodeById(id).widgets[0].element.querySelector('.flowbrush-linked')?.textContent"
    said = canvas.run(lock, inner)
    if said is not None:  # the classic canvas hides the widget and writes the sentence on the node
        assert said.startswith("The subgraph’s node shows this editor")
    canvas.run("() => app.canvas.setGraph(app.graph)")
    canvas.wait_for_editor(outer)


def test_an_editor_that_is_no_longer_promoted_paints_inside_again(canvas, promoted):
    outer, inner = promoted
    canvas.stroke(outer)
    canvas.run(
        """(id) => {
            const { subgraph } = app.graph.getNodeById(id);
            subgraph.removeInput(subgraph.inputs.find((input) => input.name === 'document'));
            app.canvas.openSubgraph(subgraph, app.graph.getNodeById(id));
        }""",
        outer,
    )
    canvas.wait_for_editor(inner)
    canvas.stroke(inner)
    assert canvas.strokes(inner) == 1


def test_each_node_of_one_subgraph_shows_its_own_picture(canvas, promoted):
    outer, _ = promoted
    canvas.wait("() => shown.session?.picture?.width === 320")
    second = canvas.run(
        """(id) => {
            const first = app.graph.getNodeById(id);
            const copy = LiteGraph.createNode(first.subgraph.id);
            copy.pos = [900, 40];
            app.graph.add(copy);
            return copy.id;
        }""",
        outer,
    )
    example = canvas.add("FlowbrushExampleImage", (40, 460), width=192, height=128)
    canvas.run("() => { shown.session = null; }")
    canvas.link(example, 0, second, "image")
    canvas.wait_for_editor(second)
    picture = """(id) => {
        const { picture } = app.graph.getNodeById(id).widgets.find((each) => each.flowbrush).flowbrush.editor.session;
        return picture && [picture.width, picture.height];
    }"""
    canvas.wait(f"(id) => String(({picture})(id)) === '192,128'", second)
    assert canvas.run(picture, outer) == [320, 192]
    # Another width on the first picture's node reaches the first editor alone.
    canvas.run(
        """() => {
            const example = app.graph.nodes.find((node) => node.type === 'FlowbrushExampleImage');
            example.widgets.find(({ name }) => name === 'width').value = 256;
        }"""
    )
    canvas.wait(f"(id) => String(({picture})(id)) === '256,192'", outer)
    assert canvas.run(picture, second) == [192, 128]
