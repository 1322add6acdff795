"""A stand-in of SAM3: a MODEL whose mask is a disc around each point that it is given."""

import comfy.model_management
import comfy.model_patcher
import torch
from comfy_api.latest import io

SIDE, RADIUS = 252, 0.1  # px of the mask, and part of its side


class Discs(torch.nn.Module):
    """Discs around the points labelled 1, without discs around those labelled 0."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1), requires_grad=False)

    def forward_segment(self, frame, point_inputs=None, mask_inputs=None, box_inputs=None):
        if mask_inputs is not None:
            return mask_inputs
        y, x = torch.meshgrid(*[(torch.arange(SIDE) + 0.5) / SIDE] * 2, indexing="ij")
        inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
        labelled = zip(point_inputs["point_coords"][0], point_inputs["point_labels"][0], strict=True)
        for (at_x, at_y), label in labelled:
            disc = torch.hypot(x - float(at_x) / 1008, y - float(at_y) / 1008) < RADIUS
            inside = inside | disc if label else inside & ~disc
        return torch.where(inside, 4.0, -4.0)[None, None]


class Holder(torch.nn.Module):
    """What ComfyUI expects of a model with this network."""

    def __init__(self):
        super().__init__()
        self.diffusion_model = Discs()
        self.device = torch.device("cpu")

    def get_dtype(self):
        return torch.float32


class Points(io.ComfyNode):
    """Gives the stand-in."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="ProbePoints", category="probe", inputs=[], outputs=[io.Model.Output()])

    @classmethod
    def execute(cls):
        cpu = torch.device("cpu")
        return io.NodeOutput(comfy.model_patcher.ModelPatcher(Holder(), load_device=cpu, offload_device=cpu))
