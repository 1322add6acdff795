"""ComfyUI offers the pack's blueprints, and each makes a video of a picture once something is painted in it."""

import io
import json
import time

import pytest
from flowbrush.workflows.graphs.blueprints import BLUEPRINTS, blueprint
from PIL import Image

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

NAMES = {make().name: make for make in BLUEPRINTS}
PAINTED = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [{"name": "Sky", "region": {"everything": True}, "motion": {"horizontal": 0.25}}],
    }
)
# As ComfyUI's frontend puts a blueprint on the canvas; then a picture before it and Save Video behind it.
ADD = """async ([text, document, settings]) => {
    const { nodes, definitions } = JSON.parse(text);
    app.canvas._deserializeItems({ nodes, subgraphs: definitions.subgraphs, groups: [], reroutes: [], links: [] },
        { position: [420, 60] });
    const made = app.graph.nodes.find((node) => node.subgraph);
    const add = (kind, pos) => {
        const node = LiteGraph.createNode(kind);
        node.pos = pos;
        app.graph.add(node);
        return node;
    };
    const picture = add('LoadImage', [0, 60]), saved = add('SaveVideo', [1000, 60]);
    picture.widgets.find(({ name }) => name === 'image').value = 'blueprint.png';
    picture.connect(0, made, made.inputs.findIndex(({ type }) => type === 'IMAGE'));
    made.connect(made.outputs.findIndex(({ type }) => type === 'VIDEO'), saved, 0);
    for (const [name, value] of Object.entries({ document, ...settings })) {
        const widget = made.widgets.find((each) => each.name === name);
        widget.value = value;
        widget.callback?.(value);
    }
    return [made.title, made.widgets.map(({ name }) => name)];
}"""


@pytest.fixture(scope="module")
def offered(comfyui):
    """The blueprints of the pack that the server lists, by name, with their text."""
    listed = comfyui.get("/global_subgraphs")
    ours = {key: each for key, each in listed.items() if each["info"]["node_pack"].endswith(".flowbrush")}
    return {each["name"]: comfyui.get(f"/global_subgraphs/{key}")["data"] for key, each in ours.items()}


def test_the_files_are_those_of_the_code_and_all_are_offered(offered):
    assert set(offered) == set(NAMES)
    for name, make in NAMES.items():
        assert json.loads(offered[name]) == blueprint(make())


def test_the_frontend_lists_them_with_their_category(canvas):
    shown = canvas.run(
        """() => {
            const store = document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s.get('subgraph');
            return store.subgraphBlueprints.map((each) => [each.display_name, each.category, each.description]);
        }"""
    )
    ours = {name: (category, about) for name, category, about in shown if "(Flowbrush)" in name}
    assert set(ours) == set(NAMES)
    assert all("Flowbrush" in category and "Paint on a picture" in about for category, about in ours.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_on_the_canvas_makes_a_video(canvas, comfyui, offered, name, tmp_path):
    file = io.BytesIO()
    Image.effect_mandelbrot((96, 64), (-2, -1, 1, 1), 40).convert("RGB").save(file, "PNG")
    (comfyui.directory / "input" / "blueprint.png").write_bytes(file.getvalue())
    settings = {"length": 5} | ({"width": 64, "height": 64} if "Paint to" in name else {})
    title, widgets = canvas.run(ADD, [offered[name], PAINTED, settings])
    assert title == name and widgets[0] == "document"
    canvas.page.wait_for_timeout(1000)
    canvas.shot(tmp_path / f"{name}.png")
    before = set(comfyui.get("/history"))
    canvas.run("() => app.queuePrompt(0)")
    deadline = time.monotonic() + 120
    done = {}
    while not done and time.monotonic() < deadline:
        time.sleep(0.5)
        done = {key: entry for key, entry in comfyui.get("/history").items() if key not in before}
    (entry,) = done.values()
    assert entry["status"]["status_str"] == "success", entry["status"]
    assert ".mp4" in json.dumps(entry["outputs"])
