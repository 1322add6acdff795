"""Example graphs that drive large models with stock loaders, one for each way in which the motion reaches a model.

The files have the names in ComfyUI's own templates, or those of their publishers where no template has them. The graphs need them
to run; the note of each graph says where they go and who has them.
"""

from __future__ import annotations

from collections.abc import Callable

from .canvas import Graph
from .native_av import h3_guides, h3_reference, ltx2_motion_track, time_to_move_h3, time_to_move_ltx2
from .native_control import fun_camera, fun_control, vace
from .native_experts import fun_camera_wan22, fun_control_wan22, fun_control_wan22_5b, vace_wan22
from .native_families import time_to_move_cosmos, time_to_move_hunyuan15, time_to_move_kandinsky5
from .native_fast import time_to_move_causal, time_to_move_wan22_4_steps
from .native_long import long_shot_h3, long_shot_ltx2, long_shot_wan22
from .native_ltx2 import cascade, h3_in_place, ltx2_in_place, ltx2_two_stages, time_to_move_ltx25
from .native_others import cogvideox, ltx_in_place, time_to_move_hunyuan, time_to_move_svd
from .native_refine import cascade_wan22, enlarge_seedvr2
from .native_restyle import restyle_h3, restyle_ltx2, restyle_wan22
from .native_videos import animate2, bernini_r, scail2, uni3c
from .native_wan import ati, time_to_move_wan22, time_to_move_wan22_5b, wan_move

NATIVE: list[Callable[[], Graph]] = [
    time_to_move_h3,
    h3_guides,
    h3_reference,
    h3_in_place,
    time_to_move_ltx2,
    time_to_move_ltx25,
    ltx2_two_stages,
    ltx2_motion_track,
    ltx2_in_place,
    wan_move,
    ati,
    time_to_move_wan22,
    time_to_move_wan22_4_steps,
    time_to_move_wan22_5b,
    animate2,
    scail2,
    bernini_r,
    uni3c,
    time_to_move_causal,
    time_to_move_hunyuan,
    time_to_move_hunyuan15,
    time_to_move_kandinsky5,
    time_to_move_cosmos,
    time_to_move_svd,
    ltx_in_place,
    vace,
    fun_control,
    fun_camera,
    fun_control_wan22,
    fun_control_wan22_5b,
    fun_camera_wan22,
    vace_wan22,
    cogvideox,
    long_shot_wan22,
    long_shot_ltx2,
    long_shot_h3,
    restyle_wan22,
    restyle_ltx2,
    restyle_h3,
    cascade,
    cascade_wan22,
    enlarge_seedvr2,
]
