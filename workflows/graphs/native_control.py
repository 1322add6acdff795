"""Wan models that take a control video or a camera."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import Scene, about, decoded, finished, ksampler, seen, shifted, wan, wan_files


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
