"""Example graphs that drive large models with stock loaders: one for each way by which the motion reaches a model.

File names are those of Comfy's own templates. The graphs need these files to run; a note in each says where they go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .build import BLUE, GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket
from .documents import BOAT_AND_WATER, DRIFTING_BALLOON
from .graphs import video_nodes

PROMPTS = {
    "balloon": "a hot air balloon rises over green hills, clouds drift slowly, soft morning light",
    "boat": "a sailing boat glides over a calm lake, its reflection in the water, soft evening light",
}
DOCUMENTS = {"balloon": DRIFTING_BALLOON, "boat": BOAT_AND_WATER}
NEGATIVE = "blurry, distorted, deformed, static, text, watermark, low quality, worst quality, jpeg artifacts"
SIDE = 512

UMT5 = "umt5_xxl_fp8_e4m3fn_scaled.safetensors"
T5 = "t5xxl_fp16.safetensors"
WAN_VAE = "wan_2.1_vae.safetensors"
VISION = "clip_vision_h.safetensors"
YOUR_PICTURE = (
    "Replace *Example Image* with *Load Image* to use your own picture, and paint it anew in *Motion Brush*."
)


TEMPLATE = "Comfy's own template for this model has their addresses."


def about(title: str, what: str, files: dict[str, list[str]], touch: str, source: str = TEMPLATE) -> str:
    """The note of a graph: what it does, which files go in which folder and where they are, the setting to touch."""
    tree = "\n".join(
        f"├─ {folder}/\n" + "\n".join(f"│    {name}" for name in names) for folder, names in files.items()
    )
    return (
        f"# {title}\n\n{what}\n\n## Files\n```\nComfyUI/models/\n{tree}\n```\n"
        f"{source}\n\n## The setting to touch\n{touch}\n\n{YOUR_PICTURE}"
    )


class Scene:
    """What all of these graphs begin with: an example picture at a length, and the motion painted on it."""

    def __init__(self, length: int, name: str = "balloon"):
        self.image = Node("FlowbrushExampleImage", {"name": name, "width": SIDE, "height": SIDE})
        self.frame = Node(
            "FlowbrushFirstFrame",
            {"image": self.image["IMAGE"], "width": SIDE, "height": SIDE, "length": length},
        )
        self.picture = self.frame["first_image"]
        self.brush = Node(
            "FlowbrushMotionBrush",
            {"image": self.picture, "length": self.frame["length"], "document": DOCUMENTS[name]},
            width=480,
            extra_height=600,
        )
        self.motion = self.brush["motion"]

    @property
    def size(self) -> dict[str, Socket]:
        """Width, height and length, for a node that takes them."""
        return {name: self.frame[name] for name in ("width", "height", "length")}


class Loaded:
    """Stock loaders of one model as a column, and its two prompts as another."""

    def __init__(self, network: str, vae: str, clip: Node, name: str = "balloon"):
        self.network = Node("UNETLoader", {"unet_name": network, "weight_dtype": "default"})
        self.vae_node = Node("VAELoader", {"vae_name": vae})
        self.clip = clip
        self.loaders = [self.network, clip, self.vae_node]
        self.model, self.vae = self.network["MODEL"], self.vae_node["VAE"]
        self.prompts = prompts(clip["CLIP"], name)
        self.positive, self.negative = (node["CONDITIONING"] for node in self.prompts)

    @property
    def links(self) -> dict[str, Socket]:
        """What conditioning nodes take of a model."""
        return {"positive": self.positive, "negative": self.negative, "vae": self.vae}


def prompts(clip: Socket, name: str = "balloon") -> list[Node]:
    """What is wanted, and what is not."""
    return [
        Node("CLIPTextEncode", {"clip": clip, "text": text}, title, extra_height=120)
        for title, text in (("Positive prompt", PROMPTS[name]), ("Negative prompt", NEGATIVE))
    ]


def wan(network: str, vae: str = WAN_VAE, name: str = "balloon") -> Loaded:
    """A Wan model with its text encoder."""
    return Loaded(network, vae, Node("CLIPLoader", {"clip_name": UMT5, "type": "wan"}), name)


def seen(scene: Scene) -> list[Node]:
    """The picture as the image encoder of Wan 2.1 sees it."""
    loader = Node("CLIPVisionLoader", {"clip_name": VISION})
    encode = Node(
        "CLIPVisionEncode",
        {"clip_vision": loader["CLIP_VISION"], "image": scene.picture, "crop": "none"},
    )
    return [loader, encode]


def wan_files(network: str, vision: bool = True) -> dict[str, list[str]]:
    """Folders and files of a Wan model."""
    files = {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [WAN_VAE]}
    return files | ({"clip_vision": [VISION]} if vision else {})


def shifted(model: Socket, shift: float) -> Node:
    """The stock shift of the noise schedule."""
    return Node("ModelSamplingSD3", {"model": model, "shift": shift})


def ksampler(model: Socket, positive: Socket, negative: Socket, latent: Socket, **settings: Any) -> Node:
    """A stock KSampler."""
    links = {"model": model, "positive": positive, "negative": negative, "latent_image": latent}
    usual = {"seed": 1, "steps": 20, "cfg": 5.0, "sampler_name": "uni_pc", "scheduler": "simple"}
    return Node("KSampler", {**usual, **links, **settings})


def decoded(latent: Socket, vae: Socket) -> Node:
    """A stock VAE Decode."""
    return Node("VAEDecode", {"samples": latent, "vae": vae})


def finished(
    graph: Graph, scene: Scene, columns: list[list[Node]], sampling: list[list[Node]], fps: float
) -> Graph:
    """The lanes that all of these graphs have: model, picture, motion, sampling, video and what was measured."""
    decode = sampling[-1][-1]
    frames = decode["IMAGE"]
    measure = Node(
        "FlowbrushMeasureMotion", {"frames": frames, "motion": scene.motion, "image": scene.picture}
    )
    report = Node("PreviewAny", {"source": measure["report"]}, "Asked and measured", extra_height=200)
    graph.lane(
        Group("1  Model and prompt", BLUE, *columns), Group("2  Picture", GREEN, [scene.image, scene.frame])
    )
    graph.lane(Group("3  Motion", ORANGE, [scene.brush]))
    graph.lane(Group("4  Sampling", PURPLE, *sampling))
    graph.lane(Group("5  Video", GREY, video_nodes(frames, graph.name, fps), [measure, report]))
    return graph


def _tracks(name: str, picture: str, kind: str, network: str, title: str, what: str, touch: str) -> Graph:
    """Wan-Move and ATI, which differ in the node and the weights."""
    graph = Graph(name, about(title, what, wan_files(network), touch), about_height=760)
    scene, model = Scene(81, picture), wan(network, name=picture)
    vision = seen(scene)
    condition = Node(
        kind,
        {
            **model.links,
            "first_image": scene.picture,
            "length": scene.frame["length"],
            "motion": scene.motion,
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
        },
    )
    shift = shifted(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decoded(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return finished(graph, scene, columns, [[condition, shift], [sampler, decode]], 16)


def wan_move() -> Graph:
    """Points that carry the picture's latent along."""
    return _tracks(
        "wan_move",
        "balloon",
        "FlowbrushWanMove",
        "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors",
        "Wan-Move",
        "Wan-Move weights follow points of the first frame. *Wan-Move* makes one for every spot of the latent that you "
        "painted, in the order of your layers.",
        "`strength` of *Wan-Move*: 1 as trained, 1.5 to 2 where the motion is too weak. `unpainted` = still keeps the rest "
        "in place. With the lightx2v LoRA behind the loader, set 6 `steps` and `cfg` 1 in *KSampler*.",
    )


