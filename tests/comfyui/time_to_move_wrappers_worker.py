"""Time-to-Move under what else wraps a MODEL: LoRAs, windows, packed weights, torch.compile, several devices.

<ComfyUI's python> time_to_move_wrappers_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>

One line of JSON is printed. The folder of ComfyUI-GGUF is read from the environment variable FLOWBRUSH_GGUF_NODES.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import importlib.util
import os
import tempfile
from unittest import mock

import comfy.model_management
import comfy.multigpu
import comfy.ops
import comfy.samplers
import comfy.sd
import comfy.utils
import folder_paths
import torch
import worker_process
from comfy_api.torch_helpers import set_torch_compile_wrapper
from comfy_extras.nodes_context_windows import ContextWindowsManualNode
from flowbrush.hosts import Conditions, use
from flowbrush.nodes.conditioning import MotionConditioning
from flowbrush.sampling.guidance import Guidance
from probe.narrow import narrow
from time_to_move_loop import IMAGE, findings, moving, schedule, text
from time_to_move_wan import Wan, load
from torch._dynamo.utils import counters

comfyui = use("comfyui")
narrow()


def lora(number):
    """A LoRA of rank 4 on the attention of one block."""
    generator = torch.Generator().manual_seed(number)
    name = f"diffusion_model.blocks.{number}.self_attn.q"
    parts = {"lora_down.weight": (4, 128), "lora_up.weight": (128, 4)}
    return {f"{name}.{part}": torch.randn(shape, generator=generator) * 0.3 for part, shape in parts.items()}


def with_loras(model):
    for number in (0, 1):
        model, _ = comfy.sd.load_lora_for_models(model, None, lora(number), 1.0, 0.0)
    return model


def in_windows(model):
    arguments = {
        "context_length": 2,
        "context_overlap": 1,
        "context_stride": 1,
        "closed_loop": False,
        "dim": 2,
    }
    schedule_and_fuse = {"context_schedule": "standard_static", "fuse_method": "pyramid", "freenoise": False}
    return ContextWindowsManualNode.execute(model, **arguments, **schedule_and_fuse).args[0]


class EightBits(comfy.ops.manual_cast):
    """Operations whose matrices are kept in 8 bits with a scale for each row, and unpacked when they are used, as of GGUF files."""

    class Linear(comfy.ops.manual_cast.Linear):
        def _load_from_state_dict(self, state, prefix, *arguments):
            super()._load_from_state_dict(state, prefix, *arguments)
            weight = self.weight.detach().float()
            self.scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
            self.packed = (weight / self.scale).round().to(torch.int8)
            self.weight = torch.nn.Parameter(torch.zeros(0), requires_grad=False)

        def forward(self, x):
            weight = self.packed.to(x.dtype) * self.scale.to(x.dtype)
            return torch.nn.functional.linear(x, weight, None if self.bias is None else self.bias.to(x.dtype))


def scaled_to_fp8(state):
    """The tensors of a network with the matrices of its blocks in 8-bit floats and a scale beside each, as published."""
    found = {"scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn)}
    for name, tensor in state.items():
        if name.startswith("blocks.") and name.endswith(".weight") and tensor.ndim == 2:
            scale = tensor.float().abs().max() / 448
            found[name] = (tensor.float() / scale).to(torch.float8_e4m3fn)
            found[name.removesuffix("weight") + "scale_weight"] = scale
        else:
            found[name] = tensor
    return found


def compiled(model):
    """A MODEL whose network is compiled as by the stock node, with a backend that needs no C++ compiler."""
    model = model.clone()
    set_torch_compile_wrapper(model, backend="aot_eager")
    return model


def compiled_graphs():
    """How many graphs torch.compile has made so far."""
    return counters["stats"]["unique_graphs"]


def compiled_conditioning():
    """The bundled layout with Motion Conditioning and a guidance for the motion, compiled and not."""
    names = ("tiny_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors")
    for name in names:
        kind = {"dit": "diffusion_models", "vae": "vae", "text": "text_encoders"}[name[5:-12]]
        folder_paths.add_model_folder_path(kind, f"{MODELS}/{kind}")
    model, _, vae = comfyui.load_models(*names)
    settings = {"length": 9, "unpainted": "still", "motion_guidance": True, "motion": moving(9)}
    positive, negative, no_motion, latent = MotionConditioning.execute(
        text(32), text(32, 3), vae, IMAGE, mode="warped video", hold_known=False, **settings
    ).args[:4]
    conditions, guidance = Conditions(positive, negative, no_motion), Guidance(3.0, 2.0)
    noise = torch.randn(latent["samples"].shape, generator=torch.Generator().manual_seed(4))

    def run(patcher):
        return comfyui.motion_guider(patcher, conditions, guidance).sample(
            noise.clone(),
            latent["samples"],
            comfy.samplers.sampler_object("euler"),
            schedule(model, 3),
            disable_pbar=True,
            seed=4,
        )

    plain, before = run(model), compiled_graphs()
    difference = (run(compiled(model)) - plain).abs().max() / plain.std()
    findings["motion conditioning, compiled"] = [float(difference), compiled_graphs() - before]


SECOND = torch.device("cpu", 1)
"""A second name of the processor, by which ComfyUI tells two devices."""


def on_two_devices(model):
    """A MODEL whose conditions the stock node shares out between two devices."""
    with mock.patch.object(
        comfy.model_management, "get_all_torch_devices", return_value=[model.load_device, SECOND]
    ):
        return comfy.multigpu.create_multigpu_deepclones(model, 2)


def two_devices(route):
    seen = []
    apply_batch = comfy.multigpu.MultiGPUThreadPool.submit

    def submit(pool, device, *work):
        seen.append(str(device))
        return apply_batch(pool, device, *work)

    with mock.patch.object(comfy.multigpu.MultiGPUThreadPool, "submit", submit):
        route.beside_the_loop("conditions on two devices", on_two_devices)
    findings["devices"] = sorted(set(seen))


def gguf_nodes():
    """The module of ComfyUI-GGUF. Raises ImportError with the reason where it or its package is absent."""
    folder = Path(os.environ.get("FLOWBRUSH_GGUF_NODES", f"{COMFYUI}/custom_nodes/ComfyUI-GGUF"))
    if not (folder / "nodes.py").is_file():
        raise ImportError(f"there is no ComfyUI-GGUF in {folder}")
    spec = importlib.util.spec_from_file_location(
        "comfyui_gguf", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def write_gguf(source, target):
    """Write the tensors of a safetensors file as GGUF: matrices of the blocks in 4 bits, all others as they are."""
    import gguf

    writer = gguf.GGUFWriter(str(target), "wan")
    for name, tensor in comfy.utils.load_torch_file(source).items():
        values = tensor.float().numpy()
        packed = name.startswith("blocks.") and name.endswith(".weight") and values.ndim == 2
        kind = gguf.GGMLQuantizationType.Q4_0 if packed else gguf.GGMLQuantizationType.F32
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def from_gguf(route):
    """A file of GGUF in the MODEL that ComfyUI-GGUF makes of it, plain, with LoRAs and compiled."""
    try:
        loader = gguf_nodes().NODE_CLASS_MAPPINGS["UnetLoaderGGUF"]()
    except ImportError as reason:
        findings["gguf"] = str(reason)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_gguf(route.path, f"{folder}/wan2.2_i2v_high_noise_14B_Q4_0.gguf")
        folder_paths.add_model_folder_path("diffusion_models", folder)
        (model,) = loader.load_unet("wan2.2_i2v_high_noise_14B_Q4_0.gguf")
    findings["gguf"] = type(model).__name__
    route.beside_the_loop("a file of GGUF", lambda model: model, model)
    route.beside_the_loop("a file of GGUF with a stack of LoRAs", with_loras, model)


def main() -> dict:
    route = Wan(MODELS)
    with torch.inference_mode():
        route.beside_the_loop("a stack of LoRAs", with_loras)
        route.beside_the_loop("context windows", in_windows)
        route.beside_the_loop("a stack of LoRAs in windows", lambda model: in_windows(with_loras(model)))
        packed = load(MODELS, route.file, custom_operations=EightBits)
        route.beside_the_loop("weights that are unpacked when used", lambda model: model, packed)
        weights, metadata = comfy.utils.load_torch_file(route.path, return_metadata=True)
        scaled = comfy.sd.load_diffusion_model_state_dict(scaled_to_fp8(weights), metadata=metadata)
        route.beside_the_loop("weights scaled to fp8", lambda model: model, scaled)
        from_gguf(route)
        two_devices(route)
        route.beside_the_loop("torch.compile", compiled)
        findings["graphs"] = compiled_graphs()
        route.beside_the_loop("torch.compile with LoRAs", lambda model: compiled(with_loras(model)))
        compiled_conditioning()
    return findings


worker_process.run(main)
