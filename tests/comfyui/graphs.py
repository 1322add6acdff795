"""Parts of API-format graphs."""

import json

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
    """A node that writes a tensor; `kind` is Frames, Samples, Conditioning, Sigmas or Camera. The path is filled in by
    `tensors`."""
    named = {"Samples": "latent"}
    sockets = {kind: named.get(kind, kind.lower())}
    return node(f"ProbeSave{kind}", **{sockets[kind]: link})


def with_paths(graph, folder):
    """The graph with a file in `folder` for each probe, and these files by node id."""
    paths = {
        name: folder / f"{name}.safetensors"
        for name, entry in graph.items()
        if entry["class_type"].startswith("ProbeSave")
    }
    filled = {
        name: {**entry, "inputs": {**entry["inputs"], "path": str(paths[name])}} if name in paths else entry
        for name, entry in graph.items()
    }
    return filled, paths


def completed(graph, object_info):
    """The graph with the default of every required widget that it leaves out, as `/object_info` gives them."""

    def defaults(class_type):
        required = object_info[class_type]["input"].get("required", {})
        for name, (kind, *options) in required.items():
            settings = options[0] if options else {}
            if "default" in settings:
                yield name, settings["default"]
            elif choices := kind if isinstance(kind, list) else settings.get("options"):
                yield name, choices[0]

    return {
        name: {**entry, "inputs": {**dict(defaults(entry["class_type"])), **entry["inputs"]}}
        for name, entry in graph.items()
    }


# on the bundled model

SETTINGS = {"seed": 5, "steps": 2, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}


def bundled(width=64, height=64, length=9, **more):
    """A graph with the bundled model as "load", a prompt, and an empty canvas."""
    names = {"diffusion_model": "bundled", "text_encoder": "bundled", "vae": "bundled"}
    return {
        "load": node("FlowbrushLoadModel", **names),
        "positive": node("CLIPTextEncode", clip=CLIP, text="a boat"),
        "negative": node("CLIPTextEncode", clip=CLIP, text=""),
        "empty": node("EmptyHunyuanLatentVideo", width=width, height=height, length=length, batch_size=1),
        **more,
    }


def painted(width=64, height=64, length=9, dx=0.2, start=0.0):
    """A picture whose middle moves right by `dx` of the width, from `start` on, as conditioning "cond"."""
    layer = {
        "name": "middle",
        "region": {"strokes": [{"points": [[0.4, 0.5, 1]], "radius": 0.25}]},
        "motion": {"paths": [{"points": [[0.4, 0.5], [0.4 + dx, 0.5]]}], "start": start},
    }
    document = {"flowbrush": "motion", "version": 2, "layers": [layer]}
    return {
        "picture": node("FlowbrushExampleImage", name="boat", width=width, height=height),
        "brush": node(
            "FlowbrushMotionBrush", image=["picture", 0], length=length, document=json.dumps(document)
        ),
        "cond": node(
            "FlowbrushMotionConditioning",
            positive=["positive", 0],
            negative=["negative", 0],
            vae=VAE_OUT,
            first_image=["picture", 0],
            length=length,
            motion=["brush", 0],
        ),
    }


def ksampler(model=MODEL, **more):
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "latent_image": ["empty", 0]}
    return node("KSampler", model=model, **{**SETTINGS, **links, **more})
