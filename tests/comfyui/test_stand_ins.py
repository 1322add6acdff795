"""The stand-ins load in stock loaders as what they stand for, and run through the stock nodes of their route."""

import pytest

from . import stand_ins
from .graphs import node, probe

pytestmark = pytest.mark.comfyui

SIZE = {"width": 64, "height": 64}
SETTINGS = {"seed": 3, "steps": 2, "cfg": 2.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}


def sampled(model, positive, negative, latent, vae, **settings):
    """A stock KSampler, the stock decoder, and probes for both."""
    links = {"model": model, "positive": positive, "negative": negative, "latent_image": latent}
    return {
        "sampled": node("KSampler", **links, **{**SETTINGS, **settings}),
        "decoded": node("VAEDecode", samples=["sampled", 0], vae=vae),
        "samples": probe("Samples", ["sampled", 0]),
        "frames": probe("Frames", ["decoded", 0]),
    }


def loaders(network, vae, text=stand_ins.UMT5, kind="wan"):
    """Stock loaders of a network, its VAE and its text encoder, two prompts and a picture."""
    return {
        "network": node("UNETLoader", unet_name=network.name, weight_dtype="default"),
        "vae": node("VAELoader", vae_name=vae.name),
        "clip": node("CLIPLoader", clip_name=text.name, type=kind, device="default"),
        **prompts(["clip", 0]),
    }


def prompts(clip):
    """Two prompts and a grey picture."""
    return {
        "positive": node("CLIPTextEncode", clip=clip, text="a boat leaves"),
        "negative": node("CLIPTextEncode", clip=clip, text="blurred"),
        "picture": node("EmptyImage", **SIZE, batch_size=1, color=0x406080),
    }


def seen():
    """The picture as ViT-H sees it."""
    return {
        "vision": node("CLIPVisionLoader", clip_name=stand_ins.VISION.name),
        "seen": node("CLIPVisionEncode", clip_vision=["vision", 0], image=["picture", 0], crop="none"),
    }


def wan(network, conditioning, **more):
    """A Wan network, and a stock node that makes (positive, negative, latent) for it."""
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "vae": ["vae", 0]}
    return {
        **loaders(network, stand_ins.WAN21_VAE),
        "cond": node(conditioning, **links, **SIZE, length=9, batch_size=1, **more),
        **sampled(["network", 0], ["cond", 0], ["cond", 1], ["cond", 2], ["vae", 0]),
    }


def wan21_i2v(network=stand_ins.WAN21_I2V):
    return {
        **wan(network, "WanImageToVideo", start_image=["picture", 0], clip_vision_output=["seen", 0]),
        **seen(),
    }


def wan22_5b():
    return {
        **loaders(stand_ins.WAN22_5B, stand_ins.WAN22_VAE),
        "start": node(
            "Wan22ImageToVideoLatent",
            vae=["vae", 0],
            **SIZE,
            length=9,
            batch_size=1,
            start_image=["picture", 0],
        ),
        **sampled(["network", 0], ["positive", 0], ["negative", 0], ["start", 0], ["vae", 0]),
    }


def fun_camera():
    camera = node("WanCameraEmbedding", camera_pose="Zoom In", **SIZE, length=9, speed=1.0)
    camera["inputs"].update(fx=0.5, fy=0.5, cx=0.5, cy=0.5)
    more = {"start_image": ["picture", 0], "camera_conditions": ["camera", 0]}
    return {**wan(stand_ins.FUN_CAMERA, "WanCameraImageToVideo", **more), "camera": camera}


def hunyuan(network, way):
    links = {"positive": ["positive", 0], "vae": ["vae", 0], "start_image": ["picture", 0]}
    graph = {
        **loaders(network, stand_ins.HUNYUAN_VAE),
        "clip": node(
            "DualCLIPLoader",
            clip_name1=stand_ins.CLIP_L.name,
            clip_name2=stand_ins.LLAMA.name,
            type="hunyuan_video",
            device="default",
        ),
        "cond": node("HunyuanImageToVideo", **links, **SIZE, length=9, batch_size=1, guidance_type=way),
    }
    return {**graph, **sampled(["network", 0], ["cond", 0], ["negative", 0], ["cond", 1], ["vae", 0])}


def ltx():
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "vae": ["file", 2]}
    start = {"image": ["picture", 0], **SIZE, "length": 9, "batch_size": 1, "strength": 1.0}
    return {
        "file": node("CheckpointLoaderSimple", ckpt_name=stand_ins.LTX.name),
        "clip": node("CLIPLoader", clip_name=stand_ins.T5.name, type="ltxv", device="default"),
        **prompts(["clip", 0]),
        "cond": node("LTXVImgToVideo", **links, **start),
        **sampled(["file", 0], ["cond", 0], ["cond", 1], ["cond", 2], ["file", 2]),
    }


