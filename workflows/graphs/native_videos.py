"""Example graphs for Wan models that read the warped picture as a video: Wan-Animate 2, SCAIL-2, Bernini-R and Uni3C."""

from __future__ import annotations

from .canvas import Graph, Node, Socket
from .native_parts import (
    UMT5,
    VISION,
    WAN_VAE,
    Scene,
    about,
    complete_graph,
    decode_node,
    expert_samplers,
    ksampler,
    low_noise_expert,
    shift_node,
    vision_nodes,
    wan,
    wan_files,
)

VAE_BF16 = "Wan2_1_VAE_bf16.safetensors"
BLACK, WHITE, BLUE = 0, 0xFFFFFF, 0x0000FF
"""Colours that SCAIL-2 reads: the first identity is blue; a white background is kept, a black one is left to the model."""


def _files(networks: list[str], vision: bool = True) -> dict[str, list[str]]:
    files = {"diffusion_models": networks, "text_encoders": [UMT5], "vae": [VAE_BF16]}
    return files | ({"clip_vision": [VISION]} if vision else {})


def _warped(scene: Scene) -> Node:
    """The picture warped along the motion, with a completed background."""
    return Node("FlowbrushWarpImage", {"image": scene.picture, "motion": scene.motion, "fill_holes": True})


def animate2() -> Graph:
    """Wan-Animate 2 with the warped picture as the video whose motion it takes over."""
    network = "wan_animate_2_int8_convrot.safetensors"
    graph = Graph(
        "animate2",
        about(
            "Wan-Animate 2",
            "Wan-Animate 2 moves the picture as a video moves. *Warp Image* makes that video from the motion, with the picture's own "
            "completed background. It was made for persons and animals; things follow loosely.",
            _files([network]),
            "`pose_strength` of *WanAnimate2ToVideo*: lower values follow the motion less closely. `pose_end_percent` = 0.7 leaves "
            "the details to the model.",
        ),
    )
    scene, model = Scene(81), wan(network, VAE_BF16)
    vision, video = vision_nodes(scene), _warped(scene)
    condition = Node(
        "WanAnimate2ToVideo",
        {
            **model.links,
            **scene.size,
            "reference_image": scene.picture,
            "pose_video": video["frames"],
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
        },
    )
    shift = shift_node(model.model, 5.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    trim = Node("TrimVideoLatent", {"samples": sampler["LATENT"], "trim_amount": condition["trim_latent"]})
    sampling = [[video, condition, shift], [sampler, trim, decode_node(trim["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [[*model.loaders, *vision], model.prompts], sampling, 16)


def scail2() -> Graph:
    """SCAIL-2 in its replacement mode: the painted thing moves, and the warped background is kept."""
    network = "wan2.1_14B_SCAIL_2_fp16.safetensors"
    graph = Graph(
        "scail2",
        about(
            "SCAIL-2 with its background",
            "SCAIL-2 makes the painted thing move as in a video and keeps the video's background. *Warp Image* makes the video from "
            "the motion; the moving region becomes the blue mask that SCAIL-2 reads as one identity. It was made for persons.",
            _files([network]),
            "`pose_strength` of *WanSCAILToVideo*: lower values follow the motion less closely. `replacement_mode` off leaves the "
            "background to the model; the masks then need a black background behind the video and a white one behind the picture.",
        ),
    )
    scene, model = Scene(81), wan(network, VAE_BF16)
    vision, video = vision_nodes(scene), _warped(scene)
    masks = _identity(scene, video["moving"], scene.frame["length"], WHITE, "Video masks")
    first = Node("ImageFromBatch", {"image": video["frames"], "batch_index": 0, "length": 1})
    still = _identity(scene, video["moving"], scene.frame["length"], BLACK, "Picture masks")
    mask = Node("ImageFromBatch", {"image": still[-1]["IMAGE"], "batch_index": 0, "length": 1})
    condition = Node(
        "WanSCAILToVideo",
        {
            **model.links,
            **scene.size,
            "pose_video": video["frames"],
            "pose_video_mask": masks[-1]["IMAGE"],
            "replacement_mode": True,
            "reference_image": first["IMAGE"],
            "reference_image_mask": mask["IMAGE"],
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
        },
    )
    shift = shift_node(model.model, 5.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    sampling = [
        [video, first, *masks],
        [*still, mask],
        [condition, shift],
        [sampler, decode_node(sampler["LATENT"], model.vae)],
    ]
    return complete_graph(graph, scene, [[*model.loaders, *vision], model.prompts], sampling, 16)


def _identity(scene: Scene, moving: Socket, frames: Socket, background: int, title: str) -> list[Node]:
    """Nodes that draw a MASK in blue on a background; the last one gives the images."""
    size = {name: scene.frame[name] for name in ("width", "height")}
    sheets = [Node("EmptyImage", {**size, "batch_size": frames, "color": c}) for c in (background, BLUE)]
    drawn = Node(
        "ImageCompositeMasked",
        {"destination": sheets[0]["IMAGE"], "source": sheets[1]["IMAGE"], "mask": moving},
        title,
    )
    return [*sheets, drawn]


def bernini_r() -> Graph:
    """Bernini-R with the warped picture as the video that it edits, with both experts."""
    high, low = (f"wan2.2_bernini_r_{part}_noise_fp8_scaled.safetensors" for part in ("high", "low"))
    graph = Graph(
        "bernini_r",
        about(
            "Bernini-R",
            "Bernini-R edits a video as the prompt says. *Warp Image* makes the video from the motion, rough where things were "
            "uncovered, and the model renders it anew with the picture as reference.",
            _files([high, low], vision=False),
            "The positive prompt: say what has to change, for example *make the video realistic, keep all motion*. Without "
            "`reference_image_0` the model keeps closer to the warped picture.",
        ),
    )
    scene, model = Scene(81), wan(high, VAE_BF16)
    second, video = low_noise_expert(low), _warped(scene)
    condition = Node(
        "BerniniConditioning",
        {
            **model.links,
            **scene.size,
            "source_video": video["frames"],
            "reference_images.reference_image_0": scene.picture,
        },
    )
    shifts = [shift_node(network, 5.0) for network in (model.model, second["MODEL"])]
    first, last = expert_samplers(shifts[0]["MODEL"], shifts[1]["MODEL"], condition, condition["latent"])
    sampling = [[video, condition, *shifts], [first, last], [decode_node(last["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [[*model.loaders, second], model.prompts], sampling, 16)


def uni3c() -> Graph:
    """Uni3C on Wan 2.1 image to video: a camera move as the warped picture."""
    network, control = (
        "wan2.1_i2v_480p_14B_fp16.safetensors",
        "Wan21_Uni3C_controlnet_fp16.safetensors",
    )
    graph = Graph(
        "uni3c",
        about(
            "Camera control with Uni3C",
            "Uni3C makes any Wan 2.1 image-to-video model follow a camera. It reads the picture as that camera sees it, which *Guide "
            "Video* draws from the motion; painted regions are drawn as well and followed loosely.",
            {**wan_files(network), "model_patches": [control]},
            "`strength` of *WanUni3CControlnetApply*, and its `end_percent`: 0.5 leaves the details to the model. Connect a depth "
            "map to *Camera Motion* for parallax.",
            "ComfyUI's templates for Wan 2.1 have the addresses of the model; the control network is published in Kijai's "
            "WanVideo_comfy.",
        ),
    )
    scene, model = Scene(81), wan(network, WAN_VAE)
    scene.brush = Node("FlowbrushCameraMotion", {"length": scene.frame["length"], "dolly": 0.3, "pan": 6.0})
    scene.motion = scene.brush["motion"]
    vision = vision_nodes(scene)
    render = Node("FlowbrushGuideVideo", {"motion": scene.motion, "image": scene.picture})
    patch = Node("ModelPatchLoader", {"name": control})
    shift = shift_node(model.model, 5.0)
    steered = Node(
        "WanUni3CControlnetApply",
        {
            "model": shift["MODEL"],
            "model_patch": patch["MODEL_PATCH"],
            "vae": model.vae,
            "render_video": render["video"],
        },
    )
    condition = Node(
        "WanImageToVideo",
        {
            **model.links,
            **scene.size,
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
            "start_image": scene.picture,
        },
    )
    sampler = ksampler(steered["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    columns = [[*model.loaders, patch, *vision], model.prompts]
    sampling = [
        [render, condition, shift, steered],
        [sampler, decode_node(sampler["LATENT"], model.vae)],
    ]
    return complete_graph(graph, scene, columns, sampling, 16)
