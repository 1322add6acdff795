"""Load Model: a diffusion model with its text encoder and VAE."""

from pathlib import Path
from typing import Literal

from comfy_api.latest import io

from ..hosts import host
from .node import Node
from .sockets import CATEGORY

_KINDS: dict[str, Literal["dit", "vae", "text"]] = {
    "diffusion_model": "dit",
    "text_encoder": "text",
    "vae": "vae",
}


class LoadModel(Node):
    """Loads MODEL, CLIP and VAE, bundled or from ComfyUI's model folders."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        def choices(name: str) -> list[str]:
            return host().model_choices(_KINDS[name])

        return io.Schema(
            node_id="FlowbrushLoadModel",
            display_name="Flowbrush Load Model",
            category=CATEGORY,
            description="Loads the bundled model, or model files in the Wan 2.x layout. Nothing is ever downloaded.",
            search_aliases=["checkpoint", "wan", "loader"],
            inputs=[
                io.Combo.Input(
                    "diffusion_model",
                    options=choices("diffusion_model"),
                    tooltip="The network that makes the video: a bundled one, or a file in models/diffusion_models. "
                    "`bundled` follows painted motion; `bundled text to video` makes 64x64 clips from a prompt alone.",
                ),
                io.Combo.Input(
                    "text_encoder",
                    options=choices("text_encoder"),
                    tooltip="The network that reads the prompt: a bundled one, or a file in models/text_encoders. It must be the "
                    "one with which the diffusion model was trained.",
                ),
                io.Combo.Input(
                    "vae",
                    options=choices("vae"),
                    tooltip="The network that turns frames into latents and back: the bundled one, or a file in models/vae.",
                ),
            ],
            outputs=[
                io.Model.Output(
                    "model",
                    display_name="MODEL",
                    tooltip="For Sampler, and for any stock node that takes a MODEL.",
                ),
                io.Clip.Output(
                    "clip", display_name="CLIP", tooltip="For Text Encode, or the stock CLIP Text Encode."
                ),
                io.Vae.Output(
                    "vae",
                    display_name="VAE",
                    tooltip="For Motion Conditioning and Decode Video, or the stock VAE nodes.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, diffusion_model: str, text_encoder: str, vae: str) -> bool | str:
        """Accepts the choices of the host and, without ComfyUI, paths to files."""
        chosen = {"diffusion_model": diffusion_model, "text_encoder": text_encoder, "vae": vae}
        for name, value in chosen.items():
            if value is None or value in host().model_choices(_KINDS[name]):
                continue
            if host().name == "headless" and Path(value).expanduser().exists():
                continue
            return f"`{name}` is {value!r}, but there is no such file; choose one from the list"
        return True

    @classmethod
    def execute(cls, diffusion_model: str, text_encoder: str, vae: str) -> io.NodeOutput:
        """See `hosts.Host.load_models`."""
        return io.NodeOutput(*host().load_models(diffusion_model, vae, text_encoder))
