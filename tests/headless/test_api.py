import sys

import pytest
from comfy_api.latest import ComfyExtension, InputImpl, Types, io, ui
from flowbrush.hosts.headless import install


def test_the_stand_in_is_what_nodes_import():
    assert io.__name__ == "flowbrush.hosts.headless.api.io"
    before = sys.modules["comfy_api.latest"]
    install()
    assert sys.modules["comfy_api.latest"] is before
    assert {ComfyExtension.__name__, InputImpl.__name__, Types.__name__} == {
        "ComfyExtension",
        "InputImpl",
        "Types",
    }


def test_inputs_are_written_as_in_object_info():
    schema = io.Schema(
        node_id="N",
        inputs=[
            io.Image.Input("image", tooltip="A picture."),
            io.Int.Input("seed", default=1, min=0, max=9, control_after_generate=True),
            io.Float.Input(
                "scale",
                default=1.0,
                step=0.1,
                round=0.01,
                display_mode=io.NumberDisplay.slider,
                optional=True,
            ),
            io.String.Input("text", multiline=True, dynamic_prompts=True),
            io.Boolean.Input("on", default=True, label_on="yes", label_off="no", advanced=True),
            io.Combo.Input("mode", options=["a", "b"], default="b"),
            io.Custom("FLOWBRUSH_MOTION").Input("motion", optional=True, lazy=True),
            io.String.Input("document", default="", extra_dict={"widgetType": "EDITOR"}, socketless=True),
            io.MultiType.Input(io.Float.Input("number", default=2.0), types=[io.Float, io.Int]),
        ],
        outputs=[io.Image.Output("frames", tooltip="Frames."), io.Float.Output()],
        hidden=[io.Hidden.unique_id],
        is_output_node=True,
    )
    info = schema.node_info()
    assert info["input"]["required"] == {
        "image": ("IMAGE", {"tooltip": "A picture."}),
        "seed": ("INT", {"default": 1, "min": 0, "max": 9, "control_after_generate": True}),
        "text": ("STRING", {"multiline": True, "dynamicPrompts": True}),
        "on": ("BOOLEAN", {"advanced": True, "default": True, "label_on": "yes", "label_off": "no"}),
        "mode": ("COMBO", {"default": "b", "multiselect": False, "options": ["a", "b"]}),
        "document": (
            "STRING",
            {"widgetType": "EDITOR", "default": "", "socketless": True, "multiline": False},
        ),
        "number": ("FLOAT,INT", {"default": 2.0, "widgetType": "FLOAT"}),
    }
    assert info["input"]["optional"] == {
        "scale": ("FLOAT", {"default": 1.0, "step": 0.1, "display": "slider", "round": 0.01}),
        "motion": ("FLOWBRUSH_MOTION", {"lazy": True}),
    }
    assert list(info["input"]["hidden"]) == ["unique_id", "prompt", "extra_pnginfo"]
    assert info["output"] == ["IMAGE", "FLOAT"]
    assert info["output_name"] == ["frames", "FLOAT"]
    assert info["output_tooltips"] == ["Frames.", None]


def test_ids_appear_once():
    with pytest.raises(
        ValueError, match=r"Input ids of `N` must be unique, but \['a'\] appear more than once"
    ):
        io.Schema(node_id="N", inputs=[io.Image.Input("a"), io.Mask.Input("a")])


def test_unknown_arguments_are_errors():
    with pytest.raises(TypeError):
        io.Int.Input("n", minimum=3)
    with pytest.raises(TypeError):
        io.Image.Input("n", default=3)


def test_shown_values_are_written_as_in_history():
    file = ui.SavedResult("a.png", "sub", io.FolderType.output)
    assert ui.PreviewVideo([file]).as_dict() == {
        "images": [{"filename": "a.png", "subfolder": "sub", "type": "output"}],
        "animated": (True,),
    }
    assert ui.PreviewText("12").as_dict() == {"text": ("12",)}
