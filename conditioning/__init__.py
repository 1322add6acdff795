"""Conditioning: one motion field in the forms that video models read, each in a file of its own.

Functions over torch tensors that need no ComfyUI. Where a VAE is needed, they take its encoder as a function:

    from flowbrush.conditioning import ImageToVideo

    clip = ImageToVideo(first, last=None, length=17, encode=encode)  # IMAGE [1,H,W,3]; frames [T,H,W,3] to latents
    image, mask = clip.latents_with(field, "warped video")  # [1,16,T',h,w] and [1,4,T',h,w]
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ..exports import lazy_exports

if TYPE_CHECKING:
    from .ati import ati_latents, soft_copy
    from .carriers import Carriers, carriers_of_field, carriers_of_motion_and_tracks, carriers_of_tracks
    from .cogvideox import cogvideox_latents
    from .guide_video import control_video, discs_by_age, gaussian_spots, guide_points, warped_picture
    from .image_to_video import (
        ConcatLatents,
        Encode,
        clip_latents,
        first_frame_latents,
        known_frames,
        masked_latent,
        validity_to_mask,
        with_concat_latents,
    )
    from .in_place import in_place_noise_mask, latent_cell_means
    from .latent_frames import ati_group_mean, empty_latent, time_to_move_frames, wan_move_frames
    from .motion_latents import FORMS, ImageToVideo
    from .plucker import (
        Poses,
        camera_embedding,
        camera_poses,
        poses_from_embedding,
        trajectory_from_embedding,
    )
    from .reference import Reference, constraint_strength, latent_strength, reference_video
    from .wan_move import latent_copy, wan_move_latents
    from .warped_video import known_share, warped_video_latents

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "ati": ["ati_latents", "soft_copy"],
        "carriers": ["Carriers", "carriers_of_field", "carriers_of_motion_and_tracks", "carriers_of_tracks"],
        "cogvideox": ["cogvideox_latents"],
        "guide_video": [
            "control_video",
            "discs_by_age",
            "gaussian_spots",
            "guide_points",
            "warped_picture",
        ],
        "image_to_video": [
            "ConcatLatents",
            "Encode",
            "clip_latents",
            "first_frame_latents",
            "known_frames",
            "masked_latent",
            "validity_to_mask",
            "with_concat_latents",
        ],
        "in_place": ["in_place_noise_mask", "latent_cell_means"],
        "latent_frames": ["ati_group_mean", "empty_latent", "time_to_move_frames", "wan_move_frames"],
        "motion_latents": ["FORMS", "ImageToVideo"],
        "plucker": [
            "Poses",
            "camera_embedding",
            "camera_poses",
            "poses_from_embedding",
            "trajectory_from_embedding",
        ],
        "reference": ["Reference", "constraint_strength", "latent_strength", "reference_video"],
        "wan_move": ["latent_copy", "wan_move_latents"],
        "warped_video": ["known_share", "warped_video_latents"],
    },
)
