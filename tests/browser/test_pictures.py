"""The picture that is painted on: found in the graph without a run, kept up to date, and given by drop or paste."""

import base64
import io

import pytest
from PIL import Image

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]


def png(width, height, color=(200, 80, 40), alpha=None) -> bytes:
    image = Image.new("RGBA", (width, height), (*color, 255))
    if alpha is not None:
        image.putalpha(alpha)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def picture_file(comfyui):
    """Writes a picture into ComfyUI's input folder; its name."""

    def write(name, data):
        (comfyui.directory / "input" / name).write_bytes(data)
        return name

    return write


def load_image(canvas, name, at=(40, 560)):
    node = canvas.add("LoadImage", at)
    canvas.run(
        """([id, name]) => {
            const widget = app.graph.getNodeById(id).widgets.find((each) => each.name === 'image');
            widget.options.values?.push?.(name);
            widget.value = name;
        }""",
        [node, name],
    )
    return node


def drop(canvas, node, data, kind="drop"):
    """Drop or paste a picture file on the stage of a node."""
    canvas.element(node, ".flowbrush-stage").evaluate(
        """(stage, [bytes, kind]) => {
            const data = new DataTransfer();
            const content = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
            data.items.add(new File([content], 'dropped.png', {type: 'image/png'}));
            const event = kind === 'drop'
                ? new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
                : new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
            stage.dispatchEvent(event);
        }""",
        [base64.b64encode(data).decode(), kind],
    )


def kinds(canvas):
    return sorted(canvas.run("() => app.graph.nodes.map((node) => node.type)"))


def test_the_example_image_is_there_without_a_run_and_follows_its_size(canvas, shown):
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    node = canvas.brush()
    canvas.link(example, 0, node, "image")
    assert shown(320, 192) == "Flowbrush Example Image"
    canvas.run(
        "(id) => { app.graph.getNodeById(id).widgets.find((each) => each.name === 'height').value = 256; }",
        example,
    )
    shown(320, 256)


def test_the_file_of_load_image_is_there_without_a_run(canvas, shown, picture_file):
    source = load_image(canvas, picture_file("wide.png", png(300, 120)))
    node = canvas.brush()
    canvas.link(source, 0, node, "image")
    shown(300, 120)
    name = picture_file("tall.png", png(90, 200))
    canvas.run("([id, name]) => { app.graph.getNodeById(id).widgets[0].value = name; }", [source, name])
    shown(90, 200)


def test_first_frame_gives_its_size_and_its_length(canvas, shown, picture_file):
    source = load_image(canvas, picture_file("wide.png", png(300, 120)))
    frame = canvas.add("FlowbrushFirstFrame", (40, 60), width=256, height=192, length=33)
    node = canvas.brush()
    canvas.link(source, 0, frame, "image")
    canvas.link(frame, 0, node, "image")
    canvas.link(frame, 4, node, "length")
    shown(256, 192)
    canvas.wait("() => shown.setLength === 33")
    canvas.run(
        "(id) => { app.graph.getNodeById(id).widgets.find((each) => each.name === 'length').value = 49; }",
        frame,
    )
    canvas.wait("() => shown.setLength === 49")


def test_reroutes_and_bypassed_nodes_are_seen_through_and_a_muted_one_is_not(canvas, shown):
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    scale = canvas.add("ImageInvert", (40, 300))
    node = canvas.brush()
    canvas.link(example, 0, scale, "image")
    canvas.run("(id) => { app.graph.getNodeById(id).mode = 4; }", scale)
    canvas.link(scale, 0, node, "image")
    shown(320, 192)
    canvas.run("(id) => { app.graph.getNodeById(id).mode = 2; }", scale)
    canvas.wait("() => shown.session.picture === null")
    reroute = canvas.add("Reroute", (40, 400))
    canvas.run(
        """([from, reroute, to]) => {
            const [a, b, c] = [from, reroute, to].map((id) => app.graph.getNodeById(id));
            a.connect(0, b, 0);
            b.connect(0, c, 0);
        }""",
        [example, reroute, node],
    )
    shown(320, 192)


