"""Fine-tuning on a folder of clips: the bundled model by LoRA and whole, and a checkpoint as the large models come."""

import json

import pytest
import torch
from flowbrush.models import keys
from flowbrush.models.bundled import bundled_path
from flowbrush.models.checkpoint import load_dit, load_text, read, read_header, save
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.training import finetune
from flowbrush.training.dit import TextToVideo, losses
from flowbrush.training.engine.lora import Adapters
from flowbrush.training.latents import Shards
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from .own_clips import write_folder

FLAGS = [
    "--lengths",
    "1",
    "9",
    "--sides",
    "64",
    "--aspects",
    "1",
    "1.75",
    "--variants",
    "2",
    "--device",
    "cpu",
]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("own") / "clips")


def finetuned(run, clips, *more):
    finetune.main(["--run", str(run), "--clips", str(clips), "--tokens", "48", *FLAGS, *map(str, more)])
    return run


@pytest.fixture(scope="module")
def lora(clips, tmp_path_factory):
    """A run of thirty steps that made a LoRA of the bundled model."""
    run = tmp_path_factory.mktemp("lora")
    return finetuned(
        run, clips, "--rank", 4, "--steps", 30, "--lr", "5e-3", "--warmup", 5, "--sheet-minutes", 9
    )


def loss_on_clips(dit, text, run):
    """Mean loss on the run's clips, at noise levels and with noise that are always the same."""
    settings = finetune.FineTuning(run=run, clips=run, precision="fp32", device="cpu")
    stream = Shards(run / "latents", 96, torch.Generator().manual_seed(3), whole_captions=True)
    network = TextToVideo(dit, text)
    with torch.no_grad():
        return (
            sum(float(losses(network, next(stream), 36, settings, stream.generator)[0]) for _ in range(8)) / 8
        )


def test_a_lora_of_the_bundled_model_brings_it_nearer_to_the_clips(lora):
    dit, text = load_dit(bundled_path("dit")), load_text(bundled_path("text"))
    before = loss_on_clips(dit, text, lora)
    state = torch.load(lora / "checkpoint.pt", weights_only=True)["average"]
    adapters = Adapters(dit, 4, 4.0)
    assert loss_on_clips(dit, text, lora) == before  # a new adapter changes nothing
    adapters.load_state_dict(state)
    after = loss_on_clips(dit, text, lora)
    assert after < 0.97 * before

    merged = load_dit(bundled_path("dit"))
    merged.load_state_dict(adapters.merged_state(merged.state_dict()))
    assert loss_on_clips(merged, text, lora) == pytest.approx(after, rel=1e-4)
    assert [path.name for path in (lora / "sheets").iterdir()] == ["samples_0000030.jpg"]


def test_a_lora_has_the_names_that_comfyui_reads(lora):
    state = load_file(lora / "lora.safetensors")
    weights = read(bundled_path("dit"))[0]
    modules = {name.rsplit(".", 2)[0] for name in state if name.endswith(".lora_A.weight")}
    assert len(modules) == 8 * 10  # ten matrices a block
    for module in modules:
        outer, inner = weights[module.removeprefix("diffusion_model.") + ".weight"].shape
        assert state[f"{module}.lora_A.weight"].shape == (4, inner)
        assert state[f"{module}.lora_B.weight"].shape == (outer, 4)
        assert float(state[f"{module}.alpha"]) == 4.0
    with safe_open(lora / "lora.safetensors", "pt") as file:
        facts = json.loads(file.metadata()["flowbrush"])["facts"]
    assert facts["steps"] == 30 and facts["before"]["steps"] > 0