def ati() -> Graph:
    """Points as soft copies."""
    return _tracks(
        "ati",
        "boat",
        "FlowbrushATI",
        "Wan2_1-I2V-ATI-14B_fp8_e4m3fn.safetensors",
        "ATI",
        "ATI weights take soft copies of the picture along each point's path, at any length of the clip.",
        "`spacing` of *ATI*: smaller holds shapes better, larger leaves the model more freedom. If everything moves, set "
        "`unpainted` to still.",
    )


def time_to_move_wan22() -> Graph:
    """Time-to-Move on the two experts of Wan 2.2."""
    high, low = (f"wan2.2_i2v_{part}_noise_14B_fp8_scaled.safetensors" for part in ("high", "low"))
    files = wan_files(high, vision=False)
    files["diffusion_models"].append(low)
    graph = Graph(
        "time_to_move_wan22",
        about(
            "Time-to-Move with Wan 2.2",
            "Ordinary image-to-video weights follow the motion: sampling begins with the picture carried along, and what "
            "you painted is held to it longer than the rest. The high-noise expert is steered, the low-noise one runs free.",
            files,
            "`preset` of *Time-to-Move*: choose custom to set the clocks. A lower `strong_clock` follows the path more "
            "strictly, a higher `weak_clock` lets the background live.",
        ),
        about_height=760,
    )
    scene, model = Scene(81), wan(high)
    second = Node("UNETLoader", {"unet_name": low, "weight_dtype": "default"}, "Low-noise expert")
    condition = Node("WanImageToVideo", {**model.links, **scene.size, "start_image": scene.picture})
    shifts = [shifted(model.model, 8.0), shifted(second["MODEL"], 8.0)]
    steered = _time_to_move(shifts[0]["MODEL"], model.vae, scene)
    usual = {"steps": 20, "cfg": 3.5, "sampler_name": "euler", "scheduler": "simple"}
    links = {"positive": condition["positive"], "negative": condition["negative"]}
    first = Node(
        "KSamplerAdvanced",
        {
            "model": steered["model"],
            "latent_image": steered["latent"],
            "noise_seed": 1,
            "end_at_step": 10,
            "return_with_leftover_noise": "enable",
            **links,
            **usual,
        },
        "High noise",
    )
    last = Node(
        "KSamplerAdvanced",
        {
            "model": shifts[1]["MODEL"],
            "latent_image": first["LATENT"],
            "add_noise": "disable",
            "start_at_step": 10,
            **links,
            **usual,
        },
        "Low noise",
    )
    decode = decoded(last["LATENT"], model.vae)
    columns = [[*model.loaders, second], model.prompts]
    return finished(graph, scene, columns, [[condition, *shifts, steered], [first, last], [decode]], 16)


