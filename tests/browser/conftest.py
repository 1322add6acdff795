"""One real Chromium for all tests of this folder, with ComfyUI's page or the editor alone. Without one, they are skipped.

The tests of this folder come last (`../conftest.py`): Playwright's event loop runs in this thread until the process
ends, and Python refuses to start a second loop in the same thread.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .. import shared_run
from ..conftest import connection
from .harness import Harness
from .panels import LARGE, Loading, Panels
from .player_page import HEIGHT, LENGTH, WIDTH

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-unsafe-swiftshader"
)
SIZE = {"width": 1600, "height": 1000}
MODES = {"classic": False, "nodes2": True}
# Runs before the scripts of the page. Counts the event listeners and WebGL contexts, which a closed editor must release.
COUNTERS = """
performance.setResourceTimingBufferSize(5000);  // `Loading` reads from it what was loaded
window.counts = { listeners: 0, contexts: [] };
for (const target of [window, document]) {
  const add = target.addEventListener, remove = target.removeEventListener;
  const open = new Map();
  const key = (type, options) => type + String(typeof options === 'object' ? !!options?.capture : !!options);
  target.addEventListener = function (type, listener, options) {
    if (String(new Error().stack).includes('/flowbrush/')) {
      const kept = open.get(listener) ?? new Set();
      open.set(listener, kept);
      if (!kept.has(key(type, options))) {
        kept.add(key(type, options));
        counts.listeners++;
        const gone = () => { if (kept.delete(key(type, options))) counts.listeners--; };
        options?.signal?.addEventListener('abort', gone);
      }
    }
    return add.call(this, type, listener, options);
  };
  target.removeEventListener = function (type, listener, options) {
    if (open.get(listener)?.delete(key(type, options))) counts.listeners--;
    return remove.call(this, type, listener, options);
  };
}
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  const context = getContext.call(this, kind, ...more);
  if (context && kind === 'webgl2' && !counts.contexts.includes(context)) counts.contexts.push(context);
  return context;
};
"""


@pytest.fixture(scope="session")
def browser():
    """A Chromium without a window; the tests are skipped if none is installed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium: install the package `chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS.split())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def comfyui(comfyui_path):
    """A connection to the ComfyUI of this process for the tests in a browser, which run beside the other tests."""
    return connection(comfyui_path, shared_run.canvas())


@pytest.fixture(scope="session", params=MODES)
def mode_page(request, browser, comfyui):
    """ComfyUI's page in one render mode, which all tests share, and what it loads."""
    comfyui.post("/settings", {"Comfy.VueNodes.Enabled": MODES[request.param]})
    page = browser.new_page(viewport=SIZE)
    page.add_init_script(COUNTERS)
    loading = Loading(page)
    page.set_default_timeout(90_000)
    page.goto(comfyui.url("/"))
    page.wait_for_function("window.app?.extensionManager && window.app.graph", timeout=120_000)
    page.wait_for_function("!!LiteGraph.registered_node_types.FlowbrushMotionBrush")
    # While a graph runs, a mark of ComfyUI's pulses, and the whole page would be drawn sixty times in a second for it.
    page.add_style_tag(content=".animate-pulse { animation: none !important }")
    yield page, loading
    page.close()


@pytest.fixture
def canvas(mode_page):
    """A `Canvas` with an empty graph, in both render modes; an error of the page fails the test."""
    shown = Canvas(*mode_page)
    shown.page.on("pageerror", shown.note_error)
    shown.clear()
    yield shown
    shown.page.remove_listener("pageerror", shown.note_error)
    assert shown.errors == []


# The picture that the session of the only editor received last.
SPY = """async () => {
    const { Session } = await import('/extensions/flowbrush/editor/document/session.mjs');
    window.shown = {};
    if (window.spied) return;
    window.spied = true;
    for (const name of ['setPicture', 'setMasks', 'setLength']) {
        const set = Session.prototype[name];
        Session.prototype[name] = function (value) {
            window.shown[name] = value;
            window.shown.session = this;
            return set.call(this, value);
        };
    }
}"""


@pytest.fixture
def shown(canvas):
    """Waits until the editor shows a picture of that size."""
    canvas.run(SPY)

    def wait(width, height):
        canvas.wait(
            "([w, h]) => shown.session?.picture?.width === w && shown.session.picture.height === h",
            [width, height],
        )
        return canvas.run("() => shown.session.picture.label")

    return wait


@pytest.fixture(scope="session")
def harness():
    """The server that shows the editor without ComfyUI."""
    with Harness() as server:
        yield server


@pytest.fixture
def show(browser, harness):
    """A function that opens the editor in a window of its own; an error or a warning of the page fails the test."""
    pages, messages = [], []

    def open_editor(size=LARGE, scale=1, **options):
        context = browser.new_context(
            viewport=dict(zip(("width", "height"), size, strict=True)), device_scale_factor=scale
        )
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(90_000)
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on(
            "console", lambda line: messages.append(line.text) if line.type in ("error", "warning") else None
        )
        page.goto(harness.url(**({"large": 1} if size == LARGE else {}), **options))
        page.evaluate("() => harness.ready")
        assert page.evaluate("() => harness.missing") == []
        if size == LARGE:
            page.get_by_role("tab").first.wait_for()
        return Panels(page)

    yield open_editor
    for page in pages:
        page.context.close()
    assert messages == []


class Canvas:
    """ComfyUI's canvas with Motion Brush nodes in it, driven as an artist would."""

    def __init__(self, page, loading):
        self.page, self.loading = page, loading
        self.errors = []

    def note_error(self, error):
        self.errors.append(str(error))

    def run(self, script, argument=None):
        """Run a script in the page; returns its value."""
        return self.page.evaluate(script, argument)

    def wait(self, script, argument=None, seconds=90):
        """Wait until a script in the page returns true."""
        self.page.wait_for_function(script, arg=argument, timeout=seconds * 1000)

    def settle(self):
        """Wait until the pack's modules that were requested have run, and the page shows what they did."""
        self.loading.finish()

    def clear(self):
        """Load an empty workflow at 100 % scale, with an empty undo history."""
        self.page.mouse.move(5, 500)
        self.run(
            """async () => {
                for (const dialog of document.querySelectorAll('dialog')) dialog.close();
                document.activeElement?.blur();
                const id = crypto.randomUUID();
                await app.loadGraphData({id, version: 0.4, last_node_id: 0, last_link_id: 0, nodes: [], links: [],
                    groups: [], config: {}, extra: {}});
                app.canvas.ds.scale = 1;
                app.canvas.ds.offset = [100, 60];
                app.canvas.setDirty(true, true);
            }"""
        )

    def add(self, kind, at=(420, 40), **widgets) -> int:
        """Add a node with these values of its widgets; returns its id."""
        return self.run(
            """([kind, pos, values]) => {
                const node = LiteGraph.createNode(kind);
                node.pos = pos;
                app.graph.add(node);
                for (const [name, value] of Object.entries(values)) {
                    const widget = node.widgets.find((each) => each.name === name);
                    widget.value = value;
                    widget.callback?.(value);
                }
                app.extensionManager.workflow.activeWorkflow.changeTracker.captureCanvasState();
                return node.id;
            }""",
            [kind, list(at), widgets],
        )

    def brush(self, at=(420, 40), text="") -> int:
        """Add a Motion Brush and wait for its editor; returns its id."""
        node = self.add("FlowbrushMotionBrush", at, **({"document": text} if text else {}))
        self.wait_for_editor(node)
        return node

    def wait_for_editor(self, node):
        """Wait until the editor of a node is shown."""
        self.wait(
            """(id) => app.canvas.graph.getNodeById(id)?.widgets[0].element.querySelector('.flowbrush-stage')
                ?.offsetWidth > 50""",
            node,
        )
        self.settle()

    def link(self, source, output, target, name):
        """Connect an output of one node to the input of another with that name."""
        self.run(
            """([from, output, to, name]) => {
                const [a, b] = [app.canvas.graph.getNodeById(from), app.canvas.graph.getNodeById(to)];
                a.connect(output, b, b.inputs.findIndex((input) => input.name === name));
                app.extensionManager.workflow.activeWorkflow.changeTracker.captureCanvasState();
            }""",
            [source, output, target, name],
        )

    def text(self, node) -> str:
        """The text of the document of a node, as a saved workflow stores it."""
        return self.run("(id) => app.canvas.graph.getNodeById(id).widgets[0].value", node)

    def document(self, node) -> dict:
        """The document of a node as a dictionary."""
        return json.loads(self.text(node) or "{}")

    def strokes(self, node) -> int:
        """The number of strokes in the document of a node."""
        layers = self.document(node).get("layers", [])
        return sum(len(layer.get("region", {}).get("strokes", [])) for layer in layers)

    def element(self, node, selector):
        """A locator inside the editor of a node."""
        token = self.run(
            """(id) => {
                const { element } = app.canvas.graph.getNodeById(id).widgets[0];
                return (element.dataset.test = `node-${id}`);
            }""",
            node,
        )
        return self.page.locator(f'[data-test="{token}"] {selector}')

    def stage(self, node) -> dict:
        """The rectangle of the stage of a node in the window, in CSS px."""
        return self.element(node, ".flowbrush-stage").bounding_box()

    def point(self, node, x, y) -> tuple[float, float]:
        """Window coordinates of a point of the stage, whose x and y run from 0 to 1."""
        box = self.stage(node)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def stroke(self, node, start=(0.4, 0.4), end=(0.6, 0.6)):
        """Paint a straight stroke with the mouse between two points of the stage."""
        self.page.mouse.move(*self.point(node, *start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(node, *end), steps=6)
        self.page.mouse.up()
        self.settle()

    def press(self, keys):
        """Press keys and wait until ComfyUI has acted on them."""
        self.page.keyboard.press(keys)
        self.settle()  # ComfyUI begins with the next picture
        self.wait(
            """() => {
                const tracker = app.extensionManager.workflow.activeWorkflow?.changeTracker;
                return !tracker?._restoringState && !tracker?.changeCount;
            }"""
        )
        self.settle()

    def shorten(self, length):
        """Give every node that has a length this number of frames, also inside subgraphs, so that a run takes less time."""
        self.run(
            """(length) => {
                for (const graph of [app.rootGraph, ...app.rootGraph.subgraphs.values()])
                    for (const node of graph.nodes)
                        for (const widget of node.widgets ?? [])
                            if (widget.name === 'length') {
                                widget.value = length;
                                widget.callback?.(length);
                            }
            }""",
            length,
        )

    def leave(self):
        """Move the focus to ComfyUI's canvas."""
        self.page.mouse.click(150, 900)
        self.settle()

    def shot(self, path: Path):
        """Save a screenshot of the page."""
        self.page.screenshot(path=str(path))


# Without a GPU, WebGL runs in software.
WEBGL_ARGUMENTS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist"
)


@pytest.fixture(scope="module")
def inside():
    """Runs a function with a fresh Chromium page, in a thread of its own: Playwright's event loop must not be where
    other tests start theirs."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium: install the package `chromium`")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    with ThreadPoolExecutor(1) as thread, Harness() as harness:

        def start():
            driver = playwright.sync_playwright().start()
            return driver, driver.chromium.launch(executable_path=chromium, args=WEBGL_ARGUMENTS.split())

        driver, browser = thread.submit(start).result()

        def in_page(function, *, before="", **asked):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            try:
                page.set_default_timeout(120_000)
                page.add_init_script(before)
                page.goto(harness.url(**asked))
                page.wait_for_function("window.harness?.ready")
                page.evaluate("harness.ready")
                assert page.evaluate("harness.missing") == []
                return function(page)
            finally:
                page.close()

        yield lambda function, **asked: thread.submit(in_page, function, **asked).result()
        thread.submit(browser.close).result()
        thread.submit(driver.stop).result()


@pytest.fixture(scope="module")
def player(inside):
    """Runs a function with a page that shows a document by the player alone, a pixel for each of the picture's."""

    def run(function, document, kind="webgl2", **asked):
        asked = {
            "picture": "balloon",
            "picture_width": WIDTH,
            "picture_height": HEIGHT,
            "length": LENGTH,
            **asked,
        }
        return inside(function, only="player", document=document, prefer=kind, **asked)

    return run
