"""Motion measured in pictures: optical flow, pixels tracked through a video, and frame interpolation."""

from .agreement import Agreement, flow_agreement
from .clip_between import clip_between
from .correspondence import Between, Correspondence
from .dis_flow import dis_flow, flow_consistency, is_consistent, track_pixels
from .frame_interpolation import (
    FramePair,
    by_agreement,
    foreign_share,
    frames_at,
    interpolate,
    interpolated_frames,
    positions_at_rate,
)

__all__ = [
    "Agreement",
    "Between",
    "Correspondence",
    "FramePair",
    "by_agreement",
    "clip_between",
    "dis_flow",
    "flow_agreement",
    "flow_consistency",
    "foreign_share",
    "frames_at",
    "interpolate",
    "interpolated_frames",
    "is_consistent",
    "positions_at_rate",
    "track_pixels",
]
