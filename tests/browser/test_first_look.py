"""The first look at an example graph, as the template browser opens it in a small window, in both render modes."""

import json
from itertools import combinations

import pytest

from ..comfyui.server import ROOT

pytestmark = [pytest.mark.comfyui, pytest.mark.browser, pytest.mark.slow]

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
SMALL = {"width": 1280, "height": 720}
# Boxes (left, top, right, bottom) on the canvas: of the nodes, with the element that Nodes 2.0 shows, and of the groups.
SHOWN = """() => {
    const { ds } = app.canvas;
    const box = (node) => {
        const element = document.querySelector(`[data-node-id="${node.id}"]`);
        if (!element) { const [x, y, w, h] = node.boundingRect; return [x, y, x + w, y + h]; }
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const { left: x, top: y } = app.canvas.canvas.getBoundingClientRect();
        const place = (value, start, offset) => (value - start) / ds.scale - offset;
        return [place(left, x, ds.offset[0]), place(top, y, ds.offset[1]),
                place(right, x, ds.offset[0]), place(bottom, y, ds.offset[1])];
    };
    return {
        scale: ds.scale,
        nodes: app.graph.nodes.map((node) => [node.title, box(node)]),
        groups: app.graph.groups.map(({ title, pos, size }) => [title, [pos[0], pos[1], pos[0] + size[0], pos[1] + size[1]]]),
        texts: [...document.querySelectorAll('.flowbrush-editor *')]
            .filter((each) => each.offsetWidth && each.checkVisibility({visibilityProperty: true}))
            .filter((each) => [...each.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()))
            .map((each) => [parseFloat(getComputedStyle(each).fontSize) * each.getBoundingClientRect().width
                / each.offsetWidth, each.textContent]),
        notes: [...document.querySelectorAll(':is(.comfy-markdown, .comfy-markdown-content) *')]
            .filter((each) => each.offsetWidth && each.checkVisibility({visibilityProperty: true}) && !each.matches('textarea'))
            .filter((each) => [...each.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()))
            .map((each) => [parseFloat(getComputedStyle(each).fontSize) * ds.scale, each.textContent,
                each.getBoundingClientRect().bottom <= each.closest('.comfy-markdown, .comfy-markdown-content')
                    .getBoundingClientRect().bottom]),
        promoted: app.graph.nodes.filter((node) => node.isSubgraphNode?.())
            .map((node) => [node.type, node.widgets.map((widget) => widget.value)]),
    };
}"""

# What SHOWN returns once it has stayed the same for a third of a second and ten pictures.
AT_REST = f"""async () => {{
    const shown = {SHOWN};
    let last = null;
    for (let same = 0, turn = 0, now; same < 10; last = now, turn++) {{
        if (turn > 500) throw new Error('What is shown goes on changing: ' + now);
        await new Promise((drawn) => setTimeout(() => requestAnimationFrame(drawn), 35));
        now = JSON.stringify(shown());
        same = now === last ? same + 1 : 0;
    }}
    return JSON.parse(last);
}}"""


@pytest.fixture
def small_window(canvas):
    canvas.page.set_viewport_size(SMALL)
    yield canvas
    canvas.page.set_viewport_size({"width": 1600, "height": 1000})


def apart(a, b, spare=1):
    """Whether two boxes do not overlap by more than `spare` px."""
    return a[2] <= b[0] + spare or b[2] <= a[0] + spare or a[3] <= b[1] + spare or b[3] <= a[1] + spare


def inside(a, b, spare=1):
    """Whether box a lies in box b."""
    return a[0] >= b[0] - spare and a[1] >= b[1] - spare and a[2] <= b[2] + spare and a[3] <= b[3] + spare


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_template_opens_whole_and_readable(small_window, path):
    workflow = json.loads(path.read_text(encoding="utf-8"))
    workflow["extra"] |= {"linearMode": False}  # the canvas of an app
    small_window.run(
        "async ([workflow, name]) => { await app.loadGraphData(workflow, true, true, name, {openSource: 'template'}); }",
        [workflow, path.stem],
    )
    small_window.settle()
    shown = small_window.run(AT_REST)
    assert shown["scale"] >= 0.6
    for (one, a), (other, b) in combinations(shown["nodes"], 2):
        assert apart(a, b), f"{one} overlaps {other}"
    for title, box in shown["nodes"]:
        for group, frame in shown["groups"]:
            assert apart(box, frame) or inside(box, frame), f"{title} leaves {group}"
    assert [text for size, text in shown["texts"] if size < 11] == []
    assert len(shown["notes"]) >= 2
    assert [text for size, text, is_whole in shown["notes"] if size < 11 or not is_whole] == []
    stored = {node["type"]: node["widgets_values"] for node in workflow["nodes"]}
    for kind, values in shown["promoted"]:
        assert values == stored[kind]


def test_the_template_browser_lists_the_examples_for_newcomers_first(canvas):
    packs = canvas.run("async () => (await import('/scripts/api.js')).api.getWorkflowTemplates()")
    (names,) = [names for names in packs.values() if "start_here" in names]
    assert names[:3] == ["start_here", "start_here.app", "motion_brush"]
    assert sorted(names) == sorted(path.stem for path in WORKFLOWS)
    assert names[8:] == sorted(names[8:])
