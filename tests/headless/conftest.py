"""Toy nodes for the runner, and folders of their own for each test."""

import pytest
import torch
from comfy_api.latest import io, ui
from flowbrush.hosts import use
from flowbrush.hosts.headless import HeadlessHost, registry, stock


class Frames(io.ComfyNode):
    """Random frames of a seed."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Frames",
            inputs=[
                io.Int.Input("count", default=3, min=1, max=9),
                io.Int.Input("seed", default=0, min=0, max=2**63, control_after_generate=True),
                io.Combo.Input("size", options=["small", "large"], default="small"),
                io.Boolean.Input("grey", default=False, optional=True),
            ],
            outputs=[io.Image.Output("frames"), io.Int.Output("count")],
        )

    @classmethod
    def execute(cls, count, seed, size, grey=False):
        side = {"small": 16, "large": 32}[size]
        channels = 1 if grey else 3
        noise = torch.rand(count, side, side, channels, generator=torch.Generator().manual_seed(seed))
        return io.NodeOutput(noise.expand(-1, -1, -1, 3), count)


class Mean(io.ComfyNode):
    """Shows the mean of frames; fails on demand."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Mean",
            display_name="Mean of Frames",
            inputs=[io.Image.Input("frames"), io.Float.Input("times", default=1.0, min=0.0, max=2.0)],
            outputs=[io.Float.Output("mean")],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, frames=None):
        return True

    @classmethod
    async def execute(cls, frames, times):
        if times == 0:
            raise ValueError("`times` is 0; it must be above 0")
        mean = float(frames.mean()) * times
        return io.NodeOutput(mean, ui=ui.PreviewText(f"node {cls.hidden.unique_id}: {mean:.4f}"))


class Each(io.ComfyNode):
    """Gives a list: one entry for each frame."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="Each",
            inputs=[io.Image.Input("frames")],
            outputs=[io.Image.Output("frame", is_output_list=True)],
        )

    @classmethod
    def execute(cls, frames):
        return io.NodeOutput(list(frames.split(1)))


@pytest.fixture(autouse=True)
def folders(tmp_path):
    """A host whose input, output and temporary folders are those of this test; returns the folder above them."""
    for name in ("input", "output", "temp"):
        (tmp_path / name).mkdir()
    use(HeadlessHost(**{f"{name}_directory": tmp_path / name for name in ("input", "output", "temp")}))
    return tmp_path


@pytest.fixture
def toys(monkeypatch):
    """The stand-ins and the toy nodes, without the pack's own."""
    classes = {cls.define_schema().node_id: cls for cls in [*stock.NODES, Frames, Mean, Each]}
    monkeypatch.setattr(registry, "node_classes", lambda: classes)
    return classes


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Small random checkpoints in the bundled layout, by kind."""
    from flowbrush.models import checkpoint
    from flowbrush.models.dit import DiTConfig, WanDiT
    from flowbrush.models.text import ByteTextEncoder, TextConfig
    from flowbrush.models.vae import VAEConfig, WanVAE

    folder = tmp_path_factory.mktemp("weights")
    sizes = {
        "dit": (DiTConfig(dim=32, ffn_dim=64, num_heads=2, num_layers=2, text_dim=32), WanDiT),
        "vae": (VAEConfig(dim=4), WanVAE),
        "text": (TextConfig(dim=32, layers=1, heads=2), ByteTextEncoder),
        "wide": (TextConfig(dim=64, layers=1, heads=2), ByteTextEncoder),
    }
    paths = {}
    for seed, (kind, (config, network)) in enumerate(sizes.items()):
        generator = torch.Generator().manual_seed(seed)
        state = {
            name: torch.randn(value.shape, generator=generator) / max(value[0].numel(), 1) ** 0.5
            if value.ndim > 1
            else 1.0 + 0.1 * torch.randn(value.shape, generator=generator)
            for name, value in network(config).state_dict().items()
        }
        paths[kind] = str(folder / f"{kind}.safetensors")
        checkpoint.save(paths[kind], state, config, {}, dtype=torch.float32)
    return paths