def test_clips_are_prepared_once_and_a_change_is_noticed(lora, clips, tmp_path, capsys):
    shards = {path: path.stat().st_mtime_ns for path in (lora / "latents").glob("*.safetensors")}
    assert finetuned(lora, clips, "--rank", 4, "--steps", 30, "--only-prepare") == lora
    assert shards == {path: path.stat().st_mtime_ns for path in (lora / "latents").glob("*.safetensors")}
    with pytest.raises(SystemExit, match="have changed: delete"):
        finetuned(lora, clips, "--fps", "8", "--only-prepare")
    small = write_folder(tmp_path / "clips")
    with pytest.raises(SystemExit, match=r"no clip in .* has 33 frames"):
        finetune.main(
            ["--run", str(tmp_path / "run"), "--clips", str(small), "--lengths", "33", "--device", "cpu"]
        )


def test_all_weights_of_the_bundled_model_are_written_with_its_text_encoder(clips, lora, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "latents").symlink_to(lora / "latents")
    run = finetuned(tmp_path / "run", clips, "--rank", 0, "--steps", 2, "--lr", "1e-3", "--warmup", 1)
    for load, kind, name in ((load_dit, "dit", "model"), (load_text, "text", "text")):
        old, new = (load(path).state_dict() for path in (bundled_path(kind), run / f"{name}.safetensors"))
        assert old.keys() == new.keys() and not all(torch.equal(old[key], new[key]) for key in old)
    colours = [
        read_header(path)["facts"]["latent_rgb"] for path in (bundled_path("dit"), run / "model.safetensors")
    ]
    assert colours[0] == colours[1]


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """Flags for a checkpoint as the large ones come: a text-to-video model with the names of diffusers, a Wan VAE, a
    folder of UMT5; all small and random."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("public")
    config = DiTConfig(dim=128, ffn_dim=64, num_heads=1, num_layers=1, in_dim=16, text_dim=16)
    dit = WanDiT(config)
    torch.nn.init.normal_(dit.head.head.weight, 0, 0.02, generator=torch.Generator().manual_seed(0))
    save_file(keys.from_original(dit.state_dict(), "dit", "diffusers"), folder / "wan.safetensors")
    vae = VAEConfig(dim=8)
    save(folder / "vae.safetensors", WanVAE(vae).state_dict(), vae, {})
    words = Tokenizer(models.WordLevel({"<pad>": 0, "<unk>": 1, "a": 2, "camera": 3}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder / "umt5")
    sizes = {"vocab_size": 4, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
    with torch.random.fork_rng():
        transformers.UMT5EncoderModel(transformers.UMT5Config(**sizes)).save_pretrained(folder / "umt5")
    return [
        "--dit",
        folder / "wan.safetensors",
        "--vae",
        folder / "vae.safetensors",
        "--text",
        folder / "umt5",
    ]


@pytest.mark.parametrize("rank", [0, 2])
def test_a_public_checkpoint_is_trained_and_a_stopped_run_goes_on_exactly(public, clips, tmp_path, rank):
    flags = [*public, "--rank", rank, "--lr", "1e-2"]
    whole = finetuned(tmp_path / "whole", clips, *flags, "--steps", 6)
    # A run that is told to end earlier has another learning rate: stop it in the middle instead.
    stop_after(3, lambda: finetuned(tmp_path / "halves", clips, *flags, "--steps", 6, "--save-minutes", 0))
    finetuned(tmp_path / "halves", clips, *flags, "--steps", 6)
    name = "lora.safetensors" if rank else "model.safetensors"
    one, two = load_file(whole / name), load_file(tmp_path / "halves" / name)
    assert one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)
    if rank:
        assert all(float(one[key].abs().max()) > 0 for key in one)
    else:
        before = load_dit(public[1]).state_dict()
        after = load_dit(whole / name)
        assert read_header(whole / name)["facts"]["steps"] == 6
        assert (
            sum(float((value - before[key]).abs().max()) > 1e-3 for key, value in after.state_dict().items())
            > 20
        )


def stop_after(steps, run):
    """Run something that trains, and stop it as Ctrl-C would, after some steps."""
    from flowbrush.training.engine.learner import Learner

    def step(self, loss_of, original=Learner.step):
        if self.run.step == steps:
            raise KeyboardInterrupt
        return original(self, loss_of)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Learner, "step", step)
        run()