def _time_to_move(model: Socket, vae: Socket, scene: Scene) -> Node:
    return Node(
        "FlowbrushTimeToMove",
        {"model": model, "vae": vae, "first_image": scene.picture, "motion": scene.motion},
    )


def time_to_move_wan22_5b() -> Graph:
    """Time-to-Move on the small Wan 2.2, which has a VAE of its own."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    files = {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]}
    graph = Graph(
        "time_to_move_wan22_5b",
        about(
            "Time-to-Move with Wan 2.2 5B",
            "The small Wan 2.2 follows the motion. Its own node holds the first frame; *Time-to-Move* steers the rest.",
            files,
            "`preset` of *Time-to-Move*: custom and a lower `strong_clock` follow the path more strictly.",
        ),
        about_height=740,
    )
    scene, model = Scene(49, "boat"), wan(network, vae, "boat")
    start = Node("Wan22ImageToVideoLatent", {"vae": model.vae, **scene.size, "start_image": scene.picture})
    shift = shifted(model.model, 8.0)
    steered = _time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"], model.positive, model.negative, start["LATENT"], sampler_name="euler"
    )
    decode = decoded(sampler["LATENT"], model.vae)
    return finished(
        graph,
        scene,
        [model.loaders, model.prompts],
        [[start, shift, steered], [sampler, decode]],
        24,
    )


def time_to_move_hunyuan() -> Graph:
    """Time-to-Move on HunyuanVideo."""
    network, vae = (
        "hunyuan_video_v2_replace_image_to_video_720p_bf16.safetensors",
        "hunyuan_video_vae_bf16.safetensors",
    )
    texts = ["clip_l.safetensors", "llava_llama3_fp8_scaled.safetensors"]
    graph = Graph(
        "time_to_move_hunyuan",
        about(
            "Time-to-Move with HunyuanVideo",
            "HunyuanVideo's image-to-video weights follow the motion: the first frame is held by the model's own node, the "
            "rest is steered.",
            {"diffusion_models": [network], "text_encoders": texts, "vae": [vae]},
            "`preset` of *Time-to-Move*: custom and a lower `strong_clock` follow the path more strictly.",
        ),
        about_height=760,
    )
    clip = Node("DualCLIPLoader", {"clip_name1": texts[0], "clip_name2": texts[1], "type": "hunyuan_video"})
    scene, model = Scene(49), Loaded(network, vae, clip)
    start = Node(
        "HunyuanImageToVideo",
        {
            "positive": model.positive,
            "vae": model.vae,
            **scene.size,
            "guidance_type": "v2 (replace)",
            "start_image": scene.picture,
        },
    )
    guidance = Node("FluxGuidance", {"conditioning": start["positive"], "guidance": 6.0})
    shift = shifted(model.model, 7.0)
    steered = _time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"],
        guidance["CONDITIONING"],
        model.negative,
        start["latent"],
        cfg=1.0,
        sampler_name="euler",
    )
    decode = decoded(sampler["LATENT"], model.vae)
    sampling = [[start, guidance, shift, steered], [sampler, decode]]
    return finished(graph, scene, [model.loaders, model.prompts], sampling, 24)


def time_to_move_svd() -> Graph:
    """Time-to-Move on Stable Video Diffusion."""
    checkpoint = "svd_xt.safetensors"
    graph = Graph(
        "time_to_move_svd",
        about(
            "Time-to-Move with Stable Video Diffusion",
            "SVD takes no prompt and knows no tracks; with *Time-to-Move* it follows the motion all the same. It makes 14 or "
            "25 frames.",
            {"checkpoints": [checkpoint]},
            "`motion_bucket_id` of *SVD_img2vid_Conditioning*: lower for small motions. `preset` of *Time-to-Move*: custom and "
            "a lower `strong_clock` follow the path more strictly.",
        ),
        about_height=640,
    )
    scene = Scene(25, "boat")
    file = Node("ImageOnlyCheckpointLoader", {"ckpt_name": checkpoint})
    condition = Node(
        "SVD_img2vid_Conditioning",
        {
            "clip_vision": file["CLIP_VISION"],
            "init_image": scene.picture,
            "vae": file["VAE"],
            "width": scene.frame["width"],
            "height": scene.frame["height"],
            "video_frames": scene.frame["length"],
            "motion_bucket_id": 127,
            "fps": 6,
        },
    )
    guidance = Node("VideoLinearCFGGuidance", {"model": file["MODEL"], "min_cfg": 1.0})
    steered = _time_to_move(guidance["MODEL"], file["VAE"], scene)
    sampler = ksampler(
        steered["model"],
        condition["positive"],
        condition["negative"],
        steered["latent"],
        cfg=2.5,
        sampler_name="euler",
        scheduler="karras",
        steps=25,
    )
    decode = decoded(sampler["LATENT"], file["VAE"])
    return finished(graph, scene, [[file]], [[condition, guidance, steered], [sampler, decode]], 10)


def ltx_in_place() -> Graph:
    """The carried picture as a less noisy start of LTX-Video."""
    checkpoint = "ltx-video-2b-v0.9.5.safetensors"
    graph = Graph(
        "ltx_in_place",
        about(
            "In-place guide for LTX-Video",
            "LTX-Video knows how noisy each part of a latent is. *In-Place Guide* gives it the picture carried along, held "
            "where you painted. Lengths are 8k+1 (97, 121), sides multiples of 32.",
            {"checkpoints": [checkpoint], "text_encoders": [T5]},
            "`strength` of *In-Place Guide*: 0.6 suggests the motion, 0.9 nearly copies it. *Time-to-Move* between the loader "
            "and the sampler is the other way to steer this model.",
        ),
        about_height=720,
    )
    scene = Scene(97, "boat")
    file = Node("CheckpointLoaderSimple", {"ckpt_name": checkpoint})
    clip = Node("CLIPLoader", {"clip_name": T5, "type": "ltxv"})
    texts = prompts(clip["CLIP"], "boat")
    condition = Node(
        "LTXVConditioning",
        {
            "positive": texts[0]["CONDITIONING"],
            "negative": texts[1]["CONDITIONING"],
            "frame_rate": 24.0,
        },
    )
    guide = Node(
        "FlowbrushInPlaceGuide",
        {"vae": file["VAE"], "first_image": scene.picture, "motion": scene.motion},
    )
    sigmas = Node("LTXVScheduler", {"steps": 30, "latent": guide["latent"]})
    solver = Node("KSamplerSelect", {"sampler_name": "euler"})
    sampler = Node(
        "SamplerCustom",
        {
            "model": file["MODEL"],
            "positive": condition["positive"],
            "negative": condition["negative"],
            "sampler": solver["SAMPLER"],
            "sigmas": sigmas["SIGMAS"],
            "latent_image": guide["latent"],
            "noise_seed": 1,
            "cfg": 3.0,
        },
    )
    decode = decoded(sampler["output"], file["VAE"])
    sampling = [[condition, guide], [sigmas, solver, sampler], [decode]]
    return finished(graph, scene, [[file, clip], texts], sampling, 24)


def vace() -> Graph:
    """The carried picture with grey holes, and masks of them."""
    network = "wan2.1_vace_14B_fp16.safetensors"
    graph = Graph(
        "vace",
        about(
            "VACE",
            "VACE keeps what a control video shows and paints what its masks leave open. *VACE Control* gives it the picture "
            "carried along, grey where something comes into view.",
            wan_files(network, vision=False),
            "`unpainted` of *VACE Control*: still keeps everything that you did not paint, free lets the model move it. `grow` "
            "widens the holes where edges look torn.",
        ),
        about_height=740,
    )
    scene, model = Scene(81), wan(network)
    control = Node("FlowbrushVACEControl", {"first_image": scene.picture, "motion": scene.motion})
    condition = Node(
        "WanVaceToVideo",
        {
            **model.links,
            **scene.size,
            "control_video": control["control_video"],
            "control_masks": control["control_masks"],
            "reference_image": scene.picture,
        },
    )
    shift = shifted(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    trim = Node("TrimVideoLatent", {"samples": sampler["LATENT"], "trim_amount": condition["trim_latent"]})
    decode = decoded(trim["LATENT"], model.vae)
    sampling = [[control, condition, shift], [sampler, trim, decode]]
    return finished(graph, scene, [model.loaders, model.prompts], sampling, 16)


def fun_control() -> Graph:
    """The motion as a control video."""
    network = "wan2.1_fun_control_1.3B_bf16.safetensors"
    graph = Graph(
        "fun_control",
        about(
            "Fun-Control",
            "Wan Fun-Control follows a control video. *Guide Video* makes one of the motion; the first frame gives the look.",
            wan_files(network),
            "`style` of *Guide Video*: the carried picture holds everything, spots only the paths. Connect a depth or edge "
            "picture to `image` of *Guide Video* for controls of that kind.",
        ),
        about_height=740,
    )
    scene, model = Scene(81), wan(network)
    vision = seen(scene)
    guide = Node("FlowbrushGuideVideo", {"motion": scene.motion, "image": scene.picture})
    condition = Node(
        "WanFunControlToVideo",
        {
            **model.links,
            **scene.size,
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
            "start_image": scene.picture,
            "control_video": guide["video"],
        },
    )
    shift = shifted(model.model, 5.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decoded(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return finished(graph, scene, columns, [[guide, condition, shift], [sampler, decode]], 16)


def fun_camera() -> Graph:
    """Our camera for Wan's camera weights."""
    network = "wan2.1_fun_camera_v1.1_1.3B_bf16.safetensors"
    graph = Graph(
        "fun_camera",
        about(
            "Camera control",
            "Wan Fun Camera takes a camera move. *Camera Embedding* gives it yours: any path, turn and lens, where the stock "
            "node has eight moves. Painted regions are not in it.",
            wan_files(network),
            "`dolly`, `pan` and `truck` of *Camera Motion*, or the keyframes of a camera in *Motion Brush*. "
            "`scene_distance` of *Camera Embedding*: how far the scene is; nearer makes the same move larger.",
        ),
        about_height=740,
    )
    scene, model = Scene(81), wan(network)
    vision = seen(scene)
    scene.brush = Node("FlowbrushCameraMotion", {"length": scene.frame["length"], "dolly": 0.3, "pan": 6.0})
    scene.motion = scene.brush["motion"]
    camera = Node(
        "FlowbrushCameraEmbedding",
        {
            "motion": scene.motion,
            "width": scene.frame["width"],
            "height": scene.frame["height"],
        },
    )
    condition = Node(
        "WanCameraImageToVideo",
        {
            **model.links,
            "width": camera["width"],
            "height": camera["height"],
            "length": camera["length"],
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
            "start_image": scene.picture,
            "camera_conditions": camera["camera_embedding"],
        },
    )
    shift = shifted(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decoded(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return finished(graph, scene, columns, [[camera, condition, shift], [sampler, decode]], 16)


def cogvideox() -> Graph:
    """Image to video with CogVideoX, steered."""
    network, vae = "CogVideoX_5b_I2V_bf16.safetensors", "cogvideox_vae.safetensors"
    graph = Graph(
        "cogvideox",
        about(
            "CogVideoX",
            "ComfyUI loads CogVideoX but has no image-to-video node for it: *CogVideoX* is one, and *Time-to-Move* steers it.",
            {"diffusion_models": [network], "text_encoders": [T5], "vae": [vae]},
            "`preset` of *Time-to-Move*: custom and a lower `strong_clock` follow the path more strictly. `weights` of "
            "*CogVideoX* says which of the two families the file is; this one was trained at 720x480 and 49 frames.",
            "Comfy's template *Void video inpainting* has the addresses of the text encoder and the VAE. The network is any "
            "CogVideoX image-to-video file with ComfyUI's tensor names (`blocks.0…`): choose it in *Load Diffusion Model*.",
        ),
        about_height=740,
    )
    clip = Node("CLIPLoader", {"clip_name": T5, "type": "cogvideox"})
    scene, model = Scene(49), Loaded(network, vae, clip)
    condition = Node(
        "FlowbrushCogVideoX",
        {
            **model.links,
            "first_image": scene.picture,
            "length": scene.frame["length"],
            "weights": "CogVideoX I2V",
            "model": model.model,
            "motion": scene.motion,
        },
    )
    steered = _time_to_move(condition["model"], model.vae, scene)
    sampler = ksampler(
        steered["model"],
        condition["positive"],
        condition["negative"],
        steered["latent"],
        cfg=6.0,
        sampler_name="euler",
        steps=30,
    )
    decode = decoded(sampler["LATENT"], model.vae)
    sampling = [[condition, steered], [sampler, decode]]
    return finished(graph, scene, [model.loaders, model.prompts], sampling, 8)


NATIVE: list[Callable[[], Graph]] = [
    wan_move,
    ati,
    time_to_move_wan22,
    time_to_move_wan22_5b,
    time_to_move_hunyuan,
    time_to_move_svd,
    ltx_in_place,
    vace,
    fun_control,
    fun_camera,
    cogvideox,
]
