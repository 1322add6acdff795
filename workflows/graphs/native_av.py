"""Example graphs for models that make video and sound together: MiniMax-H3 and LTX-2."""

from __future__ import annotations

from .canvas import Graph, Node, Socket
from .native_parts import (
    PROMPTS,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    prompts,
    time_to_move,
)

H3, H3_VAE = "minimax_h3_fl2va_pruned_int8_convrot.safetensors", "minimax_h3_video_vae_fp16.safetensors"
H3_REFERENCE = "minimax_h3_ref2va_pruned_int8_convrot.safetensors"
H3_SOUND, QWEN = "minimax_h3_audio_vae_fp32.safetensors", "qwen3vl_32b_minimax_h3_nvfp4_awq.safetensors"
H3_FILES = {"diffusion_models": [H3], "text_encoders": [QWEN], "vae": [H3_VAE, H3_SOUND]}
LICENCE = (
    "ComfyUI's template *MiniMax H3: Image to Video* has the download addresses. Read the licence of the weights first: it may "
    "exclude your country or use."
)
FPS = 24.0
SOUND = "Audio: a soft wind"


class H3Model:
    """The stock loaders of MiniMax-H3, and its prompt with the first picture as keyframe, or as reference beside a video."""

    def __init__(self, scene: Scene, name: str, reference: Socket | None = None):
        network = H3 if reference is None else H3_REFERENCE
        self.network = Node("UNETLoader", {"unet_name": network, "weight_dtype": "default"})
        self.clip = Node("CLIPLoader", {"clip_name": QWEN, "type": "minimax"})
        self.video = Node("VAELoader", {"vae_name": H3_VAE}, "Video VAE")
        self.sound = Node("VAELoader", {"vae_name": H3_SOUND}, "Audio VAE")
        self.loaders = [self.network, self.clip, self.video, self.sound]
        self.model, self.vae = self.network["MODEL"], self.video["VAE"]
        shared = {"clip": self.clip["CLIP"], "vae": self.vae, **scene.size}
        if reference is None:
            more = {"prompt": f"{PROMPTS[name]}. {SOUND}", "first_frame": scene.picture}
            self.start = Node("MiniMaxH3ImageToVideo", {**shared, **more}, extra_height=100)
        else:
            more = {
                "prompt": f"<Picture 1> moves exactly as in <Video 1>: {PROMPTS[name]}. {SOUND}",
                "audio_vae": self.sound["VAE"],
                "ref_images.ref_image_0": scene.picture,
                "ref_videos.ref_video_0": reference,
            }
            self.start = Node("MiniMaxH3ReferenceToVideo", {**shared, **more}, extra_height=100)

    def sampling(self, model: Socket, positive: Socket, latent: Socket | None = None) -> list[list[Node]]:
        """The sampler of ComfyUI's template, and the decoders for sound and video, the latter at the end.

        `latent` replaces the empty video and sound.
        """
        guider = Node("BasicGuider", {"model": model, "conditioning": positive})
        sigmas = Node("BasicScheduler", {"model": model, "scheduler": "simple", "steps": 20})
        solver = Node("KSamplerSelect", {"sampler_name": "res_multistep"})
        noise = Node("RandomNoise", {"noise_seed": 1})
        sampler = Node(
            "SamplerCustomAdvanced",
            {
                "noise": noise["NOISE"],
                "guider": guider["GUIDER"],
                "sampler": solver["SAMPLER"],
                "sigmas": sigmas["SIGMAS"],
                "latent_image": latent or self.start["LATENT"],
            },
        )
        heard = Node("VAEDecodeAudio", {"samples": sampler["output"], "vae": self.sound["VAE"]})
        return [[guider, sigmas, solver, noise], [sampler, heard, decode_node(sampler["output"], self.vae)]]


def with_sound(graph: Graph, sound: Socket) -> Graph:
    """The graph, whose video gets the sound."""
    (video,) = (node for node in graph.nodes if node.kind == "CreateVideo")
    video.given["audio"] = sound
    return graph


def time_to_move_h3() -> Graph:
    """Time-to-Move on MiniMax-H3, with its sound."""
    graph = Graph(
        "time_to_move_h3",
        about(
            "Time-to-Move with MiniMax-H3",
            "MiniMax-H3 follows the motion and makes sound with it: its own node sets the first frame, and *Time-to-Move* steers "
            "the video. The sound is left to the model. Lengths must be 17k+5 (73, 90, 107, 124), and sides multiples of 32.",
            H3_FILES,
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly. With a turbo "
            "LoRA of 8 steps, choose few steps.",
            LICENCE,
        ),
    )
    scene = Scene(124, model="MiniMax-H3")
    model = H3Model(scene, "balloon")
    steered = time_to_move(model.model, model.vae, scene)
    sampling = model.sampling(steered["model"], model.start["positive"])
    sound = sampling[1][1]["AUDIO"]
    sampling[0].insert(0, steered)
    return with_sound(complete_graph(graph, scene, [model.loaders, [model.start]], sampling, FPS), sound)


