"""Parts that the example graphs for large models share: a painted scene, stock loaders, sampling and the note."""

from __future__ import annotations

import re
from typing import Any

from .bundled_parts import brush_node, measured, video_subgraph
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket
from .documents import BALLOONS_AND_CLOUDS, BOAT_AND_WATER

PROMPTS = {
    "balloon": "a hot air balloon rises over green hills, clouds drift slowly, soft morning light",
    "boat": "a sailing boat glides over a calm lake, its reflection in the water, soft evening light",
}
DOCUMENTS = {"balloon": BALLOONS_AND_CLOUDS, "boat": BOAT_AND_WATER}
NEGATIVE = "blurry, distorted, deformed, static, text, watermark, low quality, worst quality, jpeg artifacts"
SIDE = 512

UMT5 = "umt5_xxl_fp8_e4m3fn_scaled.safetensors"
T5 = "t5xxl_fp16.safetensors"
WAN_VAE = "wan_2.1_vae.safetensors"
VISION = "clip_vision_h.safetensors"
YOUR_PICTURE = "Replace *Example Image* with *Load Image* to use your own picture, then paint its motion in *Motion Brush*."


TOUCH = "The setting to touch"
TEMPLATE = "ComfyUI's own template for this model has the download addresses."


def about(title: str, what: str, files: dict[str, list[str]], touch: str, source: str = TEMPLATE) -> str:
    """The text of a graph: its purpose, the files with their folders and source, and the most useful setting."""
    tree = "\n".join(
        f"├─ {folder}/\n" + "\n".join(f"│    {name}" for name in names) for folder, names in files.items()
    )
    first, rest = re.split(r"[.:] |\.$", what, maxsplit=1)
    return (
        f"# {title}\n# {first}.\n# Its files are listed in *Make the video*.\n\n{rest[:1].upper()}{rest[1:]}\n\n## Files\n```\nComfyUI/models/\n{tree}\n```\n"
        f"{source}\n\n## {TOUCH}\n{touch}\n\n{YOUR_PICTURE}"
    )


class Scene:
    """The start of all these graphs: an example picture, the length of the clip, and the motion painted on the picture."""

    def __init__(self, length: int, name: str = "balloon", model: str = "Wan", side: int = SIDE):
        self.image = Node("FlowbrushExampleImage", {"name": name, "width": side, "height": side})
        self.frame = Node(
            "FlowbrushFirstFrame",
            {
                "image": self.image["IMAGE"],
                "width": side,
                "height": side,
                "length": length,
                "model": model,
            },
        )
        self.picture = self.frame["first_image"]
        self.brush = brush_node(self.picture, DOCUMENTS[name], self.frame["length"])
        self.brush.width, self.brush.extra_height = 480, 500
        self.motion = self.brush["motion"]

    @property
    def pictures(self) -> list[Node]:
        """The nodes of the first lane."""
        return [self.image, self.frame]

    @property
    def motions(self) -> list[Node]:
        """The nodes of the second lane."""
        return [self.brush]

    @property
    def size(self) -> dict[str, Socket]:
        """Width, height and length, for a node that takes them."""
        return {name: self.frame[name] for name in ("width", "height", "length")}


class Loaded:
    """The stock loaders of one model as a column, and its two prompts as another."""

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
        """The inputs that conditioning nodes take from a model."""
        return {"positive": self.positive, "negative": self.negative, "vae": self.vae}


def prompts(clip: Socket, name: str = "balloon") -> list[Node]:
    """The positive and the negative prompt."""
    return [
        Node("CLIPTextEncode", {"clip": clip, "text": text}, title, extra_height=120)
        for title, text in (("Positive prompt", PROMPTS[name]), ("Negative prompt", NEGATIVE))
    ]


def wan(network: str, vae: str = WAN_VAE, name: str = "balloon") -> Loaded:
    """A Wan model with its text encoder."""
    return Loaded(network, vae, Node("CLIPLoader", {"clip_name": UMT5, "type": "wan"}), name)


def vision_nodes(scene: Scene) -> list[Node]:
    """Nodes that encode the picture with the image encoder of Wan 2.1."""
    loader = Node("CLIPVisionLoader", {"clip_name": VISION})
    encode = Node(
        "CLIPVisionEncode",
        {"clip_vision": loader["CLIP_VISION"], "image": scene.picture, "crop": "none"},
    )
    return [loader, encode]