def svd():
    settings = {"video_frames": 5, "motion_bucket_id": 127, "fps": 6, "augmentation_level": 0.0}
    links = {"clip_vision": ["file", 1], "init_image": ["picture", 0], "vae": ["file", 2]}
    return {
        "file": node("ImageOnlyCheckpointLoader", ckpt_name=stand_ins.SVD.name),
        "picture": node("EmptyImage", **SIZE, batch_size=1, color=0x406080),
        "cond": node("SVD_img2vid_Conditioning", **links, **SIZE, **settings),
        **sampled(["file", 0], ["cond", 0], ["cond", 1], ["cond", 2], ["file", 2]),
    }


def cogvideox(network):
    """Core has no image-to-video node for it: an empty canvas, without a first picture."""
    return {
        **loaders(network, stand_ins.COGVIDEOX_VAE, stand_ins.T5, "cogvideox"),
        "empty": node("EmptyHunyuanLatentVideo", **SIZE, length=9, batch_size=1),
        **sampled(["network", 0], ["positive", 0], ["negative", 0], ["empty", 0], ["vae", 0]),
    }


ROUTES = {
    "wan 2.1 image to video": (wan21_i2v(), (1, 16, 3, 8, 8), 9),
    "wan-move": (wan21_i2v(stand_ins.WAN_MOVE), (1, 16, 3, 8, 8), 9),
    "ati": (wan21_i2v(stand_ins.ATI), (1, 16, 3, 8, 8), 9),
    "vace": (wan(stand_ins.VACE, "WanVaceToVideo", strength=1.0), (1, 16, 3, 8, 8), 9),
    "fun control": (
        wan(stand_ins.FUN_CONTROL, "WanFunControlToVideo", start_image=["picture", 0]),
        (1, 16, 3, 8, 8),
        9,
    ),
    "fun camera": (fun_camera(), (1, 16, 3, 8, 8), 9),
    "wan 2.2 14B": (
        wan(stand_ins.WAN22_HIGH, "WanImageToVideo", start_image=["picture", 0]),
        (1, 16, 3, 8, 8),
        9,
    ),
    "wan 2.2 5B": (wan22_5b(), (1, 48, 3, 4, 4), 9),
    "hunyuanvideo image to video": (
        hunyuan(stand_ins.HUNYUAN_I2V, "v1 (concat)"),
        (1, 16, 3, 8, 8),
        9,
    ),
    "hunyuanvideo image to video v2": (
        hunyuan(stand_ins.HUNYUAN_I2V_V2, "v2 (replace)"),
        (1, 16, 3, 8, 8),
        9,
    ),
    "ltx": (ltx(), (1, 128, 2, 2, 2), 9),
    "svd": (svd(), (5, 4, 8, 8), 5),
    "cogvideox": (cogvideox(stand_ins.COGVIDEOX_I2V), (1, 16, 3, 8, 8), 9),
    "cogvideox 1.5": (cogvideox(stand_ins.COGVIDEOX15_I2V), (1, 16, 3, 8, 8), 9),
}
CLASSES = {
    "vace": "WAN21_Vace",
    "fun camera": "WAN21_Camera",
    "wan 2.2 5B": "WAN22",
    "hunyuanvideo image to video": "HunyuanVideoI2V",
    "hunyuanvideo image to video v2": "HunyuanVideo",
    "ltx": "LTXV",
    "svd": "SVD_img2vid",
    "cogvideox": "CogVideoX",
    "cogvideox 1.5": "CogVideoX",
}


@pytest.mark.parametrize("route", ROUTES, ids=lambda name: name.replace(" ", "-"))
def test_stock_nodes_run_it(route, native, tensors):
    graph, shape, frames = ROUTES[route]
    before = native.log.read_text(errors="replace")
    found = tensors(graph)
    said = native.log.read_text(errors="replace")[len(before) :]
    assert tuple(found["samples"].shape) == shape
    assert found["samples"].isfinite().all() and found["samples"].std() > 0.05
    assert tuple(found["frames"].shape) == (frames, 64, 64, 3)
    assert found["frames"].isfinite().all() and found["frames"].std() > 0.005
    assert "issing" not in said and "unet unexpected" not in said  # every tensor of the layout is in the file
    assert f"Requested to load {CLASSES.get(route, 'WAN21')}\n" in said
