"""The nodes, one file each. They check their inputs and call the library and the host, which do the work."""

from importlib import import_module
from typing import Any

NODES = (
    "model.LoadModel",
    "text.TextEncode",
    "example.ExampleImage",
    "first_frame.FirstFrame",
    "brush.MotionBrush",
    "camera.CameraMotion",
    "prompt_motion.MotionFromPrompt",
    "preset_motion.MotionFromPreset",
    "tracks.MotionFromTracks",
    "transfer.MotionFromVideo",
    "camera_embedding.MotionFromCamera",
    "mask_motion.MotionFromMasks",
    "drive_motion.DriveMotion",
    "combine.CombineMotion",
    "conditioning.MotionConditioning",
    "time_to_move.TimeToMove",
    "close_loop.CloseLoop",
    "sample_in_tiles.SampleInTiles",
    "wan_move.WanMove",
    "ati.ATI",
    "noise.LatentNoise",
    "sampler.Sampler",
    "guider.Guider",
    "best_of_n.BestOfN",
    "decode.DecodeVideo",
    "interpolate.InterpolateFrames",
    "extend_shot.ExtendShot",
    "extend_shot.HoldFrames",
    "extend_shot.JoinParts",
    "shot_list.ShotList",
    "edit_clip.EditClip",
    "preview.PreviewMotion",
    "tracks.MotionToTracks",
    "warp.WarpImage",
    "animate_picture.AnimatePicture",
    "save_loop.SaveLoop",
    "clean_plate.CleanPlate",
    "layers.PictureToLayers",
    "layers.LayersToMotion",
    "vace.VACEControl",
    "guide_video.GuideVideo",
    "in_place.InPlaceGuide",
    "cogvideox.CogVideoX",
    "camera_embedding.CameraEmbedding",
    "measure.MeasureMotion",
)
"""File and class of every node, in the order in which ComfyUI lists them."""


def node_classes() -> list[type[Any]]:
    """All node classes in the order of `NODES`.

    They are imported here and not with the package, because `comfy_api` must be importable first.
    """
    return [_node_class(*path.split(".")) for path in NODES]


def _node_class(module: str, name: str) -> type[Any]:
    return getattr(import_module(f"{__name__}.{module}"), name)