def test_a_picture_outside_the_subgraph_is_found(canvas, shown):
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    node = canvas.brush()
    canvas.link(example, 0, node, "image")
    shown(320, 192)
    inner = canvas.run(
        """(id) => {
            shown.session = null;
            app.canvas.deselectAll();
            app.canvas.selectNode(app.graph.getNodeById(id));
            const outer = app.graph.convertToSubgraph(app.canvas.selectedItems).node;
            app.canvas.openSubgraph(outer.subgraph, outer);
            return outer.subgraph.nodes[0].id;
        }""",
        node,
    )
    canvas.wait_for_editor(inner)
    shown(320, 192)


def test_the_alpha_of_load_image_is_a_mask(canvas, shown, picture_file):
    alpha = Image.new("L", (64, 32), 255)
    alpha.paste(0, (0, 0, 32, 32))
    source = load_image(canvas, picture_file("half.png", png(64, 32, alpha=alpha)))
    node = canvas.brush()
    canvas.link(source, 1, node, "masks")
    canvas.wait("() => shown.session?.masks.length === 1")
    mask = canvas.run(
        "() => { const { width, height, data } = shown.session.masks[0]; return [width, height, data[0], data[63]]; }"
    )
    assert mask == [64, 32, 255, 0]
    canvas.run("(id) => app.graph.getNodeById(id).disconnectInput('masks')", node)
    canvas.wait("() => shown.session.masks.length === 0")


def test_a_run_shows_what_could_not_be_known_before_it(canvas, shown, comfyui):
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    invert = canvas.add("ImageInvert", (40, 300))
    node = canvas.brush(
        text='{"flowbrush":"motion","layers":[{"region":{"everything":true},"motion":{"horizontal":0.2}}]}'
    )
    preview = canvas.add("FlowbrushPreviewMotion", (950, 60))
    canvas.link(example, 0, invert, "image")
    canvas.link(invert, 0, node, "image")
    canvas.link(invert, 0, preview, "image")
    canvas.link(node, 0, preview, "motion")
    canvas.page.wait_for_timeout(300)
    assert canvas.run("() => shown.session?.picture ?? null") is None
    canvas.run("async () => { await app.queuePrompt(0, 1); }")
    assert shown(320, 192) == "The last run"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_takes_the_place_of_the_example_image(canvas, shown, kind):
    example = canvas.add("FlowbrushExampleImage", (40, 60))
    frame = canvas.add("FlowbrushFirstFrame", (40, 340), width=256, height=256)
    node = canvas.brush()
    canvas.link(example, 0, frame, "image")
    canvas.link(frame, 0, node, "image")
    canvas.link(example, 0, node, "depth")
    shown(256, 256)
    drop(canvas, node, png(160, 100), kind)
    canvas.wait("() => app.graph.nodes.some((node) => node.type === 'LoadImage')")
    assert kinds(canvas) == ["FlowbrushFirstFrame", "FlowbrushMotionBrush", "LoadImage"]
    prompt = canvas.run("async () => (await app.graphToPrompt()).output")
    (source,) = [name for name, each in prompt.items() if each["class_type"] == "LoadImage"]
    assert prompt[source]["inputs"]["image"].startswith("dropped")
    assert prompt[str(frame)]["inputs"]["image"] == [source, 0]
    assert prompt[str(node)]["inputs"]["depth"] == [source, 0]
    # The change ends when the new node has grown to its preview, which is no step of undo of its own.
    canvas.wait("() => !app.extensionManager.workflow.activeWorkflow.changeTracker.changeCount")
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait("() => app.graph.nodes.some((node) => node.type === 'FlowbrushExampleImage')")
    assert kinds(canvas) == ["FlowbrushExampleImage", "FlowbrushFirstFrame", "FlowbrushMotionBrush"]