def h3_guides() -> Graph:
    """MiniMax-H3 with a keyframe and a guide clip that are cut from the motion."""
    graph = Graph(
        "h3_guides",
        about(
            "Guide clips for MiniMax-H3",
            "MiniMax-H3 reads pictures and clips at chosen frames. *Warp Image* draws the motion; its frame 51 becomes a keyframe, "
            "and its last 22 frames a guide clip, which the model follows closely. Between them it moves by itself.",
            H3_FILES,
            "`frame_idx` of *Add Guide for MiniMax H3*, and `batch_index` of the *ImageFromBatch* before it, which must agree. A clip "
            "has 5, 22, 39 … frames. More guides follow the path more closely, fewer leave more to the model.",
            LICENCE,
        ),
    )
    scene = Scene(124, model="MiniMax-H3")
    model = H3Model(scene, "balloon")
    warped = Node("FlowbrushWarpImage", {"image": scene.picture, "motion": scene.motion, "fill_holes": True})
    positive, guides = model.start["positive"], []
    for title, first, length in (("Keyframe", 51, 1), ("Guide clip", 102, 22)):
        part = Node(
            "ImageFromBatch", {"image": warped["frames"], "batch_index": first, "length": length}, title
        )
        guide = Node(
            "MiniMaxH3AddGuide",
            {
                "positive": positive,
                "vae": model.vae,
                "latent": model.start["LATENT"],
                "image": part["IMAGE"],
                "frame_idx": first,
            },
        )
        positive, guides = guide["positive"], [*guides, part, guide]
    sampling = model.sampling(model.model, positive)
    sound = sampling[1][1]["AUDIO"]
    return with_sound(
        complete_graph(graph, scene, [model.loaders, [model.start]], [[warped, *guides], *sampling], FPS),
        sound,
    )


def h3_reference() -> Graph:
    """MiniMax-H3 with the warped picture as a reference video."""
    graph = Graph(
        "h3_reference",
        about(
            "A reference video for MiniMax-H3",
            "The reference weights of MiniMax-H3 read pictures and videos that the prompt names. *Warp Image* draws the motion, and the "
            "prompt says that `<Picture 1>` moves as in `<Video 1>`. This follows the motion loosely and looks most natural.",
            {**H3_FILES, "diffusion_models": [H3_REFERENCE]},
            "The prompt of *MiniMax H3 Reference to Video*: say what `<Picture 1>` is and what it does in `<Video 1>`. If the motion is "
            "followed too loosely, use *Time-to-Move* or guide clips instead (`time_to_move_h3`, `h3_guides`).",
            LICENCE,
        ),
    )
    scene = Scene(124, model="MiniMax-H3")
    warped = Node("FlowbrushWarpImage", {"image": scene.picture, "motion": scene.motion, "fill_holes": True})
    model = H3Model(scene, "balloon", warped["frames"])
    sampling = model.sampling(model.model, model.start["positive"])
    sound = sampling[1][1]["AUDIO"]
    columns = [model.loaders, [warped, model.start]]
    return with_sound(complete_graph(graph, scene, columns, sampling, FPS), sound)


LTX2, GEMMA = "ltx-2.3-22b-distilled-fp8.safetensors", "gemma_3_12B_it_fp4_mixed.safetensors"
MOTION_TRACK = "ltx-2.3-22b-ic-lora-motion-track-control-ref0.5.safetensors"


class LTX2Model:
    """The stock loaders of LTX-2.3, two prompts, and the empty video and sound, the video with the first picture."""

    def __init__(
        self, scene: Scene, name: str, size: dict[str, Socket] | None = None, picture: Socket | None = None
    ):
        """Another `size` or first `picture` than those of the scene can be given."""
        clip = self.load()
        self.prompts = prompts(clip, name)
        self.condition = Node(
            "LTXVConditioning",
            {
                "positive": self.prompts[0]["CONDITIONING"],
                "negative": self.prompts[1]["CONDITIONING"],
                "frame_rate": FPS,
            },
        )
        empty = Node("EmptyLTXVLatentVideo", size or scene.size)
        self.start = Node(
            "LTXVImgToVideoInplace",
            {"vae": self.vae, "image": picture or scene.picture, "latent": empty["LATENT"]},
        )
        self.silence = Node(
            "LTXVEmptyLatentAudio",
            {
                "frames_number": scene.frame["length"],
                "frame_rate": FPS,
                "audio_vae": self.sound_vae,
            },
        )
        self.nodes = [self.condition, empty, self.start, self.silence]

    def load(self) -> Socket:
        """Set the loaders and what they give but the text encoder, which is returned."""
        file = Node("CheckpointLoaderSimple", {"ckpt_name": LTX2})
        sound = Node("LTXVAudioVAELoader", {"ckpt_name": LTX2})
        clip = Node("LTXAVTextEncoderLoader", {"text_encoder": GEMMA, "ckpt_name": LTX2})
        self.loaders = [file, sound, clip]
        self.model, self.vae, self.sound_vae = file["MODEL"], file["VAE"], sound["Audio VAE"]
        return clip["CLIP"]

    def sampling(self, model: Socket, positive: Socket, negative: Socket, video: Socket) -> list[Node]:
        """Eight steps for the distilled weights, on the video beside its sound; the last node gives both again."""
        both = Node("LTXVConcatAVLatent", {"video_latent": video, "audio_latent": self.silence["Latent"]})
        sampler = ksampler(
            model,
            positive,
            negative,
            both["latent"],
            steps=8,
            cfg=1.0,
            sampler_name="euler",
            scheduler="linear_quadratic",
        )
        return [both, sampler, Node("LTXVSeparateAVLatent", {"av_latent": sampler["LATENT"]})]

    def heard(self, sound: Socket) -> Node:
        """The decoder of the sound."""
        return Node("LTXVAudioVAEDecode", {"samples": sound, "audio_vae": self.sound_vae})


