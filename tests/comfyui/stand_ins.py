"""Small random checkpoints of the large video models, each in its published layout under its published file name.

They test wiring and shapes: a graph with stock loaders runs unchanged on them, in seconds on a CPU.
`stand_ins_writer.py` writes them with ComfyUI's interpreter. A server that loads them needs the probe pack, which lets
hard-coded widths be narrow (see `probe/narrow.py`).
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .server import comfyui_python, environment


@dataclass(frozen=True)
class StandIn:
    """One file of a large model: its folder under ComfyUI's `models`, its name, and the layout and sizes to write."""

    folder: str
    name: str
    layout: str
    sizes: tuple[tuple[str, int], ...] = ()

    def path(self, models: Path) -> Path:
        """The path of the file under `models`."""
        return models / self.folder / self.name


def _network(name: str, layout: str, **sizes: int) -> StandIn:
    return StandIn("diffusion_models", name, layout, tuple(sizes.items()))


# File names as in Comfy's own templates. Channels are the published ones; widths and depths are small.
WAN21_I2V = _network("wan2.1_i2v_480p_14B_fp16.safetensors", "wan", in_dim=36, vision=1)
WAN_MOVE = _network("Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors", "wan", in_dim=36, vision=1)
ATI = _network("Wan2_1-I2V-ATI-14B_fp8_e4m3fn.safetensors", "wan", in_dim=36, vision=1)
WAN21_T2V = _network("wan2.1_t2v_1.3B_fp16.safetensors", "wan", in_dim=16)
VACE = _network("wan2.1_vace_14B_fp16.safetensors", "wan_vace", in_dim=16)
FUN_CONTROL = _network("wan2.1_fun_control_1.3B_bf16.safetensors", "wan", in_dim=48, vision=1)
FUN_CAMERA = _network("wan2.1_fun_camera_v1.1_1.3B_bf16.safetensors", "wan_camera", in_dim=32)
WAN22_HIGH = _network("wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors", "wan", in_dim=36)
WAN22_LOW = _network("wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors", "wan", in_dim=36)
WAN22_FUN_CONTROL_HIGH = _network(
    "wan2.2_fun_control_high_noise_14B_fp8_scaled.safetensors", "wan", in_dim=52, reference=1
)
WAN22_FUN_CONTROL_LOW = _network(
    "wan2.2_fun_control_low_noise_14B_fp8_scaled.safetensors", "wan", in_dim=52, reference=1
)
WAN22_FUN_CAMERA_HIGH = _network(
    "wan2.2_fun_camera_high_noise_14B_fp8_scaled.safetensors", "wan_camera", in_dim=36, vision=0
)
WAN22_FUN_CAMERA_LOW = _network(
    "wan2.2_fun_camera_low_noise_14B_fp8_scaled.safetensors", "wan_camera", in_dim=36, vision=0
)
WAN22_VACE_HIGH = _network("wan2.2_fun_vace_high_noise_14B_fp8_scaled.safetensors", "wan_vace", in_dim=16)
WAN22_VACE_LOW = _network("wan2.2_fun_vace_low_noise_14B_fp8_scaled.safetensors", "wan_vace", in_dim=16)
WAN22_5B = _network("wan2.2_ti2v_5B_fp16.safetensors", "wan", in_dim=48, out_dim=48)
WAN22_FUN_CONTROL_5B = _network(
    "wan2.2_fun_control_5B_bf16.safetensors", "wan", in_dim=148, out_dim=48, reference=1
)
WAN_ANIMATE2 = _network("wan_animate_2_int8_convrot.safetensors", "wan_animate2")
WAN_SCAIL2 = _network("wan2.1_14B_SCAIL_2_fp16.safetensors", "wan_scail2")
WAN_CAUSAL = _network("causal_forcing-framewise.safetensors", "wan_causal")
BERNINI_HIGH = _network("wan2.2_bernini_r_high_noise_fp8_scaled.safetensors", "wan", in_dim=16)
BERNINI_LOW = _network("wan2.2_bernini_r_low_noise_fp8_scaled.safetensors", "wan", in_dim=16)
UNI3C = StandIn("model_patches", "Wan21_Uni3C_controlnet_fp16.safetensors", "uni3c")
HUNYUAN15_I2V = _network("hunyuanvideo1.5_720p_i2v_fp16.safetensors", "hunyuan15")
KANDINSKY5 = _network("kandinsky5lite_i2v_5s.safetensors", "kandinsky5")
COSMOS_PREDICT2 = _network("cosmos_predict2_2B_video2world_480p_16fps.safetensors", "cosmos_predict2")
HUNYUAN_T2V = _network("hunyuan_video_t2v_720p_bf16.safetensors", "hunyuan", in_dim=16, guidance=1)
HUNYUAN_I2V = _network("hunyuan_video_image_to_video_720p_bf16.safetensors", "hunyuan", in_dim=33)
HUNYUAN_I2V_V2 = _network(
    "hunyuan_video_v2_replace_image_to_video_720p_bf16.safetensors", "hunyuan", in_dim=16
)
MINIMAX_H3 = _network("minimax_h3_fl2va_pruned_int8_convrot.safetensors", "minimax_h3")
MINIMAX_H3_REFERENCE = _network("minimax_h3_ref2va_pruned_int8_convrot.safetensors", "minimax_h3")
COGVIDEOX_I2V = _network("CogVideoX_5b_I2V_bf16.safetensors", "cogvideox", in_dim=32)
COGVIDEOX_I2V_PUBLISHED = _network("CogVideoX_1_0_5b_I2V_bf16.safetensors", "cogvideox_published", in_dim=32)
COGVIDEOX15_I2V_PUBLISHED = _network(
    "CogVideoX_1_5_5b_I2V_fp16.safetensors", "cogvideox_1_5_published", in_dim=32
)
COGVIDEOX15_I2V = _network("CogVideoX_1_5_5b_I2V_bf16.safetensors", "cogvideox_1_5", in_dim=32)
WAN21_VAE = StandIn("vae", "wan_2.1_vae.safetensors", "wan21_vae")
WAN22_VAE = StandIn("vae", "wan2.2_vae.safetensors", "wan22_vae")
HUNYUAN15_VAE = StandIn("vae", "hunyuanvideo15_vae_fp16.safetensors", "hunyuan15_vae")
WAN_VAE_BF16 = StandIn("vae", "Wan2_1_VAE_bf16.safetensors", "wan21_vae")
HUNYUAN_VAE = StandIn("vae", "hunyuan_video_vae_bf16.safetensors", "hunyuan_vae")
COGVIDEOX_VAE = StandIn("vae", "cogvideox_vae.safetensors", "cogvideox_vae")
MINIMAX_H3_VAE = StandIn("vae", "minimax_h3_video_vae_fp16.safetensors", "minimax_h3_vae")
MINIMAX_H3_SOUND = StandIn("vae", "minimax_h3_audio_vae_fp32.safetensors", "minimax_h3_sound")
QWEN_H3 = StandIn("text_encoders", "qwen3vl_32b_minimax_h3_nvfp4_awq.safetensors", "text", (("width", 5120),))
GEMMA = StandIn("text_encoders", "gemma_3_12B_it_fp4_mixed.safetensors", "text", (("width", 256),))
LTX2 = StandIn("checkpoints", "ltx-2.3-22b-distilled-fp8.safetensors", "ltxav")
LTX25 = _network("ltx-2.5-22b-distilled-transformer-comfy-int8-convrot.safetensors", "ltx25")
LTX25_VAE = StandIn("vae", "ltx-2.5-video-vae-bf16.safetensors", "ltx25_vae")
LTX25_SOUND = StandIn("vae", "ltx-2.5-audio-vae-bf16.safetensors", "ltx25_sound")
GEMMA4 = StandIn(
    "text_encoders",
    "gemma4-12b-with-proj-ltx-2.5-comfy-int8-convrot.safetensors",
    "text",
    (("width", 256),),
)
LTX2_MOTION_TRACK = StandIn(
    "loras", "ltx-2.3-22b-ic-lora-motion-track-control-ref0.5.safetensors", "ltxav_lora"
)
WAN22_HIGH_4_STEPS = StandIn("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors", "wan_lora")
WAN22_LOW_4_STEPS = StandIn("loras", "wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise.safetensors", "wan_lora")
LTX2_UPSAMPLER = StandIn(
    "latent_upscale_models", "ltx-2.3-spatial-upscaler-x2-1.1.safetensors", "ltx_upsampler"
)
UPSCALER = StandIn("upscale_models", "RealESRGAN_x4plus.safetensors", "esrgan")
SEEDVR2 = _network("seedvr2_3b_int8_convrot.safetensors", "seedvr2")
SEEDVR2_VAE = StandIn("vae", "seedvr2_ema_vae_fp16.safetensors", "seedvr2_vae")
LTX = StandIn("checkpoints", "ltx-video-2b-v0.9.5.safetensors", "ltx")
SVD = StandIn("checkpoints", "svd_xt.safetensors", "svd")
VISION = StandIn("clip_vision", "clip_vision_h.safetensors", "vision")
SIGCLIP = StandIn("clip_vision", "sigclip_vision_patch14_384.safetensors", "sigclip")
QWEN = StandIn("text_encoders", "qwen_2.5_vl_7b_fp8_scaled.safetensors", "text", (("width", 3584),))
BYT5 = StandIn("text_encoders", "byt5_small_glyphxl_fp16.safetensors", "text", (("width", 1472),))
OLD_T5 = StandIn("text_encoders", "oldt5_xxl_fp8_e4m3fn_scaled.safetensors", "text", (("width", 1024),))
UMT5 = StandIn("text_encoders", "umt5_xxl_fp8_e4m3fn_scaled.safetensors", "text", (("width", 4096),))
T5 = StandIn("text_encoders", "t5xxl_fp16.safetensors", "text", (("width", 4096),))
CLIP_L = StandIn("text_encoders", "clip_l.safetensors", "text", (("width", 768),))
LLAMA = StandIn("text_encoders", "llava_llama3_fp8_scaled.safetensors", "text", (("width", 4096),))

ALL = tuple(value for value in list(globals().values()) if isinstance(value, StandIn))


def write(comfyui: Path, models: Path, wanted: tuple[StandIn, ...] = ALL) -> None:
    """Write those files of `wanted` that `models` lacks, with the interpreter of the ComfyUI in the folder `comfyui`."""
    missing = [one for one in wanted if not one.path(models).is_file()]
    orders = [
        {"path": str(one.path(models)), "layout": one.layout, "sizes": dict(one.sizes)} for one in missing
    ]
    if not orders:
        return
    writer = Path(__file__).with_name("stand_ins_writer.py")
    command = [comfyui_python(comfyui), str(writer), str(comfyui)]
    done = subprocess.run(
        command, input=json.dumps(orders), env=environment(), capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise RuntimeError(f"the stand-ins were not written:\n{done.stderr[-4000:]}")