@pytest.mark.parametrize("painted", [False, True])
def test_the_layers_of_an_example_go_with_its_picture_unless_the_artist_has_painted(canvas, shown, painted):
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=256, height=256)
    node = canvas.brush(
        text='{"flowbrush":"motion","layers":[{"region":{"everything":true},"motion":{"horizontal":0.2}}]}'
    )
    canvas.link(example, 0, node, "image")
    shown(256, 256)
    if painted:
        canvas.stroke(node)
    drop(canvas, node, png(160, 100))
    shown(160, 100)
    assert len(canvas.document(node).get("layers", [])) == (1 if painted else 0)
    canvas.press("Control+z")  # the editor has the focus
    assert [each["region"]["everything"] for each in canvas.document(node)["layers"]] == [True]
    assert canvas.strokes(node) == 0


def test_a_picture_goes_into_load_image_or_makes_one(canvas, shown):
    node = canvas.brush()
    drop(canvas, node, png(160, 100))
    shown(160, 100)
    assert kinds(canvas) == ["FlowbrushMotionBrush", "LoadImage"]
    drop(canvas, node, png(70, 140))
    shown(70, 140)
    assert kinds(canvas) == ["FlowbrushMotionBrush", "LoadImage"]


def test_a_source_that_cannot_be_replaced_is_named(canvas, shown):
    example = canvas.add("FlowbrushExampleImage", (40, 60))
    invert = canvas.add("ImageInvert", (40, 300))
    node = canvas.brush()
    canvas.link(example, 0, invert, "image")
    canvas.link(invert, 0, node, "image")
    drop(canvas, node, png(160, 100))
    canvas.wait("() => /Invert/.test(document.querySelector('.flowbrush-editor').textContent)")
    assert "LoadImage" not in kinds(canvas)


def test_a_missing_picture_is_reported(canvas, shown):
    node = canvas.brush()
    source = load_image(canvas, "not_there.png")
    canvas.link(source, 0, node, "image")
    canvas.wait("() => /did not load/.test(document.querySelector('.flowbrush-editor').textContent)")


def test_a_depth_picture_is_requested_as_soon_as_it_is_linked(canvas, shown, picture_file):
    source = load_image(canvas, picture_file("depth.png", png(64, 64, (90, 90, 90))))
    node = canvas.brush(
        text='{"flowbrush":"motion","camera":{"keyframes":[{"time":0},{"time":1,"truck":0.2}]}}'
    )
    canvas.page.wait_for_timeout(400)
    with canvas.page.expect_request("**/flowbrush/field", timeout=10_000) as asked:
        canvas.link(source, 0, node, "depth")
    assert asked.value.post_data_json["depth"] == {
        "filename": "depth.png",
        "subfolder": "",
        "type": "input",
        "channel": "grey",
    }
    canvas.page.wait_for_timeout(500)
    assert "did not load" not in canvas.element(node, "").first.inner_text()


def test_a_panorama_is_named_in_its_own_size(canvas, shown, picture_file):
    source = load_image(canvas, picture_file("panorama.png", png(4200, 420)))
    node = canvas.brush()
    canvas.link(source, 0, node, "image")
    shown(4200, 420)
    assert "4200 × 420" in canvas.element(node, ".flowbrush-status").inner_text()


def test_loading_a_picture_is_said_cancelled_and_taken_up_again(canvas, shown):
    hint = """async () => {
        const { hint } = await import('/extensions/flowbrush/editor/stage/overlay.mjs');
        return shown.session ? hint(shown.session, false) : '';
    }"""
    held = []
    canvas.page.route("**/flowbrush/picture", lambda route: held.append(route))
    example = canvas.add("FlowbrushExampleImage", (40, 60), width=320, height=192)
    node = canvas.brush()
    canvas.link(example, 0, node, "image")
    canvas.wait(f"async () => (await ({hint})()).startsWith('Loading the picture…')")
    canvas.element(node, ".flowbrush-stage").focus()
    canvas.press("Escape")
    canvas.wait(f"async () => (await ({hint})()) === 'The picture was not loaded; Enter loads it'")
    canvas.page.unroute("**/flowbrush/picture")
    canvas.press("Enter")
    shown(320, 192)
