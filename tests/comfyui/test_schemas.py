"""The nodes as ComfyUI shows them are the nodes as the headless host shows them."""

import json

import pytest
from flowbrush.hosts.headless import registry

pytestmark = pytest.mark.comfyui

FILES = ("diffusion_model", "text_encoder", "vae")  # choices of Load Model: each host has its own files


@pytest.fixture(scope="session")
def both(comfyui):
    """({id: schema in ComfyUI}, {id: schema headless}) of this pack's nodes, as plain JSON."""
    infos = comfyui.get("/object_info"), json.loads(json.dumps(registry.object_info()))
    return tuple({name: info[name] for name in info if name.startswith("Flowbrush")} for info in infos)


def test_every_node_appears_in_both_hosts(both):
    ours = {cls.define_schema().node_id for cls in _pack()}
    assert len(ours) >= 18
    assert set(both[0]) == set(both[1]) == ours


def test_schemas_are_equal_in_both_hosts(both):
    for name, theirs in both[0].items():
        mine = dict(both[1][name])
        assert theirs["python_module"] == "custom_nodes.flowbrush"
        assert {**_without_files(theirs), "python_module": None} == {
            **_without_files(mine),
            "python_module": None,
        }, name


def test_stand_ins_take_what_the_stock_nodes_take(comfyui):
    stock = comfyui.get("/object_info")
    for name, mine in registry.object_info().items():
        if name.startswith(("Flowbrush", "Probe")):
            continue
        assert name in stock, f"the stand-in {name} stands in for nothing"
        theirs = stock[name]
        known = {**theirs["input"].get("required", {}), **theirs["input"].get("optional", {})}
        for section in ("required", "optional"):
            for socket in mine["input"].get(section, {}):
                assert socket in known, f"{name}.{socket} is not an input of the stock node"
        assert mine["output"] == theirs["output"], name


def _pack():
    registry.install()
    from flowbrush.nodes import node_classes

    return node_classes()


def _without_files(schema):
    schema = json.loads(json.dumps(schema))
    if schema["name"] == "FlowbrushLoadModel":
        for name in FILES:
            schema["input"]["required"][name][1].pop("options", None)
            if isinstance(schema["input"]["required"][name][0], list):
                schema["input"]["required"][name][0] = []
    return schema
