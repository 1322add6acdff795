import json

from flowbrush.hosts.headless.convert import ui_to_api
from flowbrush.workflows.graphs.build import FOLDER
from flowbrush.workflows.graphs.schemas import object_info


def test_a_stored_graph_without_a_later_widget_keeps_what_the_node_did():
    workflow = json.loads((FOLDER / "vace.json").read_text("utf-8"))
    (inner,) = workflow["definitions"]["subgraphs"]
    (control,) = (node for node in inner["nodes"] if node["type"] == "FlowbrushVACEControl")
    for values, behind in ((["still", 4], "grey"), (["still", 4, "smooth"], "smooth")):
        control["widgets_values"] = values
        prompt = ui_to_api(workflow, object_info())
        (inputs,) = (n["inputs"] for n in prompt.values() if n["class_type"] == "FlowbrushVACEControl")
        assert inputs["behind"] == behind
