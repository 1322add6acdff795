"""Example graphs for the control models of Wan 2.2 14B, which consist of two experts: one for high noise, one for low noise."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_control import camera_nodes, vace_nodes
from .native_parts import (
    UMT5,
    Loaded,
    Scene,
    about,
    complete_graph,
    decode_node,
    expert_files,
    expert_samplers,
    ksampler,
    low_noise_expert,
    shift_node,
    wan,
)

SHIFT = 8.0


def fun_control_wan22() -> Graph:
    """Fun-Control of Wan 2.2 14B, whose two experts both read the control video."""
    high, low, files = expert_files("fun_control")
    graph = Graph(
        "fun_control_wan22",
        about(
            "Fun-Control with Wan 2.2",
            "Wan 2.2 Fun-Control follows a control video with both of its experts. *Guide Video* draws it from the motion, and the "
            "picture is the reference image.",
            files,
            "`style` of *Guide Video*: the warped picture controls everything, spots control only the paths. The "
            "example *fun_control_wan22_5b* is for the smaller model.",
        ),
    )
    scene, model = Scene(81), wan(high)
    guide = Node("FlowbrushGuideVideo", {"motion": scene.motion, "image": scene.picture})
    condition = Node(
        "Wan22FunControlToVideo",
        {**model.links, **scene.size, "ref_image": scene.picture, "control_video": guide["video"]},
    )
    return _sampled_by_both(graph, scene, model, low, [guide, condition])


def fun_control_wan22_5b() -> Graph:
    """Fun-Control of Wan 2.2 5B, which is one network with a VAE of its own."""
    network, vae = "wan2.2_fun_control_5B_bf16.safetensors", "wan2.2_vae.safetensors"
    graph = Graph(
        "fun_control_wan22_5b",
        about(
            "Fun-Control with Wan 2.2 5B",
            "The small Wan 2.2 Fun-Control follows a control video. *Guide Video* draws it from the motion, and the picture is the "
            "reference image. Sides must be multiples of 32.",
            {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]},
            "`style` of *Guide Video*: the warped picture controls everything, spots control only the paths.",
        ),
    )
    scene, model = Scene(81), wan(network, vae)
    guide = Node("FlowbrushGuideVideo", {"motion": scene.motion, "image": scene.picture})
    condition = Node(
        "Wan22FunControlToVideo",
        {**model.links, **scene.size, "ref_image": scene.picture, "control_video": guide["video"]},
    )
    shift = shift_node(model.model, SHIFT)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    sampling = [[guide, condition, shift], [sampler, decode_node(sampler["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 24)


def fun_camera_wan22() -> Graph:
    """Fun-Camera of Wan 2.2 14B with the camera of Camera Motion."""
    high, low, files = expert_files("fun_camera")
    graph = Graph(
        "fun_camera_wan22",
        about(
            "Camera control with Wan 2.2",
            "Wan 2.2 Fun Camera follows a camera move with both of its experts. *Camera Embedding* passes yours to it, with any "
            "path, rotation and lens; the stock node has eight fixed moves. Painted regions have no effect on this model.",
            files,
            "`dolly`, `pan` and `truck` of *Camera Motion*, or camera keyframes in *Motion Brush*. `scene_distance` of *Camera "
            "Embedding* is the distance of the scene: the nearer it is, the larger the same move appears.",
        ),
    )
    scene, model = Scene(81), wan(high)
    return _sampled_by_both(graph, scene, model, low, list(camera_nodes(scene, model, {})))


def vace_wan22() -> Graph:
    """VACE-Fun of Wan 2.2 14B, whose two experts both read the control video and its masks."""
    high, low, files = expert_files("fun_vace")
    graph = Graph(
        "vace_wan22",
        about(
            "VACE with Wan 2.2",
            "VACE-Fun paints the masked areas of a control video. It keeps all other pixels, with both experts of Wan 2.2. *VACE "
            "Control* gives it the picture, warped along the motion with a completed background, and masks of what the motion "
            "uncovers, which the model paints anew.",
            files,
            "`unpainted` of *VACE Control*: with still, everything that you did not paint stays; with free, the model may move "
            "it. If edges look torn, increase `grow`, which enlarges the masks.",
            "The files are those of the folder split_files of Wan_2.2_ComfyUI_Repackaged, which Comfy-Org publishes.",
        ),
    )
    scene, model = Scene(81), wan(high)
    return _sampled_by_both(graph, scene, model, low, list(vace_nodes(scene, model)), trimmed=True)


def _sampled_by_both(
    graph: Graph, scene: Scene, model: Loaded, low: str, control: list[Node], trimmed: bool = False
) -> Graph:
    """The graph with both experts, of which `model` is the first; the last node of `control` conditions them.

    trimmed: whether that node puts a reference picture in front of the video, which is cut off before decoding.
    """
    second = low_noise_expert(low)
    condition = control[-1]
    shifts = [shift_node(network, SHIFT) for network in (model.model, second["MODEL"])]
    first, last = expert_samplers(shifts[0]["MODEL"], shifts[1]["MODEL"], condition, condition["latent"])
    latent, ends = last["LATENT"], []
    if trimmed:
        ends = [Node("TrimVideoLatent", {"samples": latent, "trim_amount": condition["trim_latent"]})]
        latent = ends[0]["LATENT"]
    sampling = [[*control, *shifts], [first, last], [*ends, decode_node(latent, model.vae)]]
    return complete_graph(graph, scene, [[*model.loaders, second], model.prompts], sampling, 16)