def time_to_move_ltx2() -> Graph:
    """Time-to-Move on LTX-2.3, with its sound."""
    graph = Graph(
        "time_to_move_ltx2",
        about(
            "Time-to-Move with LTX-2.3",
            "LTX-2.3 follows the motion and makes sound with it. Its own node sets the first frame, and *Time-to-Move* steers the "
            "video; the sound is left to the model. Lengths must be 8k+1 (97, 121), and sides multiples of 32.",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA]},
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` (0.95) to follow the path more strictly. The "
            "example *ltx2_two_stages* makes larger videos, and *time_to_move_ltx25* is for LTX-2.5.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video")
    return steered_ltx2(graph, scene, LTX2Model(scene, "boat"))


def steered_ltx2(graph: Graph, scene: Scene, model: LTX2Model) -> Graph:
    """The graph in which *Time-to-Move* steers the video of a model and leaves its sound alone."""
    steered = time_to_move(model.model, model.vae, scene)
    sides = model.condition["positive"], model.condition["negative"]
    nodes = model.sampling(steered["model"], *sides, model.start["latent"])
    heard = model.heard(nodes[-1]["audio_latent"])
    sampling = [[*model.nodes, steered], [*nodes, heard, decode_node(nodes[-1]["video_latent"], model.vae)]]
    done = complete_graph(graph, scene, [model.loaders, model.prompts], sampling, FPS)
    return with_sound(done, heard["Audio"])


def ltx2_motion_track() -> Graph:
    """LTX-2.3 with the motion drawn as discs, for the motion-track LoRA."""
    graph = Graph(
        "ltx2_motion_track",
        about(
            "Motion tracks for LTX-2.3",
            "The motion-track LoRA of LTX reads points that move, drawn as coloured discs. *Guide Video* draws them from the motion, "
            "and the stock *Add Guide* passes them on. The model makes sound with the video.",
            {"checkpoints": [LTX2], "text_encoders": [GEMMA], "loras": [MOTION_TRACK]},
            "`spacing` of *Guide Video*: fewer points leave more to the model. `strength_model` of the LoRA: lower values follow the "
            "points less closely.",
            "ComfyUI's template *LTX-2.3: IC-LoRA* has the addresses of the first two files; the LoRA is published by Lightricks "
            "as LTX-2.3-22b-IC-LoRA-Motion-Track-Control.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video")
    model = LTX2Model(scene, "boat")
    lora = Node("LoraLoaderModelOnly", {"model": model.model, "lora_name": MOTION_TRACK})
    half_size = Node("GetICLoRAParameters", {"iclora_model": lora["MODEL"]})
    discs = Node(
        "FlowbrushGuideVideo", {"motion": scene.motion, "image": scene.picture, "style": "discs by age"}
    )
    guide = Node(
        "LTXVAddGuide",
        {
            "positive": model.condition["positive"],
            "negative": model.condition["negative"],
            "vae": model.vae,
            "latent": model.start["latent"],
            "image": discs["video"],
            "iclora_parameters": half_size["iclora_parameters"],
        },
    )
    nodes = model.sampling(lora["MODEL"], guide["positive"], guide["negative"], guide["latent"])
    crop = Node(
        "LTXVCropGuides",
        {
            "positive": guide["positive"],
            "negative": guide["negative"],
            "latent": nodes[-1]["video_latent"],
        },
    )
    heard = model.heard(nodes[-1]["audio_latent"])
    sampling = [
        [discs, *model.nodes],
        [half_size, guide, *nodes],
        [crop, heard, decode_node(crop["latent"], model.vae)],
    ]
    done = complete_graph(graph, scene, [[*model.loaders, lora], model.prompts], sampling, FPS)
    return with_sound(done, heard["Audio"])
