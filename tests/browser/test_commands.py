"""The pack's commands, their keys and its page in ComfyUI's settings do what they say."""

import re

import pytest

pytestmark = [pytest.mark.comfyui, pytest.mark.browser]

COMMANDS = [
    "Flowbrush.StartHere",
    "Flowbrush.OpenEditor",
    "Flowbrush.PlayMotion",
    "Flowbrush.NewMotionBrush",
    "Flowbrush.SpatialPhoto",
]
DEFAULTS = {
    "Tool": "brush",
    "BrushSize": 6,
    "PenPressure": True,
    "Gaps": False,
    "Frame": True,
    "Loop": True,
    "FrameRate": 16,
}
SESSION = "(id) => app.canvas.graph.getNodeById(id).widgets[0].flowbrush.editor.session"


@pytest.fixture
def settings(canvas):
    """A function that sets one of the pack's settings; all have their defaults again afterwards."""

    def put(name, value):
        canvas.run(
            "([id, value]) => app.extensionManager.setting.set(id, value)",
            [f"Flowbrush.Editor.{name}", value],
        )

    yield put
    for name, value in DEFAULTS.items():
        put(name, value)


def execute(canvas, command):
    canvas.run("(id) => app.extensionManager.command.execute(id)", command)


def wait_for_toast(canvas, pattern):
    """Wait until ComfyUI shows a sentence in which a regular expression is found."""
    canvas.page.locator(".p-toast-detail", has_text=re.compile(pattern)).first.wait_for()


def select(canvas, *nodes):
    canvas.run(
        "(ids) => app.canvas.selectItems(ids.map((id) => app.canvas.graph.getNodeById(id)))", list(nodes)
    )


def test_the_defaults_are_those_of_the_editor(canvas):
    node = canvas.brush()
    found = canvas.run(
        "(names) => Object.fromEntries(names.map((name) =>"
        " [name, app.extensionManager.setting.get(`Flowbrush.Editor.${name}`)]))",
        list(DEFAULTS),
    )
    assert found == DEFAULTS
    options = canvas.run(f"(id) => ({SESSION})(id).options", node)
    assert (options["radius"], options["fps"], options["holes"]) == (0.06, 16, False)


def test_every_setting_takes_effect_in_open_editors_and_in_new_ones(canvas, settings):
    first = canvas.brush()
    for name, value in {
        "Tool": "lasso",
        "BrushSize": 12,
        "PenPressure": False,
        "Gaps": True,
        "Frame": False,
        "Loop": False,
        "FrameRate": 30,
    }.items():
        settings(name, value)
    second = canvas.brush((940, 40))
    for node in (first, second):
        session = canvas.run(
            f"(id) => {{ const s = ({SESSION})(id); return {{tool: s.tool, ...s.options}}; }}", node
        )
        expected = {"tool": "lasso", "radius": 0.12, "pressure": False, "holes": True}
        expected |= {"frame": False, "loop": False, "fps": 30}
        assert {name: session[name] for name in expected} == expected


def test_what_the_artist_chose_in_an_editor_is_not_reset_when_the_node_comes_back(canvas, settings):
    settings("BrushSize", 12)
    node = canvas.brush()
    canvas.run(f"(id) => ({SESSION})(id).setOption('radius', 0.2)", node)
    canvas.leave()
    canvas.run(
        """(id) => {
            const { graph } = app.canvas, node = graph.getNodeById(id);
            graph.remove(node);
            graph.add(node);
        }""",
        node,
    )
    canvas.wait_for_editor(node)
    assert canvas.run(f"(id) => ({SESSION})(id).options.radius", node) == 0.2


def test_keys_open_the_full_window_and_play(canvas):
    node = canvas.brush()
    canvas.stroke(node)
    canvas.leave()
    canvas.press("Alt+Shift+P")
    canvas.wait(f"(id) => ({SESSION})(id).playing", node)
    canvas.press("Alt+Shift+P")
    canvas.wait(f"(id) => !({SESSION})(id).playing", node)
    canvas.press("Alt+Shift+E")
    canvas.wait("() => document.querySelector('.flowbrush-overlay .flowbrush-stage')")
    execute(canvas, "Flowbrush.OpenEditor")
    canvas.wait("() => !document.querySelector('.flowbrush-overlay')")