def wan_files(network: str, vision: bool = True) -> dict[str, list[str]]:
    """The files of a Wan model by folder."""
    files = {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [WAN_VAE]}
    return files | ({"clip_vision": [VISION]} if vision else {})


def expert_files(kind: str) -> tuple[str, str, dict[str, list[str]]]:
    """The files of the two experts of a Wan 2.2 14B model, for high and low noise, and all its files by folder."""
    high, low = (f"wan2.2_{kind}_{part}_noise_14B_fp8_scaled.safetensors" for part in ("high", "low"))
    files = wan_files(high, vision=False)
    files["diffusion_models"].append(low)
    return high, low, files


def low_noise_expert(file: str) -> Node:
    """The stock loader of the second expert of a Wan 2.2 14B model."""
    return Node("UNETLoader", {"unet_name": file, "weight_dtype": "default"}, "Low-noise expert")


def shift_node(model: Socket, shift: float) -> Node:
    """The stock node that shifts the noise schedule."""
    return Node("ModelSamplingSD3", {"model": model, "shift": shift})


def ksampler(model: Socket, positive: Socket, negative: Socket, latent: Socket, **settings: Any) -> Node:
    """A stock KSampler; `settings` replace its usual values."""
    links = {"model": model, "positive": positive, "negative": negative, "latent_image": latent}
    usual = {"seed": 1, "steps": 20, "cfg": 5.0, "sampler_name": "uni_pc", "scheduler": "simple"}
    return Node("KSampler", {**usual, **links, **settings})


def expert_samplers(
    high: Socket, low: Socket, condition: Node, latent: Socket, steps: int = 20, cfg: float = 3.5
) -> tuple[Node, Node]:
    """The two stock samplers of Wan 2.2 14B: the high-noise expert for the first half of the steps, then the low-noise one."""
    usual = {"steps": steps, "cfg": cfg, "sampler_name": "euler", "scheduler": "simple"}
    links = {"positive": condition["positive"], "negative": condition["negative"]}
    first = Node(
        "KSamplerAdvanced",
        {
            "model": high,
            "latent_image": latent,
            "noise_seed": 1,
            "end_at_step": steps // 2,
            "return_with_leftover_noise": "enable",
            **links,
            **usual,
        },
        "High noise",
    )
    last = Node(
        "KSamplerAdvanced",
        {
            "model": low,
            "latent_image": first["LATENT"],
            "add_noise": "disable",
            "start_at_step": steps // 2,
            **links,
            **usual,
        },
        "Low noise",
    )
    return first, last


def decode_node(latent: Socket, vae: Socket) -> Node:
    """The stock VAE Decode."""
    return Node("VAEDecode", {"samples": latent, "vae": vae})


def complete_graph(
    graph: Graph,
    scene: Scene,
    columns: list[list[Node]],
    sampling: list[list[Node]],
    fps: float,
    smooth: bool = False,
    picture: Socket | None = None,
) -> Graph:
    """The graph with the lanes that all of them have: picture, motion, sampling in one node, video and measurement.

    With `smooth`, Interpolate Frames doubles the frame rate. `picture` is the first frame at the size of the video, where that is not
    the scene's.
    """
    last = sampling[-1][-1]
    frames = last[last.outputs[0][0]]
    measure, report = measured(frames, scene.motion, picture or scene.picture)
    rate: float | Socket = fps
    more = [measure]
    if smooth:
        between = Node("FlowbrushInterpolateFrames", {"frames": frames, "fps": fps, "multiplier": 2})
        frames, rate = between["frames"], between["fps"]
        more.append(between)
    inside, saved = video_subgraph([*columns, *sampling], frames, graph.name, rate, more=more)
    graph.lane(Group("1  Picture", GREEN, scene.pictures))
    graph.lane(Group("2  Motion", ORANGE, scene.motions))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved, report]))
    return graph


def time_to_move(model: Socket, vae: Socket, scene: Scene, preset: str = "auto") -> Node:
    """The pack's Time-to-Move node, by default with the preset of the model's family."""
    links = {"model": model, "vae": vae, "first_image": scene.picture, "motion": scene.motion}
    return Node("FlowbrushTimeToMove", {**links, "preset": preset})
