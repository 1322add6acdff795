import inspect
from importlib import import_module
from pathlib import Path

import flowbrush.nodes
import pytest
from comfy_api.latest import io
from flowbrush.nodes import NODES, node_classes
from flowbrush.nodes.node import Node

# Saved workflows store widget values by position: adding at the end of a list is safe, anything else breaks them.
WIDGETS = {
    "FlowbrushLoadModel": ["diffusion_model", "text_encoder", "vae"],
    "FlowbrushTextEncode": ["prompt", "negative"],
    "FlowbrushExampleImage": ["name", "width", "height", "variation"],
    "FlowbrushFirstFrame": ["width", "height", "length", "fit", "model"],
    "FlowbrushMotionBrush": ["document", "length"],
    "FlowbrushCameraMotion": [
        "length",
        "pan",
        "tilt",
        "truck",
        "pedestal",
        "dolly",
        "zoom",
        "roll",
        "ease",
        "field_of_view",
    ],
    "FlowbrushMotionFromTracks": ["points", "format", "width", "height", "length", "reach"],
    "FlowbrushMotionFromVideo": ["length"],
    "FlowbrushCombineMotion": [],
    "FlowbrushExtendShot": ["length", "overlap", "starts_at"],
    "FlowbrushHoldFrames": [],
    "FlowbrushJoinParts": ["overlap", "match_colours", "fps"],
    "FlowbrushShotList": ["transitions", "fit", "crf"],
    "FlowbrushEditClip": ["action", "frame"],
    "FlowbrushTimeToMove": ["preset", "weak_clock", "strong_clock", "trim_latent", "hold", "behind"],
    "FlowbrushCloseLoop": [],
    "FlowbrushSampleInTiles": ["tile_width", "tile_height", "overlap"],
    "FlowbrushWanMove": ["length", "strength", "spacing", "unpainted", "sides"],
    "FlowbrushATI": ["length", "strength", "spacing", "unpainted", "sides", "sums"],
    "FlowbrushMotionConditioning": [
        "length",
        "mode",
        "unpainted",
        "motion_guidance",
        "hold_known",
        "behind",
        "between",
    ],
    "FlowbrushLatentNoise": ["width", "height", "length", "batch_size", "seed"],
    "FlowbrushSampler": [
        "steps",
        "cfg",
        "motion_cfg",
        "solver",
        "schedule",
        "shift",
        "denoise",
        "cfg_schedule",
    ],
    "FlowbrushGuider": [
        "cfg",
        "motion_cfg",
        "cfg_schedule",
        "motion_schedule",
        "from_noise",
        "to_noise",
    ],
    "FlowbrushBestOfN": [
        "count",
        "seed",
        "judge",
        "good_enough",
        "tile_size",
        "steps",
        "cfg",
        "motion_cfg",
        "solver",
        "schedule",
        "shift",
        "denoise",
        "cfg_schedule",
    ],
    "FlowbrushDecodeVideo": ["tile_size", "composite", "behind", "size", "loop"],
    "FlowbrushInterpolateFrames": ["fps", "multiplier", "target_fps", "scene_threshold", "method", "loop"],
    "FlowbrushPreviewMotion": ["style"],
    "FlowbrushMotionToTracks": ["width", "height", "spacing", "painted_only", "format"],
    "FlowbrushWarpImage": ["fill_holes", "behind"],
    "FlowbrushAnimatePicture": ["behind", "length", "fps", "crf"],
    "FlowbrushSaveLoop": ["fps", "format", "quality", "times", "filename_prefix"],
    "FlowbrushCleanPlate": ["grow", "seed"],
    "FlowbrushPictureToLayers": ["seed"],
    "FlowbrushLayersToMotion": ["document", "length"],
    "FlowbrushMotionFromMasks": ["length", "turns", "grows"],
    "FlowbrushVACEControl": ["unpainted", "grow", "behind"],
    "FlowbrushGuideVideo": ["style", "holes", "spacing", "width", "height", "behind"],
    "FlowbrushInPlaceGuide": ["strength", "elsewhere", "behind", "behind_strength"],
    "FlowbrushCogVideoX": ["length", "weights", "motion_as"],
    "FlowbrushCameraEmbedding": ["width", "height", "scene_distance"],
    "FlowbrushMotionFromPrompt": ["prompt", "length", "strength"],
    "FlowbrushMotionFromPreset": ["preset", "length", "fit"],
    "FlowbrushDriveMotion": ["by", "fps", "bpm", "layer"],
    "FlowbrushMotionFromCamera": ["length", "scene_distance"],
    "FlowbrushMeasureMotion": ["with_floor"],
}

