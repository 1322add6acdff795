"""Example graphs for LTX-2.5, and for two stages and in-place guides on models that make sound: LTX-2.3 and MiniMax-H3."""

from __future__ import annotations

from .canvas import Graph, Node, Socket
from .native_av import FPS, GEMMA, H3_FILES, LICENCE, LTX2, H3Model, LTX2Model, steered_ltx2, with_sound
from .native_parts import Scene, about, complete_graph, decode_node, time_to_move

UPSAMPLER = "ltx-2.3-spatial-upscaler-x2-1.1.safetensors"
SECOND_STAGE = "0.909375, 0.725, 0.421875, 0.0"
"""The last noise levels of the distilled schedule, with which LTX-2 refines an upsampled video."""


LTX25 = "ltx-2.5-22b-distilled-transformer-comfy-int8-convrot.safetensors"
LTX25_TEXT = "gemma4-12b-with-proj-ltx-2.5-comfy-int8-convrot.safetensors"
LTX25_VIDEO, LTX25_SOUND = "ltx-2.5-video-vae-bf16.safetensors", "ltx-2.5-audio-vae-bf16.safetensors"


class LTX25Model(LTX2Model):
    """LTX-2.5, whose network, autoencoders and text encoder are files of their own."""

    def load(self) -> Socket:
        """Set the loaders and what they give but the text encoder, which is returned."""
        network = Node("UNETLoader", {"unet_name": LTX25, "weight_dtype": "default"})
        video = Node("VAELoader", {"vae_name": LTX25_VIDEO})
        sound = Node("VAELoader", {"vae_name": LTX25_SOUND}, "Load VAE of the sound")
        clip = Node("CLIPLoader", {"clip_name": LTX25_TEXT, "type": "ltxv"})
        self.loaders = [network, video, sound, clip]
        self.model, self.vae, self.sound_vae = network["MODEL"], video["VAE"], sound["VAE"]
        return clip["CLIP"]


