"""Example graphs that restyle a video and keep its motion: Wan 2.2, LTX-2.3 and MiniMax-H3."""

from __future__ import annotations

from .bundled_parts import brush_node
from .canvas import Graph, Node, Socket, Subgraph
from .documents import BOAT_AND_WATER
from .native_av import FPS, GEMMA, H3_FILES, LICENCE, LTX2, H3Model, LTX2Model
from .native_parts import (
    UMT5,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    shift_node,
    time_to_move,
    wan,
)

HOW = (
    " *Motion from Video* measures the clip's motion, along which the restyled first frame is carried. So that it runs without files, *Source clip* renders a clip, and "
    "*Quantize Image* is the style. For your own, connect *Load Video* → *Get Video Components* and a first frame that an image editing model has repainted. The clip "
    "needs as many frames as *First Frame* says."
)


class Clip(Scene):
    """A clip in place of a painted picture: its first frame in another style, and the motion that is measured in it."""

    def __init__(self, length: int, model: str = "Wan"):
        super().__init__(length, "boat", model)
        filmed = brush_node(self.image["IMAGE"], BOAT_AND_WATER)
        filmed.given["length"] = length
        clip = Node(
            "FlowbrushWarpImage",
            {"image": self.image["IMAGE"], "motion": filmed["motion"], "fill_holes": True},
        )
        first = Node("ImageFromBatch", {"image": clip["frames"], "batch_index": 0, "length": 1})
        self.frames = clip["frames"]
        source = Subgraph("", {}, "Source clip", columns=[[self.image, clip], [filmed], [first]])
        styled = Node(
            "ImageQuantize",
            {"image": first["IMAGE"], "colors": 12, "dither": "none"},
            "The first frame, restyled",
        )
        self.frame.given["image"] = styled["IMAGE"]
        self.image, self.styled = source, styled
        self.brush = Node("FlowbrushMotionFromVideo", {"frames": self.frames, "length": self.frame["length"]})
        self.motion = self.brush["motion"]

    @property
    def pictures(self) -> list[Node]:
        """The nodes of the first lane: the clip and the restyled picture."""
        return [self.image, self.styled]

    @property
    def motions(self) -> list[Node]:
        """The nodes of the second lane: the first frame and the measured motion."""
        return [self.frame, self.brush]


def restyle_wan22() -> Graph:
    """Wan 2.2 5B changes the style of a clip, which it begins with and whose motion is held."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    graph = Graph(
        "restyle_wan22",
        about(
            "Restyle a video with Wan 2.2",
            "The video gets another style and keeps its motion."
            + HOW
            + " Sampling begins with the clip itself (`denoise` 0.9), and *Time-to-Move* "
            "holds the motion.",
            {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]},
            "`denoise` of *KSampler*: lower keeps more of the clip, higher more of the new style. Say the style in the prompt.",
        ),
    )
    scene, model = Clip(81), wan(network, vae, "boat")
    shift = shift_node(model.model, 8.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    clip = Node("VAEEncode", {"pixels": scene.frames, "vae": model.vae}, "The clip")
    sampler = ksampler(
        steered["model"], model.positive, model.negative, clip["LATENT"], sampler_name="euler", denoise=0.9
    )
    sampling = [[shift, steered, clip], [sampler, decode_node(sampler["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 24)


def restyle_ltx2() -> Graph:
    """LTX-2.3 renders the restyled first frame anew, carried along the motion of a clip."""
    graph = Graph(
        "restyle_ltx2",
        about(
            "Restyle a video with LTX-2.3",
            "The video gets another style and keeps its motion."
            + HOW
            + " *In-place Guide* starts the model from that, with less noise where the motion is "
            "known. The clip keeps its own sound: connect it to *Create Video*.",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA]},
            "`strength` of *In-place Guide*: with 0.5 the model draws freely, with 0.9 it nearly copies.",
        ),
    )
    scene = Clip(97, "LTX-Video")
    model = LTX2Model(scene, "boat")
    guide = _guide(model.vae, scene)
    sides = model.condition["positive"], model.condition["negative"]
    nodes = model.sampling(model.model, *sides, guide["latent"])
    sampling = [
        [guide, model.condition, model.silence],
        [*nodes, decode_node(nodes[-1]["video_latent"], model.vae)],
    ]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, FPS)


def restyle_h3() -> Graph:
    """MiniMax-H3 renders the restyled first frame anew, carried along the motion of a clip."""
    graph = Graph(
        "restyle_h3",
        about(
            "Restyle a video with MiniMax-H3",
            "The video gets another style and keeps its motion."
            + HOW
            + " *In-place Guide* starts the model from that, with less noise where the motion is "
            "known. The clip keeps its own sound: connect it to *Create Video*.",
            H3_FILES,
            "`strength` of *In-place Guide*: with 0.5 the model draws freely, with 0.9 it nearly copies.",
            LICENCE,
        ),
    )
    scene = Clip(90, "MiniMax-H3")
    model = H3Model(scene, "boat")
    guide = _guide(model.vae, scene)
    guide.given["latent"] = model.start["LATENT"]
    settings, (sampler, _, decode) = model.sampling(model.model, model.start["positive"], guide["latent"])
    columns = [[node for node in model.loaders if node is not model.sound], [model.start, guide]]
    return complete_graph(graph, scene, columns, [settings, [sampler, decode]], FPS)


def _guide(vae: Socket, scene: Scene) -> Node:
    """In-place Guide along the measured motion, loose enough for the model to draw in the new style."""
    links = {"vae": vae, "first_image": scene.picture, "motion": scene.motion}
    return Node("FlowbrushInPlaceGuide", {**links, "strength": 0.7, "behind_strength": 0.3})