def test_an_editor_that_was_never_seen_can_be_opened_in_the_full_window(canvas):
    node = canvas.add("FlowbrushMotionBrush", (6000, 40))
    execute(canvas, "Flowbrush.OpenEditor")
    canvas.wait("() => document.querySelector('.flowbrush-overlay .flowbrush-stage')?.offsetWidth > 600")
    canvas.press("Escape")
    canvas.wait("() => !document.querySelector('.flowbrush-overlay')")
    assert canvas.run(f"(id) => ({SESSION})(id).text", node) == ""


def test_of_two_editors_the_selected_one_is_meant(canvas):
    first, second = canvas.brush(), canvas.brush((940, 40))
    execute(canvas, "Flowbrush.PlayMotion")
    wait_for_toast(canvas, r"^\s*Select one Motion Brush first\.\s*$")
    select(canvas, second)
    execute(canvas, "Flowbrush.PlayMotion")
    playing = [canvas.run(f"(id) => ({SESSION})(id).playing", node) for node in (first, second)]
    assert playing == [False, True]


def test_a_new_motion_brush_is_connected_to_the_selected_picture_in_one_step_of_undo(canvas):
    picture = canvas.add("FlowbrushExampleImage", (100, 40))
    select(canvas, picture)
    canvas.page.mouse.move(150, 900)
    canvas.press("Alt+Shift+B")
    canvas.wait("() => app.graph.nodes.some(({type}) => type === 'FlowbrushMotionBrush')")
    found = canvas.run(
        """() => {
            const brush = app.graph.nodes.find(({type}) => type === 'FlowbrushMotionBrush');
            const link = app.graph.getLink(brush.inputs.find(({name}) => name === 'image').link);
            return [link.origin_id, brush.pos[0] > 200, app.canvas.selected_nodes[brush.id] === brush];
        }"""
    )
    assert found == [picture, True, True]
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait("() => app.graph.nodes.length === 1")


FEEDING = """(id) => app.canvas.graph.getNodeById(id).inputs.filter(({link}) => link != null).map(({name, link}) =>
    [name, app.graph.getNodeById(app.graph.getLink(link).origin_id).type])"""


def test_depth_and_a_camera_are_added_for_the_selected_picture_in_one_step_of_undo(canvas):
    picture = canvas.add("FlowbrushExampleImage", (100, 40))
    select(canvas, picture)
    canvas.page.mouse.move(150, 900)
    canvas.press("Alt+Shift+D")
    canvas.wait("() => app.graph.nodes.some(({type}) => type === 'SaveVideo')")
    ids = canvas.run("() => Object.fromEntries(app.graph.nodes.map(({id, type}) => [type, id]))")
    image = ["image", "FlowbrushExampleImage"]
    assert canvas.run(FEEDING, ids["FlowbrushMotionFromPreset"]) == [image, ["depth", "ImageToMask"]]
    assert canvas.run(FEEDING, ids["FlowbrushAnimatePicture"]) == [
        image,
        ["motion", "FlowbrushMotionFromPreset"],
    ]
    assert canvas.run(FEEDING, ids["DA3Inference"]) == [["da3_model", "LoadDA3Model"], image]
    assert canvas.run(FEEDING, ids["DA3Render"]) == [["da3_geometry", "DA3Inference"]]
    assert canvas.run(FEEDING, ids["SaveVideo"]) == [["video", "FlowbrushAnimatePicture"]]
    wait_for_toast(canvas, "models/geometry_estimation")
    canvas.leave()
    canvas.press("Control+z")
    canvas.wait("() => app.graph.nodes.length === 1")


def test_a_selected_motion_brush_gets_the_depth_of_the_selected_picture(canvas):
    picture, brush = canvas.add("FlowbrushExampleImage", (100, 40)), canvas.brush((420, 40))
    select(canvas, picture, brush)
    execute(canvas, "Flowbrush.SpatialPhoto")
    assert canvas.run(FEEDING, brush) == [["image", "FlowbrushExampleImage"], ["depth", "DA3Render"]]
    assert not canvas.run("() => app.graph.nodes.some(({type}) => type === 'SaveVideo')")


def test_every_command_is_in_the_menu_and_has_a_key(canvas):
    found = canvas.run(
        "(ids) => ids.map((id) => { const c = app.extensionManager.command.commands.find((each) => each.id === id);"
        " return [c.label.startsWith('Motion Brush: '), !!c.keybinding]; })",
        COMMANDS,
    )
    assert found == [[True, True]] * len(COMMANDS)
