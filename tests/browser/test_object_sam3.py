"""The tool Object where ComfyUI has SAM3: its node gets the points, and its mask is taken. The server's answers are stand-ins."""

import json

import pytest

from .panels import place

pytestmark = pytest.mark.browser

CHECKPOINTS = ["sd15.safetensors", "sam3.1_multiplex_fp16.safetensors", "sam_3d_body.safetensors"]
CENTER = (0.5, 0.5)
SELECTED = "harness.host.posted.filter(({ path }) => path === '/flowbrush/select').map(({ body }) => body)"


class Comfy:
    """Answers in the place of ComfyUI, whose graph makes the mask that the harness calls *disc*."""

    def __init__(self, page, checkpoints=CHECKPOINTS, busy=0, error=None):
        self.graphs, self.uploads, self.error = [], 0, error
        loader = {"input": {"required": {"ckpt_name": ["COMBO", {"options": checkpoints}]}}}
        infos = {"SAM3_Detect": {"input": {}}, "CheckpointLoaderSimple": loader}
        for name, info in infos.items():
            self._answer(page, f"**/object_info/{name}", {name: info})
        self._answer(page, "**/prompt", {"exec_info": {"queue_remaining": busy}}, self._queue)
        self._answer(page, "**/upload/image", None, self._upload)
        page.route("**/history/*", lambda route: route.fulfill(body=json.dumps(self._history())))

    @staticmethod
    def _answer(page, pattern, got, posted=None):
        def answer(route):
            content = posted(route.request) if route.request.method == "POST" else got
            route.fulfill(body=json.dumps(content))

        page.route(pattern, answer)

    def _queue(self, request):
        self.graphs.append(request.post_data_json["prompt"])
        return {"prompt_id": str(len(self.graphs))}

    def _upload(self, request):
        self.uploads += 1
        return {"name": "shown.png", "subfolder": "flowbrush", "type": "temp"}

    def _history(self):
        entry = {"outputs": {"mask": {"images": [{"filename": "disc", "subfolder": "", "type": "temp"}]}}}
        if self.error:
            said = {"exception_message": self.error}
            entry = {"outputs": {}, "status": {"messages": [["execution_error", said]]}}
        return {str(len(self.graphs)): entry}


@pytest.fixture
def panels(show):
    panels = show()
    panels.press("c")
    panels.page.wait_for_function("() => harness.session.picture?.request")
    return panels


def click(panels, at, layers=1):
    panels.page.mouse.click(*place(panels, at))
    panels.until(f"() => harness.session.document.layers.length === {layers}")
    panels.until("() => !/Looking/.test(document.querySelector('.flowbrush-notice').textContent)")


def outline(panels):
    (polygon,) = panels.layers[0]["region"]["polygons"]
    return polygon["points"]


def test_the_node_gets_the_points_in_pixels_and_its_mask_becomes_the_region(panels):
    comfy = Comfy(panels.page)
    click(panels, CENTER)
    (graph,) = comfy.graphs
    assert {node["class_type"] for node in graph.values()} == {
        "CheckpointLoaderSimple",
        "LoadImage",
        "SAM3_Detect",
        "MaskToImage",
        "PreviewImage",
    }
    assert graph["model"]["inputs"]["ckpt_name"] == "sam3.1_multiplex_fp16.safetensors"
    assert graph["image"]["inputs"]["image"] == "flowbrush/shown.png [temp]"
    (point,) = json.loads(graph["detect"]["inputs"]["positive_coords"])
    assert point == pytest.approx({"x": 320, "y": 180}, abs=2)
    assert json.loads(graph["detect"]["inputs"]["negative_coords"]) == []
    # the harness's disc has a radius of 0.2 of both sides
    assert [min(x for x, _ in outline(panels)), max(y for _, y in outline(panels))] == pytest.approx(
        [0.3, 0.7], abs=0.02
    )


def test_what_is_left_out_goes_along_and_the_picture_is_sent_once(panels):
    comfy = Comfy(panels.page)
    click(panels, CENTER)
    panels.page.keyboard.down("Alt")
    click(panels, (0.25, 0.5))
    panels.page.keyboard.up("Alt")
    panels.until(f"() => {SELECTED}.length === 2")
    assert len(comfy.graphs) == 2 and comfy.uploads == 1
    (left_out,) = json.loads(comfy.graphs[1]["detect"]["inputs"]["negative_coords"])
    assert left_out == pytest.approx({"x": 160, "y": 180}, abs=2)
    assert len(json.loads(comfy.graphs[1]["detect"]["inputs"]["positive_coords"])) == 1


@pytest.mark.parametrize("without", [{"checkpoints": ["sam_3d_body.safetensors"]}, {"busy": 1}], ids=str)
def test_without_weights_or_beside_a_run_the_thing_is_found_by_its_colours(panels, without):
    comfy = Comfy(panels.page, **without)
    click(panels, (0.5, 0.35))
    assert comfy.graphs == [] and comfy.uploads == 0
    assert panels.page.evaluate(f"() => {SELECTED}.map(({{ mask }}) => mask)") == [None]


def test_the_setting_turns_it_off(panels):
    comfy = Comfy(panels.page)
    panels.page.evaluate("() => harness.session.setOption('sam3', false)")
    click(panels, (0.5, 0.35))
    assert comfy.graphs == []


def test_a_failure_is_said_and_the_thing_is_found_by_its_colours(panels):
    comfy = Comfy(panels.page, error="out of memory")
    click(panels, (0.5, 0.35))
    assert len(comfy.graphs) == 1
    notice = panels.page.locator(".flowbrush-notice").text_content()
    assert notice == "The thing was found without SAM3: out of memory"
    assert max(x for x, _ in outline(panels)) < 0.69  # not the disc
