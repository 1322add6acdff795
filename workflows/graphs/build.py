"""Write the blueprints in `subgraphs/`, and the example graphs in `workflows/` as the canvas would save them, and their thumbnails.

python -m flowbrush.workflows.graphs.build [NAME ...]     # the graphs
python -m flowbrush.workflows.graphs.build --thumbnails   # and their pictures, by running each of them
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ...files import write_text
from .apps import APPS
from .blueprints import BLUEPRINTS, blueprint
from .bundled import GRAPHS, IN_COMFYUI
from .native import NATIVE

FOLDER = Path(__file__).parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Write all graphs or the given ones, and with --thumbnails their pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--thumbnails", action="store_true", help="run each graph and write a picture of it")
    parser.add_argument("names", nargs="*", help="which graphs; all by default")
    arguments = parser.parse_args(argv)
    for make in BLUEPRINTS:
        graph = make()
        if arguments.names and graph.name not in arguments.names:
            continue
        path = FOLDER.parent / "subgraphs" / f"{graph.name}.json"
        write_text(path, json.dumps(blueprint(graph), indent=2, ensure_ascii=False) + "\n")
        print(path.name)
    for make in [*GRAPHS, *APPS, *IN_COMFYUI, *NATIVE]:
        graph = make()
        if arguments.names and graph.name not in arguments.names:
            continue
        path = FOLDER / f"{graph.name}.json"
        write_text(path, json.dumps(graph.as_json(), indent=2, ensure_ascii=False) + "\n")
        print(path.name)
        if arguments.thumbnails:
            from .thumbnails import write_thumbnail

            print(write_thumbnail(path).name)


if __name__ == "__main__":
    main()
