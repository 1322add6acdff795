"""The example workflows in ComfyUI's own canvas, in a real Chromium: nothing is missing, and Run makes a video."""

import copy
import json
import shutil
import time
from pathlib import Path

import pytest
from flowbrush.hosts.headless.convert import ui_to_api
from flowbrush.workflows.graphs.schemas import prompt_of

from .canvas_cases import cases
from .server import ROOT

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def prompts():
    """Each workflow in API format, converted without ComfyUI; made before the browser's event loop runs."""
    return {path.stem: prompt_of(path) for path in WORKFLOWS}


@pytest.fixture(scope="module")
def canvas(comfyui, prompts):
    """A page of a real Chromium that shows the canvas of the running ComfyUI."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium: install the package `chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    comfyui.post("/settings", {"Comfy.VueNodes.Enabled": False})
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(comfyui.url("/"))
        page.wait_for_function("window.app?.extensionManager && window.app.graph", timeout=120_000)
        yield page
        browser.close()


def opened(canvas, path: Path) -> dict:
    """Load a workflow file into the canvas; returns its unknown node types, its number of nodes and its prompt."""
    return canvas.evaluate(
        """async (workflow) => {
            await app.loadGraphData(workflow);
            const nodes = app.graph.nodes;
            return {
                missing: nodes.filter((n) => !LiteGraph.registered_node_types[n.type]
                    && !['Note', 'MarkdownNote'].includes(n.type)).map((n) => n.type),
                nodes: nodes.length,
                prompt: (await app.graphToPrompt()).output,
            };
        }""",
        as_graph(path),
    )


def as_graph(path: Path) -> dict:
    """The content of a workflow file, which opens on the canvas also where it is an app."""
    workflow = json.loads(path.read_text(encoding="utf-8"))
    return {**workflow, "extra": {**workflow["extra"], "linearMode": False}}


def plain(prompt: dict) -> dict:
    """The classes and inputs of a prompt, without what the canvas adds to each node."""
    return {name: (node["class_type"], node["inputs"]) for name, node in prompt.items()}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_canvas_opens_the_workflow_as_it_is_converted_without_it(canvas, prompts, path):
    shown = opened(canvas, path)
    assert shown["missing"] == []
    assert shown["nodes"] == len(json.loads(path.read_text(encoding="utf-8"))["nodes"])
    assert plain(shown["prompt"]) == plain(prompts[path.stem])
    assert canvas.errors == []


def renamed(prompt: dict) -> dict:
    """The prompt with nodes numbered by their order of dependence, as the canvas numbers those of groups anew."""
    known = {name: entry for name, entry in prompt.items() if entry.get("class_type")}
    described: dict[str, str] = {}

    def description(name: str) -> str:
        if name not in described:
            inputs = {
                key: [description(str(value[0])), value[1]] if isinstance(value, list) else value
                for key, value in known[name]["inputs"].items()
            }
            described[name] = json.dumps([known[name]["class_type"], inputs], sort_keys=True)
        return described[name]

    return dict.fromkeys(sorted(description(name) for name in known))


@pytest.mark.parametrize("name", cases())
def test_a_file_is_converted_as_by_the_canvas(canvas, prompts, name):
    workflow = cases()[name]
    expected = canvas.evaluate(
        "async (w) => { await app.loadGraphData(w); return (await app.graphToPrompt()).output; }",
        copy.deepcopy(workflow),
    )
    given = ui_to_api(workflow)
    assert renamed(given) == renamed(expected)
    if "subgraph" not in name and "group" not in name:  # the canvas numbers their nodes anew
        assert given.keys() == {key for key, entry in expected.items() if entry.get("class_type")}


def test_run_in_the_canvas_makes_a_video(canvas, comfyui):
    opened(canvas, ROOT / "workflows" / "motion_brush.json")
    before = set(comfyui.get("/history"))
    canvas.evaluate(
        """async () => {
            const set = (type, values) => {
                const { widgets } = app.graph.nodes.find((node) => node.type === type);
                for (const name in values) widgets.find((widget) => widget.name === name).value = values[name];
            };
            set('FlowbrushExampleImage', { width: 128, height: 128 });
            set('FlowbrushFirstFrame', { width: 96, height: 96, length: 5 });
            await app.queuePrompt(0, 1);
        }"""
    )
    deadline = time.monotonic() + 300
    done = {}
    while not done and time.monotonic() < deadline:
        time.sleep(1)
        done = {name: entry for name, entry in comfyui.get("/history").items() if name not in before}
    (entry,) = done.values()
    assert entry["status"]["status_str"] == "success", entry["status"]
    assert ".mp4" in json.dumps(entry["outputs"])


def test_a_stored_graph_without_a_later_widget_keeps_what_the_node_did(canvas):
    workflow = json.loads((ROOT / "workflows" / "vace.json").read_text(encoding="utf-8"))
    (inner,) = workflow["definitions"]["subgraphs"]
    (control,) = (node for node in inner["nodes"] if node["type"] == "FlowbrushVACEControl")
    control["inputs"] = [{**entry, "link": None} for entry in control["inputs"]]
    control["outputs"] = [{**entry, "links": None} for entry in control["outputs"]]
    workflow |= {"nodes": [control], "links": [], "groups": [], "definitions": {}}
    behind = """async (workflow) => {
        await app.loadGraphData(workflow);
        const node = app.graph.nodes.find((each) => each.type === 'FlowbrushVACEControl');
        const made = LiteGraph.createNode(node.type);
        return [node, made].map((each) => each.widgets.find((widget) => widget.name === 'behind').value);
    }"""
    for values, kept in ((["still", 4], "grey"), (["still", 4, "smooth"], "smooth")):
        control["widgets_values"] = values
        assert canvas.evaluate(behind, workflow) == [kept, "plate"]


def test_layers_of_the_input_become_layers_of_the_editor_after_a_run(canvas):
    """The picture, the outline and the document come from the run."""
    canvas.evaluate(
        """async () => {
            app.graph.clear();
            const make = (type, x, values = {}) => {
                const node = LiteGraph.createNode(type);
                node.pos = [x, 0];
                app.graph.add(node);
                for (const [name, value] of Object.entries(values))
                    node.widgets.find((widget) => widget.name === name).value = value;
                return node;
            };
            const link = (from, to, name) =>
                from.connect(0, to, to.inputs.findIndex((input) => input.name === name));
            const ground = make('EmptyImage', 0, {width: 96, height: 64});
            const card = make('EmptyImage', 0, {width: 24, height: 24, color: 0xffcc66});
            const back = make('AddLayer', 300), stack = make('AddLayer', 600, {name: 'card', x: 8, y: 20, z_index: 1});
            window.motion = make('FlowbrushLayersToMotion', 100);
            const shown = make('FlowbrushPreviewMotion', 900);
            link(ground, back, 'image');
            link(card, stack, 'image');
            link(back, stack, 'layers');
            link(stack, motion, 'layers');
            motion.connect(0, shown, shown.inputs.findIndex((input) => input.name === 'motion'));
            motion.connect(1, shown, shown.inputs.findIndex((input) => input.name === 'image'));
            Object.assign(app.canvas.ds, {scale: 0.7, offset: [200, 120]});
            app.canvas.setDirty(true, true);
            await app.queuePrompt(0, 1);
        }"""
    )
    written = "() => motion.widgets.find((widget) => widget.name === 'document').value"
    canvas.wait_for_function(f"() => ({written})().includes('card')", timeout=120_000)
    (layer,) = json.loads(canvas.evaluate(written))["layers"]
    assert layer["name"] == "card" and layer["region"]["mask"] == 0
    assert canvas.errors == []
