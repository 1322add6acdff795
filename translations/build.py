"""Write the translations for ComfyUI (`locales/`) and for the editor (`js/editor/texts/`).

python -m flowbrush.translations.build             # after a text in the code or in languages/ has changed
python -m flowbrush.translations.build --missing   # what languages/ lacks, as JSON
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import write_text
from . import LANGUAGES
from .texts import (
    CATEGORIES,
    JS,
    PREFIX,
    all_texts,
    command_texts,
    editor_texts,
    node_texts,
    setting_texts,
)

ROOT = Path(__file__).resolve().parents[1]
_QUOTED = re.compile(r"`([^`]+)`")

Table = Mapping[str, str]


def table(language: str) -> dict[str, str]:
    """The translations of one language by the English text."""
    path = Path(__file__).parent / "languages" / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def same_everywhere(text: str) -> bool:
    """Whether a text is a name that no language translates: of a type or a method, or an abbreviation."""
    names = {"vae", "clip", "cfg", "crf", "fps", "Wan-Move", "CogVideoX", "Time-to-Move"}
    return text in names or text.isupper()


def missing(language: str) -> list[str]:
    """The English texts without a translation."""
    known = table(language)
    return [text for text in all_texts() if text not in known and not same_everywhere(text)]


def locale_files(language: str) -> dict[str, Any]:
    """The contents of ComfyUI's files of one language by their names. English, "en", is what the code says."""
    known = table(language) if language != "en" else dict[str, str]()
    nodes = node_texts()
    names = {
        name: _said(named["name"], known) for node in nodes.values() for name, named in node["inputs"].items()
    }
    names |= {
        named["name"]: _said(named["name"], known)
        for node in nodes.values()
        for named in node["outputs"].values()
    }
    commands = command_texts()
    return {
        "nodeDefs": {
            node: _translated(node_text, lambda text: _with_names(_said(text, known), names))
            for node, node_text in nodes.items()
        },
        "commands": {_key(id): {"label": _said(label, known)} for id, label in commands.items()},
        "settings": {
            _key(id): _translated(setting, lambda text: _said(text, known))
            for id, setting in setting_texts().items()
        },
        "main": {
            "settingsCategories": {name: _said(name, known) for name in CATEGORIES},
            "menuLabels": {_key(label): _said(label, known) for label in commands.values()},
        },
    }


def editor_table(language: str) -> dict[str, str]:
    """The translations of the editor's texts."""
    known = table(language)
    return {text: known[text] for text in editor_texts() if text in known}


def _said(text: str, known: Table) -> str:
    prefix = PREFIX if text.startswith(PREFIX) else ""
    text = text.removeprefix(PREFIX)
    return prefix + known.get(text, text)


def _with_names(text: str, names: Table) -> str:
    """The text, in which the names of inputs and outputs (`in quotes`) are those that the node shows."""
    return _QUOTED.sub(lambda found: f"`{names.get(found.group(1), found.group(1))}`", text)


def _translated(value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return say(value)
    return {key: _translated(inner, say) for key, inner in value.items()}


def _key(name: str) -> str:
    """A name as ComfyUI's frontend looks it up: a dot would lead into another object."""
    return name.replace(".", "_")


def written_files() -> dict[Path, str]:
    """The contents of all files that `main` writes, by their paths in the repository."""
    files = {}
    for language in ("en", *LANGUAGES):
        for name, content in locale_files(language).items():
            files[Path("locales") / language / f"{name}.json"] = _json(content)
    for language in LANGUAGES:
        path = JS.relative_to(ROOT) / "editor" / "texts" / f"{language}.json"
        files[path] = _json(editor_table(language), indent=0)
    return files


def _json(content: Any, indent: int = 2) -> str:
    return json.dumps(content, ensure_ascii=False, indent=indent) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Write all files, or print what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--missing", action="store_true", help="print the texts without a translation")
    if parser.parse_args(argv).missing:
        print(
            json.dumps({language: missing(language) for language in LANGUAGES}, ensure_ascii=False, indent=1)
        )
        return
    for path, text in written_files().items():
        write_text(ROOT / path, text)


if __name__ == "__main__":
    main()
