"""The nodes: one file a stage of the graph. They check their inputs and leave the work to the library and the host."""


def node_classes() -> list[type]:
    """All nodes, in the order of the graph. They are imported here, when `comfy_api` is known to be there."""
    from .ati import ATI
    from .best_of_n import BestOfN
    from .brush import MotionBrush
    from .camera import CameraMotion
    from .camera_embedding import CameraEmbedding, MotionFromCamera
    from .cogvideox import CogVideoX
    from .combine import CombineMotion
    from .conditioning import MotionConditioning
    from .decode import DecodeVideo
    from .example import ExampleImage
    from .first_frame import FirstFrame
    from .guide_video import GuideVideo
    from .guider import Guider
    from .in_place import InPlaceGuide
    from .interpolate import InterpolateFrames
    from .mask_motion import MotionFromMasks
    from .measure import MeasureMotion
    from .model import LoadModel
    from .noise import LatentNoise
    from .preview import PreviewMotion
    from .sampler import Sampler
    from .text import TextEncode
    from .time_to_move import TimeToMove
    from .tracks import MotionFromTracks, MotionToTracks
    from .transfer import MotionFromVideo
    from .vace import VACEControl
    from .wan_move import WanMove
    from .warp import WarpImage

    return [
        LoadModel,
        TextEncode,
        ExampleImage,
        FirstFrame,
        MotionBrush,
        CameraMotion,
        MotionFromTracks,
        MotionFromVideo,
        MotionFromCamera,
        MotionFromMasks,
        CombineMotion,
        MotionConditioning,
        TimeToMove,
        WanMove,
        ATI,
        LatentNoise,
        Sampler,
        Guider,
        BestOfN,
        DecodeVideo,
        InterpolateFrames,
        PreviewMotion,
        MotionToTracks,
        WarpImage,
        VACEControl,
        GuideVideo,
        InPlaceGuide,
        CogVideoX,
        CameraEmbedding,
        MeasureMotion,
    ]