CLASSES = {cls.define_schema().node_id: cls for cls in node_classes()}


def test_the_pack_has_these_nodes():
    assert set(CLASSES) == set(WIDGETS)
    assert len(node_classes()) == len(WIDGETS)


def test_every_node_class_in_the_folder_is_listed():
    written = set()
    for file in Path(flowbrush.nodes.__file__).parent.glob("*.py"):
        module = import_module(f"flowbrush.nodes.{file.stem}")
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, io.ComfyNode) and cls is not Node and cls.__module__ == module.__name__:
                written.add(f"{file.stem}.{name}")
    assert written == set(NODES) and len(NODES) == len(set(NODES))


@pytest.mark.parametrize("node_id", WIDGETS)
def test_widget_order_is_what_saved_workflows_rely_on(node_id):
    sections = CLASSES[node_id].define_schema().node_info()["input"]
    kinds = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
    widgets = [
        name
        for section in ("required", "optional")
        for name, entry in sections.get(section, {}).items()
        if entry[0] in kinds and not entry[1].get("forceInput")
    ]
    assert widgets == WIDGETS[node_id]


@pytest.mark.parametrize("node_id", WIDGETS)
def test_a_newcomer_sees_some_widgets_and_hidden_ones_shorten_the_node(node_id):
    """The row that shows hidden widgets is as high as one of them, so hiding a single one gains nothing."""
    inputs = CLASSES[node_id].define_schema().inputs
    hidden = [entry.id for entry in inputs if entry.extra_dict.get("advanced")]
    assert not hidden or len(hidden) >= 2
    assert not hidden or set(WIDGETS[node_id]) - set(hidden)
    assert not {"length", "prompt", "seed", "steps", "preset", "mode", "document"} & set(hidden)


@pytest.mark.parametrize("node_id", WIDGETS)
def test_everything_has_a_tooltip(node_id):
    schema = CLASSES[node_id].define_schema()
    assert schema.description and schema.category == "Flowbrush"
    assert schema.display_name.startswith("Flowbrush ")
    for entry in [*schema.inputs, *schema.outputs]:
        assert entry.tooltip and entry.tooltip.rstrip().endswith("."), f"{node_id}.{entry.id}"


@pytest.mark.parametrize("node_id", WIDGETS)
def test_sockets_are_native_except_for_the_motion(node_id):
    native = {
        "MODEL",
        "CLIP",
        "VAE",
        "CONDITIONING",
        "LATENT",
        "NOISE",
        "SIGMAS",
        "GUIDER",
        "IMAGE",
        "MASK",
        "VIDEO",
        "LAYERS",
        "TRACKS",
        "AUDIO",
        "POSE_KEYPOINT",
        "FACE_LANDMARKS",
        "CLIP_VISION_OUTPUT",
        "WAN_CAMERA_EMBEDDING",
    }
    native |= {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "FLOWBRUSH_MOTION", "INTERP_MODEL"}
    schema = CLASSES[node_id].define_schema()
    several = [entry.get_io_type() for entry in schema.inputs if isinstance(entry, io.MultiType.Input)]
    kinds = {kind for names in several for kind in names.split(",")}
    kinds |= {
        entry.io_type
        for entry in [*schema.inputs, *schema.outputs]
        if not isinstance(entry, io.MultiType.Input)
    }
    assert kinds <= native
