"""Advanced inputs: Nodes 2.0 hides them until they are asked for and the node is smaller; the classic canvas shows them."""

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

NAMES = ("weak_clock", "strong_clock", "trim_latent", "hold", "behind")
# The value of each widget that the node shows; null where it does not show it.
SHOWN = """([id, names]) => {
    const node = app.graph.getNodeById(id);
    const element = document.querySelector(`[data-node-id="${id}"]`);
    const shown = (name) => (element ? element.innerText.includes(name)
        : node.isWidgetVisible(node.widgets.find((widget) => widget.name === name)));
    return Object.fromEntries(names.map((name) => [name, shown(name)]));
}"""
HEIGHT = """(id) => {
    const element = document.querySelector(`[data-node-id="${id}"]`);
    return element ? element.offsetHeight : app.graph.getNodeById(id).size[1];
}"""
STORED = "(id) => app.graph.getNodeById(id).serialize().widgets_values"


def test_a_new_node_shows_what_a_newcomer_needs_and_the_rest_when_asked(canvas, tmp_path):
    node = canvas.add("FlowbrushTimeToMove", (60, 80))
    canvas.page.wait_for_timeout(500)
    is_classic = not canvas.run("() => LiteGraph.vueNodesMode")
    assert canvas.run(SHOWN, [node, ["preset", *NAMES]]) == {
        "preset": True,
        **dict.fromkeys(NAMES, is_classic),
    }
    values = canvas.run(STORED, node)
    assert values == ["auto", 0.979, 0.948, 0, "as in the paper", "plate"], "by position, hidden or not"
    canvas.shot(tmp_path / "advanced.png")
    if is_classic:
        return
    height = canvas.run(HEIGHT, node)
    canvas.page.locator(f'[data-node-id="{node}"]').get_by_text("Show advanced inputs").click()
    canvas.wait(
        f"() => document.querySelector('[data-node-id=\"{node}\"]').innerText.includes('strong_clock')"
    )
    assert all(canvas.run(SHOWN, [node, [*NAMES]]).values())
    assert canvas.run(HEIGHT, node) >= height + 80
    assert canvas.run(STORED, node) == values


def test_a_strength_is_a_slider(canvas):
    node = canvas.add("FlowbrushInPlaceGuide", (60, 80))
    kinds = canvas.run(
        "(id) => app.graph.getNodeById(id).widgets.map(({ name, type }) => [name, type])", node
    )
    assert dict(kinds)["strength"] == dict(kinds)["behind_strength"] == "slider"
