"""The base class of a V3 node: a schema, and class methods that check and execute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .inputs import Input, Output, input_sections


class Hidden(str, Enum):
    """Values that a host gives to a node, for which the node has no input."""

    unique_id = "UNIQUE_ID"
    prompt = "PROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"
    dynprompt = "DYNPROMPT"


class HiddenHolder:
    """The hidden values of one execution; those that the schema does not list are None."""

    def __init__(self, **values: Any):
        self.unique_id = values.get("unique_id")
        self.prompt = values.get("prompt")
        self.extra_pnginfo = values.get("extra_pnginfo")

    def __getattr__(self, name: str) -> None:
        return None


@dataclass
class Schema:
    """The definition of a node: its id, its inputs and outputs, and its properties."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    description: str = ""
    search_aliases: list[str] = field(default_factory=list)
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_dev_only: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False
    accept_all_inputs: bool = False
    essentials_category: str | None = None
    has_intermediate_output: bool = False

    def __post_init__(self) -> None:
        for kind, entries in (("Input", self.inputs), ("Output", self.outputs)):
            repeated = [
                name for name, count in Counter(entry.id for entry in entries).items() if name and count > 1
            ]
            if repeated:
                raise ValueError(
                    f"{kind} ids of `{self.node_id}` must be unique, but {repeated} appear more than once."
                )
        if self.is_output_node:
            self.hidden = list(dict.fromkeys([*self.hidden, Hidden.prompt, Hidden.extra_pnginfo]))

    def node_info(self, python_module: str = "nodes") -> dict[str, Any]:
        """Return this node's entry of ComfyUI's `/object_info`."""
        sections: dict[str, dict[str, Any]] = dict(input_sections(self.inputs))
        for entry in self.hidden:
            sections.setdefault("hidden", {})[entry.name] = (entry.value,)
        return {
            "input": sections,
            "input_order": {name: list(section) for name, section in sections.items()},
            "is_input_list": self.is_input_list,
            "output": [entry.io_type for entry in self.outputs],
            "output_is_list": [entry.is_output_list for entry in self.outputs],
            "output_name": [entry.name for entry in self.outputs],
            "output_tooltips": [entry.tooltip or None for entry in self.outputs],
            "output_matchtypes": None,
            "name": self.node_id,
            "display_name": self.display_name,
            "description": self.description,
            "python_module": python_module,
            "category": self.category,
            "output_node": self.is_output_node,
            "deprecated": self.is_deprecated,
            "experimental": self.is_experimental,
            "dev_only": self.is_dev_only,
            "api_node": self.is_api_node,
            "price_badge": None,
            "search_aliases": self.search_aliases or None,
            "essentials_category": self.essentials_category,
            "has_intermediate_output": self.has_intermediate_output,
        }


class NodeOutput:
    """The result of `execute`: values in the order of the outputs, and files or text to show in the interface."""

    def __init__(
        self,
        *args: Any,
        ui: Any = None,
        expand: dict[str, Any] | None = None,
        block_execution: str | None = None,
    ):
        self.args = args
        self.ui = ui
        self.expand = expand
        self.block_execution = block_execution

    @property
    def result(self) -> tuple[Any, ...] | None:
        """The values, or None if there are none."""
        return self.args or None

    def __getitem__(self, index: int) -> Any:
        return self.args[index]


class ComfyNode(ABC):
    """The base class of all nodes. Nodes have no state: hosts call class methods, and `cls.hidden` has hidden values."""

    hidden: HiddenHolder = HiddenHolder()

    @classmethod
    @abstractmethod
    def define_schema(cls) -> Schema:
        """Return the node's schema."""

    @classmethod
    @abstractmethod
    def execute(cls, **kwargs: Any) -> NodeOutput:
        """Do the node's work."""

    @classmethod
    def validate_inputs(cls, **kwargs: Any) -> bool | str:
        """Return True, or one sentence that says what is wrong. Only widget values are known; linked ones are None."""
        return True

    @classmethod
    def fingerprint_inputs(cls, **kwargs: Any) -> Any:
        """Return a value that changes when the node must run again."""
        return None

    @classmethod
    def check_lazy_status(cls, **kwargs: Any) -> list[str]:
        """Return the names of the lazy inputs that are needed."""
        return [name for name, value in kwargs.items() if value is None]

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        """Return the schema, under the name that ComfyUI uses."""
        return cls.define_schema()

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        """Return the node's entry of `/object_info`, under the name that ComfyUI uses."""
        return cls.define_schema().node_info(getattr(cls, "RELATIVE_PYTHON_MODULE", "nodes"))
