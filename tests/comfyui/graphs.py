"""Parts of API-format graphs."""

from .checkpoints import DIT, TEXT, VAE

MODEL, CLIP, VAE_OUT = (["load", slot] for slot in range(3))


def node(class_type, **inputs):
    """One node of a graph."""
    return {"class_type": class_type, "inputs": inputs}


def loaded(**more):
    """A graph that starts with Load Model on the small checkpoints, as node "load"."""
    names = {"diffusion_model": DIT, "text_encoder": TEXT, "vae": VAE}
    return {"load": node("FlowbrushLoadModel", **names), **more}


def sampler(**more):
    """Flowbrush Sampler on nodes "text" (Text Encode) and "start" (Latent Noise), with its defaults."""
    links = {
        "model": MODEL,
        "noise": ["start", 0],
        "positive": ["text", 0],
        "negative": ["text", 1],
        "latent": ["start", 1],
    }
    settings = {
        "steps": 1,
        "cfg": 1.0,
        "motion_cfg": 1.0,
        "solver": "euler",
        "schedule": "linear",
        "shift": 1.0,
        "denoise": 1.0,
        "cfg_schedule": "constant",
    }
    return node("FlowbrushSampler", **{**links, **settings, **more})


def probe(kind, link):
    """A node that writes a tensor; `kind` is Frames, Samples or Conditioning. The path is filled in by `tensors`."""
    socket = {"Frames": "frames", "Samples": "latent", "Conditioning": "conditioning"}[kind]
    return node(f"ProbeSave{kind}", **{socket: link})


def with_paths(graph, folder):
    """The graph with a file in `folder` for each probe, and these files by node id."""
    paths = {
        name: folder / f"{name}.safetensors"
        for name, entry in graph.items()
        if entry["class_type"].startswith("Probe")
    }
    filled = {
        name: {**entry, "inputs": {**entry["inputs"], "path": str(paths[name])}} if name in paths else entry
        for name, entry in graph.items()
    }
    return filled, paths
