"""Example graphs for Wan models that take a control video or a camera."""

from __future__ import annotations

from .canvas import Graph, Node, Socket
from .native_parts import (
    Loaded,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    shift_node,
    vision_nodes,
    wan,
    wan_files,
)


def vace() -> Graph:
    """VACE with the warped picture as control video, grey where nothing is known, and masks of these areas."""
    network = "wan2.1_vace_14B_fp16.safetensors"
    graph = Graph(
        "vace",
        about(
            "VACE",
            "VACE keeps the pixels of a control video and paints the areas of its masks. *VACE Control* gives it the picture, "
            "warped along the motion with a completed background, and masks of what the motion uncovers, which VACE paints anew.",
            wan_files(network, vision=False),
            "`unpainted` of *VACE Control*: with still, everything that you did not paint stays; with free, the model may move "
            "it. If edges look torn, increase `grow`, which enlarges the masks.",
        ),
    )
    scene, model = Scene(81), wan(network)
    control, condition = vace_nodes(scene, model)
    shift = shift_node(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    trim = Node("TrimVideoLatent", {"samples": sampler["LATENT"], "trim_amount": condition["trim_latent"]})
    decode = decode_node(trim["LATENT"], model.vae)
    sampling = [[control, condition, shift], [sampler, trim, decode]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 16)


def vace_nodes(scene: Scene, model: Loaded) -> tuple[Node, Node]:
    """The control video of a scene for VACE, and the stock node that reads it."""
    control = Node(
        "FlowbrushVACEControl", {"first_image": scene.picture, "motion": scene.motion, "behind": "plate"}
    )
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
    return control, condition


def fun_control() -> Graph:
    """Fun-Control with the motion as a control video."""
    network = "wan2.1_fun_control_1.3B_bf16.safetensors"
    graph = Graph(
        "fun_control",
        about(
            "Fun-Control",
            "Wan Fun-Control follows a control video. *Guide Video* draws it from the motion; the first frame sets the look.",
            wan_files(network),
            "`style` of *Guide Video*: the warped picture controls everything, spots control only the paths. For depth or edge "
            "controls, connect a depth or edge picture to `image` of *Guide Video*.",
        ),
    )
    scene, model = Scene(81), wan(network)
    vision = vision_nodes(scene)
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
    shift = shift_node(model.model, 5.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decode_node(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return complete_graph(graph, scene, columns, [[guide, condition, shift], [sampler, decode]], 16)


def fun_camera() -> Graph:
    """Fun-Camera with the camera of Camera Motion."""
    network = "wan2.1_fun_camera_v1.1_1.3B_bf16.safetensors"
    graph = Graph(
        "fun_camera",
        about(
            "Camera control",
            "Wan Fun Camera follows a camera move. *Camera Embedding* passes yours to it, with any path, rotation and lens; the "
            "stock node has eight fixed moves. Painted regions have no effect on this model.",
            wan_files(network),
            "`dolly`, `pan` and `truck` of *Camera Motion*, or camera keyframes in *Motion Brush*. "
            "`scene_distance` of *Camera Embedding* is the distance of the scene: the nearer it is, the larger the same move "
            "appears.",
        ),
    )
    scene, model = Scene(81), wan(network)
    vision = vision_nodes(scene)
    camera, condition = camera_nodes(scene, model, {"clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"]})
    shift = shift_node(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decode_node(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return complete_graph(graph, scene, columns, [[camera, condition, shift], [sampler, decode]], 16)


def camera_nodes(scene: Scene, model: Loaded, more: dict[str, Socket]) -> tuple[Node, Node]:
    """The camera move of a scene, which takes the place of the painted motion, and the stock node that reads it."""
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
            **more,
            "width": camera["width"],
            "height": camera["height"],
            "length": camera["length"],
            "start_image": scene.picture,
            "camera_conditions": camera["camera_embedding"],
        },
    )
    return camera, condition
