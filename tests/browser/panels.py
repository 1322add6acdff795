"""The editor of the harness with its panels, as an artist meets it, and the documents that are shown in it."""

import json

LARGE, COMPACT = (1280, 800), (420, 720)


def layer(name, **more):
    """A layer whose region is one dab at `at`."""
    x, y = more.pop("at", (0.5, 0.5))
    return {"name": name, "region": {"strokes": [{"points": [[x, y]], "radius": 0.1}]}, **more}


def written(*layers, **more):
    return json.dumps({"flowbrush": "motion", "version": 2, "layers": list(layers), **more})


CODE = (".mjs", ".css")
# Waits until every module has run and everything that waited for one, because the browser resolves imports in
# their order. Then waits until the next picture is drawn.
NEXT_PICTURE = """async () => {
    const files = performance.getEntriesByType('resource').map(({ name }) => name);
    await Promise.all(files.filter((name) => name.endsWith('.mjs')).map((name) => import(name)));
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
}"""


class Loading:
    """The code that a page loads from now on: `finish` waits until it has run and the result is drawn."""

    def __init__(self, page):
        self.page, self._asked = page, set()
        page.on("request", lambda asked: asked.url.endswith(CODE) and self._asked.add(asked))
        for done in ("requestfinished", "requestfailed"):
            page.on(done, lambda asked: self._asked.discard(asked))

    def finish(self):
        quiet = False
        while not quiet:
            quiet = not self._asked
            self.page.evaluate(NEXT_PICTURE)
            quiet = quiet and not self._asked


class Panels:
    """The editor's panels, as an artist meets them, who looks before every click: `page` waits until every module that
    was requested has loaded and run, and the result is drawn."""

    def __init__(self, page):
        self.window, self._loading = page, Loading(page)

    @property
    def page(self):
        """The window, when it shows the last change."""
        self._loading.finish()
        return self.window

    @property
    def document(self):
        return self.page.evaluate("() => JSON.parse(JSON.stringify(harness.session.document))")

    @property
    def layers(self):
        return self.document["layers"]

    @property
    def names(self):
        return [each["name"] for each in self.layers]

    @property
    def notice(self):
        return self.page.locator(".flowbrush-notice").inner_text()

    def text(self):
        return self.page.evaluate("() => harness.session.text")

    def select(self, index):
        self.page.evaluate("(layer) => harness.session.select({ layer, path: null, point: null })", index)

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def button(self, name, within=".flowbrush-editor"):
        return self.page.locator(within).get_by_role("button", name=name, exact=True)

    def row(self, name):
        return self.page.locator(".flowbrush-layer").filter(has=self.page.get_by_text(name, exact=True))

    def shown_rows(self):
        return self.page.locator(".flowbrush-layer .flowbrush-layer-name").all_inner_texts()

    def field(self, name):
        return self.page.get_by_role("spinbutton", name=f"{name}, value").locator("visible=true")

    def type(self, name, value):
        """A value typed into a slider's field; the edit is there at once."""
        field = self.field(name)
        field.click()
        field.fill(str(value))
        field.press("Enter")

    def undo(self):
        self.page.locator(".flowbrush-stage").focus()
        self.page.keyboard.press("Control+z")

    def press(self, keys):
        self.page.locator(".flowbrush-stage").focus()
        self.window.keyboard.press(keys)

    def until(self, script, argument=None):
        self.page.wait_for_function(script, arg=argument)

    def drag(self, target, to, share=(0.5, 0.5), by=False):
        """Press at a share of the width and height of an element, and drag in steps to a place of the window (or by an offset)."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        x, y = box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1]
        to = (x + to[0], y + to[1]) if by else to
        mouse = self.window.mouse
        mouse.move(x, y)
        mouse.down()
        for step in range(1, 6):
            mouse.move(x + (to[0] - x) * step / 5, y + (to[1] - y) * step / 5)
        mouse.up()


def place(panels, at):
    """A place of the picture in window pixels."""
    return panels.page.evaluate(
        """(at) => {
            const { stage } = harness.editor;
            const box = stage.element.getBoundingClientRect();
            const [x, y] = stage.view.toStage(at);
            return [box.left + x, box.top + y];
        }""",
        list(at),
    )