def time_to_move_ltx25() -> Graph:
    """Time-to-Move on LTX-2.5, with its sound."""
    files = {"diffusion_models": [LTX25], "text_encoders": [LTX25_TEXT], "vae": [LTX25_VIDEO, LTX25_SOUND]}
    graph = Graph(
        "time_to_move_ltx25",
        about(
            "Time-to-Move with LTX-2.5",
            "LTX-2.5 follows the motion and makes sound with it. Its own node sets the first frame, and *Time-to-Move* steers the "
            "video; the sound is left to the model. Lengths must be 8k+1 (97, 121), and sides multiples of 32.",
            files,
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` (0.95) to follow the path more strictly.",
            "ComfyUI's template *LTX-2.5: Image to Video* has the addresses.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video")
    return steered_ltx2(graph, scene, LTX25Model(scene, "boat"))


def ltx2_two_stages() -> Graph:
    """Time-to-Move on LTX-2.3 at half the size, then the upsampler and a second pass that keeps the motion and the sound."""
    graph = Graph(
        "ltx2_two_stages",
        about(
            "LTX-2.3 in two stages",
            "The first stage makes the motion at half the size, the second one refines it at the full size. *Time-to-Move* steers "
            "the first stage; the stock upsampler doubles its latent, and three more steps add detail. The sound of the first "
            "stage is passed through the second. The full size must be a multiple of 64, and lengths 8k+1 (97, 121).",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA], "latent_upscale_models": [UPSAMPLER]},
            "`sigmas` of *ManualSigmas*: without the first of the four numbers, the second stage changes less. `preset` of "
            "*Time-to-Move*: choose custom and a lower `strong_clock` (0.95) to follow the path more strictly.",
            "ComfyUI's template *LTX-2.3: Image to Video* has the addresses.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video", side=1024)
    return _two_stages(graph, scene, smooth=False)


def cascade() -> Graph:
    """Motion at a small size, the upsampler and a second pass, and frames between."""
    graph = Graph(
        "cascade",
        about(
            "Cascade: small, large, smooth",
            "The motion is made at half the size, then enlarged, then smoothed. The upsampler doubles the latent, three steps add detail, and *Interpolate Frames* doubles the "
            "frame rate.\n\n"
            "**Sizes to begin with**, in *First Frame* (estimates): 8 GB 640 x 384 with 49 frames, 16 GB 960 x 576 with 97, 24 GB "
            "1280 x 704 with 121. For 4K, put *Upscale Image (using Model)* or ComfyUI's SeedVR2 template after it.",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA], "latent_upscale_models": [UPSAMPLER]},
            "`sigmas` of *ManualSigmas*: without the first number, the second pass changes less.",
            "ComfyUI's template *LTX-2.3: Image to Video* has the addresses.",
        ),
    )
    return _two_stages(graph, Scene(97, "boat", "LTX-Video", side=1024), smooth=True)


def _two_stages(graph: Graph, scene: Scene, smooth: bool) -> Graph:
    """The graph with both stages; `smooth` doubles the frame rate at the end."""
    half = Node(
        "ImageScaleBy", {"image": scene.picture, "upscale_method": "area", "scale_by": 0.5}, "Half the size"
    )
    size = Node("GetImageSize", {"image": half["IMAGE"]})
    model = LTX2Model(
        scene,
        "boat",
        {"width": size["width"], "height": size["height"], "length": scene.frame["length"]},
        half["IMAGE"],
    )
    steered = time_to_move(model.model, model.vae, scene)
    steered.given["first_image"] = half["IMAGE"]
    sides = model.condition["positive"], model.condition["negative"]
    first = model.sampling(steered["model"], *sides, model.start["latent"])
    second = _second_stage(scene, model, first[-1])
    heard = model.heard(second[-1]["audio_latent"])
    decode = decode_node(second[-1]["video_latent"], model.vae)
    sampling = [[half, size, *model.nodes, steered], first, second, [heard, decode]]
    done = complete_graph(graph, scene, [model.loaders, model.prompts], sampling, FPS, smooth)
    return with_sound(done, heard["Audio"])


def _second_stage(scene: Scene, model: LTX2Model, separated: Node) -> list[Node]:
    """The nodes that refine the video of the first stage at twice its size; the last one gives video and sound again."""
    loader = Node("LatentUpscaleModelLoader", {"model_name": UPSAMPLER})
    doubled = Node(
        "LTXVLatentUpsampler",
        {
            "samples": separated["video_latent"],
            "upscale_model": loader["LATENT_UPSCALE_MODEL"],
            "vae": model.vae,
        },
    )
    start = Node(
        "LTXVImgToVideoInplace", {"vae": model.vae, "image": scene.picture, "latent": doubled["LATENT"]}
    )
    both = Node(
        "LTXVConcatAVLatent", {"video_latent": start["latent"], "audio_latent": separated["audio_latent"]}
    )
    guider = Node(
        "CFGGuider",
        {
            "model": model.model,
            "positive": model.condition["positive"],
            "negative": model.condition["negative"],
            "cfg": 1.0,
        },
    )
    noise = Node("RandomNoise", {"noise_seed": 2})
    solver = Node("KSamplerSelect", {"sampler_name": "euler"})
    sigmas = Node("ManualSigmas", {"sigmas": SECOND_STAGE})
    sampler = Node(
        "SamplerCustomAdvanced",
        {
            "noise": noise["NOISE"],
            "guider": guider["GUIDER"],
            "sampler": solver["SAMPLER"],
            "sigmas": sigmas["SIGMAS"],
            "latent_image": both["latent"],
        },
    )
    again = Node("LTXVSeparateAVLatent", {"av_latent": sampler["output"]})
    return [loader, doubled, start, both, guider, noise, solver, sigmas, sampler, again]


def ltx2_in_place() -> Graph:
    """LTX-2.3, started from the warped picture with less noise, with its sound."""
    graph = Graph(
        "ltx2_in_place",
        about(
            "In-place guide for LTX-2.3",
            "LTX-2.3 can have a different noise level in each part of a video. *In-place Guide* starts it from the warped picture, "
            "with less noise where you painted; the sound is left to the model. Lengths must be 8k+1 (97, 121), and sides "
            "multiples of 32.",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA]},
            "`strength` of *In-place Guide*: with 0.6 the model follows loosely, with 0.9 it nearly copies the guide.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video")
    model = LTX2Model(scene, "boat")
    guide = Node(
        "FlowbrushInPlaceGuide", {"vae": model.vae, "first_image": scene.picture, "motion": scene.motion}
    )
    sides = model.condition["positive"], model.condition["negative"]
    nodes = model.sampling(model.model, *sides, guide["latent"])
    heard = model.heard(nodes[-1]["audio_latent"])
    sampling = [
        [guide, model.condition, model.silence],
        [*nodes, heard, decode_node(nodes[-1]["video_latent"], model.vae)],
    ]
    done = complete_graph(graph, scene, [model.loaders, model.prompts], sampling, FPS)
    return with_sound(done, heard["Audio"])


def h3_in_place() -> Graph:
    """MiniMax-H3, started from the warped picture with less noise, with its sound."""
    graph = Graph(
        "h3_in_place",
        about(
            "In-place guide for MiniMax-H3",
            "MiniMax-H3 can have a different noise level in each part of a video. *In-place Guide* puts the warped picture in the "
            "place of the empty video, with less noise where you painted; the sound stays with the model. Lengths must be 17k+5 "
            "(73, 90, 107, 124), and sides multiples of 32.",
            H3_FILES,
            "`strength` of *In-place Guide*: with 0.6 the model follows loosely, with 0.9 it nearly copies the guide. *Time-to-Move* "
            "leaves the model more freedom at the end of sampling.",
            LICENCE,
        ),
    )
    scene = Scene(124, model="MiniMax-H3")
    model = H3Model(scene, "balloon")
    guide = Node(
        "FlowbrushInPlaceGuide",
        {
            "vae": model.vae,
            "first_image": scene.picture,
            "motion": scene.motion,
            "latent": model.start["LATENT"],
        },
    )
    sampling = model.sampling(model.model, model.start["positive"], guide["latent"])
    sound = sampling[1][1]["AUDIO"]
    columns = [model.loaders, [model.start, guide]]
    return with_sound(complete_graph(graph, scene, columns, sampling, FPS), sound)
