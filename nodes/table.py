"""The table of nodes in the README, made from the schemas of the nodes.

python -m flowbrush.nodes.table   # after a node was added, or its description changed
"""

from __future__ import annotations

import re
from pathlib import Path

from ..files import write_text

README = Path(__file__).parents[1] / "README.md"
_BETWEEN = re.compile(r"(?<=<!-- table of nodes -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


def node_table() -> str:
    """One row for each node, in the order in which ComfyUI lists them: a link to its help page, and its description."""
    from ..hosts.headless import install

    install()  # `comfy_api` must be importable before the nodes are
    from . import node_classes

    rows = ["| node | what it does |", "|---|---|"]
    for node in node_classes():
        schema = node.define_schema()
        name = schema.display_name.removeprefix("Flowbrush ")
        rows.append(f"| [{name}](js/docs/{schema.node_id}.md) | {schema.description} |")
    return "\n".join(rows) + "\n"


def with_node_table(readme: str) -> str:
    """The text of a README with the table of nodes put between its two comments. Raises ValueError without them."""
    if not _BETWEEN.search(readme):
        raise ValueError("the README has no lines `<!-- table of nodes -->` and `<!-- end of table -->`")
    return _BETWEEN.sub(lambda _: node_table(), readme)


def main() -> None:
    """Write the table into the README."""
    write_text(README, with_node_table(README.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
