"""A pack for tests: nodes that write what arrives at them to a file, in full precision. Runs in both hosts.

In ComfyUI it also lets the loaders take narrow stand-ins of the large models (`narrow.py`).
"""

from importlib.util import find_spec

from comfy_api.latest import ComfyExtension, io
from safetensors.torch import save_file


class SaveFrames(io.ComfyNode):
    """Writes an IMAGE [T,H,W,3]."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSaveFrames",
            category="probe",
            inputs=[io.Image.Input("frames"), io.String.Input("path", default="")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, frames, path):
        save_file({"tensor": frames.float().contiguous()}, path)
        return io.NodeOutput()


class SaveSamples(io.ComfyNode):
    """Writes a LATENT's samples [B,C,T',h,w]."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSaveSamples",
            category="probe",
            inputs=[io.Latent.Input("latent"), io.String.Input("path", default="")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, latent, path):
        save_file({"tensor": latent["samples"].float().contiguous()}, path)
        return io.NodeOutput()


class SaveConditioning(io.ComfyNode):
    """Writes the embedding [B,L,C] of a CONDITIONING."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSaveConditioning",
            category="probe",
            inputs=[io.Conditioning.Input("conditioning"), io.String.Input("path", default="")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, conditioning, path):
        save_file({"tensor": conditioning[0][0].float().contiguous()}, path)
        return io.NodeOutput()


class SaveSigmas(io.ComfyNode):
    """Writes SIGMAS [N+1]."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSaveSigmas",
            category="probe",
            inputs=[io.Sigmas.Input("sigmas"), io.String.Input("path", default="")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, sigmas, path):
        save_file({"tensor": sigmas.float().contiguous()}, path)
        return io.NodeOutput()


class SaveCamera(io.ComfyNode):
    """Writes a WAN_CAMERA_EMBEDDING [1,24,T',H,W]."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeSaveCamera",
            category="probe",
            inputs=[io.WanCameraEmbedding.Input("camera"), io.String.Input("path", default="")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, camera, path):
        save_file({"tensor": camera.float().contiguous()}, path)
        return io.NodeOutput()


NODES = [SaveFrames, SaveSamples, SaveConditioning, SaveSigmas, SaveCamera]


class Probe(ComfyExtension):
    async def on_load(self):
        if find_spec("comfy") is not None:
            from .narrow import narrow

            narrow()

    async def get_node_list(self):
        from .census import Census

        if find_spec("comfy") is None:
            return [*NODES, Census]
        from .points import Points

        return [*NODES, Census, Points]


async def comfy_entrypoint():
    return Probe()
