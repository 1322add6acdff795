"""The transformer beside diffusers' and ComfyUI's implementations, on the same random weights, in float32."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from flowbrush.models import checkpoint, keys
from safetensors.torch import load_file, save_file

TOLERANCE = 1e-4

# text to video; image to video as in Wan 2.2 and the bundled model; the same with Wan 2.1's image branch
CASES = {
    "text": {"in_dim": 16},
    "image": {"in_dim": 36},
    "clip": {"in_dim": 36, "image_dim": 1280},
    "clip_two_images": {"in_dim": 36, "image_dim": 1280, "image_tokens": 514},
}


def case_inputs(small_inputs, model):
    """diffusers takes the last 512 positions for the text where there is an image branch."""
    image = model.config.image_dim is not None
    return small_inputs(
        model, tokens=512 if image else 16, image_tokens=model.config.image_tokens or 257 if image else None
    )


def diffusers_model(config):
    from diffusers import WanTransformer3DModel

    image = config.image_dim is not None
    return WanTransformer3DModel(
        num_attention_heads=config.num_heads,
        attention_head_dim=config.head_dim,
        in_channels=config.in_dim,
        out_channels=config.out_dim,
        text_dim=config.text_dim,
        ffn_dim=config.ffn_dim,
        num_layers=config.num_layers,
        image_dim=config.image_dim,
        added_kv_proj_dim=config.dim if image else None,
        pos_embed_seq_len=config.image_tokens,
    ).eval()


@torch.no_grad()
def diffusers_velocity(model, inputs):
    image = inputs.get("image")
    if model.config.pos_embed_seq_len is not None:
        image = image.reshape(-1, image.shape[1] // 2, image.shape[2])
    text = inputs["context"]
    return model(inputs["x"], inputs["timestep"], text, image, return_dict=False)[0]


@pytest.mark.parametrize("case", CASES)
def test_our_weights_in_diffusers_give_our_velocity(small_dit, small_inputs, case):
    ours = small_dit(**CASES[case])
    theirs = diffusers_model(ours.config)
    theirs.load_state_dict(keys.from_original(ours.state_dict(), "dit", "diffusers"))
    inputs = case_inputs(small_inputs, ours)
    velocity = diffusers_velocity(theirs, inputs)
    with torch.no_grad():
        assert (ours(**inputs) - velocity).abs().max() < TOLERANCE
    assert velocity.std() > 0.1


@pytest.mark.parametrize("case", CASES)
def test_weights_that_diffusers_saved_load_here_and_give_its_velocity(
    small_dit, small_inputs, case, tmp_path
):
    config = small_dit(**CASES[case]).config
    theirs = diffusers_model(config)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.normal_(0, 0.1, generator=generator)
    theirs.save_pretrained(tmp_path, max_shard_size="100KB" if case == "image" else "1GB")
    ours = checkpoint.load_dit(tmp_path)
    assert ours.config == config
    inputs = case_inputs(small_inputs, ours)
    with torch.no_grad():
        assert (ours(**inputs) - diffusers_velocity(theirs, inputs)).abs().max() < TOLERANCE


@pytest.fixture(scope="module")
def comfyui_results(comfyui_path, comfyui_python, tmp_path_factory, builders):
    """What ComfyUI makes of every case: its velocities, and its own copies of the weights under its own names."""
    small_dit, small_inputs = builders
    folder = tmp_path_factory.mktemp("comfyui")
    jobs = {}
    for case, changes in CASES.items():
        model = small_dit(**changes)
        config = model.config
        save_file(dict(model.state_dict()), folder / f"{case}.weights")
        save_file(case_inputs(small_inputs, model), folder / f"{case}.inputs")
        jobs[case] = {
            "model_type": "t2v" if config.image_dim is None else "i2v",
            "flf_pos_embed_token_number": config.image_tokens,
            **{
                name: getattr(config, name)
                for name in ("dim", "ffn_dim", "num_heads", "num_layers", "in_dim", "out_dim", "text_dim")
            },
        }
    bundled_like = small_dit()
    checkpoint.save(
        folder / "saved.safetensors", bundled_like.state_dict(), bundled_like.config, {"steps": 0}
    )
    save_file(small_inputs(bundled_like), folder / "saved.inputs")
    (folder / "jobs.json").write_text(json.dumps(jobs))
    worker = Path(__file__).with_name("comfyui_worker.py")
    done = subprocess.run(
        [comfyui_python, worker, comfyui_path, folder],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("case", CASES)
def test_our_weights_in_comfyui_give_our_velocity(small_dit, small_inputs, comfyui_results, case):
    ours = small_dit(**CASES[case])
    velocity = load_file(comfyui_results / f"{case}.velocity")["velocity"]
    with torch.no_grad():
        assert (ours(**case_inputs(small_inputs, ours)) - velocity).abs().max() < TOLERANCE
    assert velocity.std() > 0.1


@pytest.mark.parametrize("case", CASES)
def test_weights_that_comfyui_saved_load_here_and_give_its_velocity(small_inputs, comfyui_results, case):
    ours = checkpoint.load_dit(comfyui_results / f"{case}.saved.safetensors")
    velocity = load_file(comfyui_results / f"{case}.velocity")["velocity"]
    with torch.no_grad():
        assert (ours(**case_inputs(small_inputs, ours)) - velocity).abs().max() < TOLERANCE


def test_saved_file_loads_in_comfyui_as_a_stock_diffusion_model(small_inputs, comfyui_results):
    ours = checkpoint.load_dit(comfyui_results / "saved.safetensors")
    result = load_file(comfyui_results / "saved.velocity")["velocity"]
    with torch.no_grad():
        assert (ours(**small_inputs(ours)) - result).abs().max() < TOLERANCE
    found = json.loads((comfyui_results / "saved.json").read_text())
    assert found["model"] == "WAN21"
    assert (found["num_heads"], found["text_dim"], found["in_dim"]) == (2, 20, 36)
