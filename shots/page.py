"""The page of a run, `index.html`, and the same facts for programs, `results.json`."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..files import write_json, write_text

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8889; --good: #1b7a34; --bad: #c02530 }
@media (prefers-color-scheme: dark) { :root { --good: #5fd07f; --bad: #ff7a80 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 82rem; margin: 2rem auto; padding: 0 1.2rem }
h1 { font-size: 1.5rem; margin: 0 } p.summary { margin: .3rem 0 1.5rem; color: GrayText }
article { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: 0 0 1rem }
header { display: flex; gap: .8rem; align-items: baseline; flex-wrap: wrap }
h2 { font-size: 1.1rem; margin: 0 } header span { color: GrayText } .done { color: var(--good) } .failed { color: var(--bad) }
img { max-width: 100%; border-radius: 4px; margin: .6rem 0 .2rem; display: block }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } td, th { padding: .1rem 1.4rem .1rem 0; text-align: right; font-weight: normal }
th { color: GrayText } td:first-child, th:first-child { text-align: left }
.error { color: var(--bad); white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0 0 } .files { margin: .3rem 0 0; font-size: .9em }
"""


def write_results(folder: Path, title: str, results: Sequence[dict[str, Any]], seconds: float) -> Path:
    """Write `results.json` and `index.html` into a folder; returns the path of the page."""
    write_json(folder / "results.json", {"list": title, "seconds": round(seconds, 1), "shots": list(results)})
    page = folder / "index.html"
    write_text(page, page_text(title, results, seconds))
    return page


def page_text(title: str, results: Sequence[dict[str, Any]], seconds: float) -> str:
    """The page as HTML."""
    name = html.escape(title)
    shots = "\n".join(map(_shot, results))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{_STYLE}</style></head>\n<body><h1>{name}</h1>\n"
        f'<p class="summary">{html.escape(summary(results, seconds))}</p>\n{shots}\n</body></html>\n'
    )


def summary(results: Sequence[dict[str, Any]], seconds: float) -> str:
    """How many shots are in which state, and how long the run took, as a sentence."""
    states = Counter(result["state"] for result in results)
    parts = [f"{states[state]} {state}" for state in ("done", "failed", "waiting") if states[state]]
    return f"{len(results)} shots: {', '.join(parts)}. The last run took {seconds:.0f} s."


def _shot(result: dict[str, Any]) -> str:
    """One shot as HTML."""
    facts = [str(result["workflow"])]
    if result["state"] == "done":
        facts.append(f"{result['seconds']:.1f} s on {result['place']}")
    if result["length"]:
        facts.append(f"{result['length']:g} s long")
    if result["transition"]:
        facts.append(f"after a dissolve of {result['transition']:g} s")
    if result["continues"]:
        facts.append("goes on from the shot before")
    if result["draws"] > 1:
        facts.append(f"best of {result['draws']} seeds")
    spans = "".join(f"<span>{html.escape(fact)}</span>" for fact in facts)
    state = result["state"]
    head = f'<header><h2>{html.escape(result["id"])}</h2><span class="{state}">{state}</span>{spans}</header>'
    return f"<article>{head}{_picture(result)}{_motion(result)}{_files(result)}{_errors(result)}</article>"


def _address(result: dict[str, Any], file: str) -> str:
    return html.escape(quote(f"{result['folder']}/{file}"), quote=True)


def _picture(result: dict[str, Any]) -> str:
    if not result.get("sheet"):
        return ""
    text = html.escape(f"Frames of {result['id']}", quote=True)
    return f'<img src="{_address(result, result["sheet"])}" alt="{text}" loading="lazy">'


def _motion(result: dict[str, Any]) -> str:
    """The asked and the measured motion as a table, where the graph measures it."""
    if not result.get("motion"):
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(layer['name'])}</td><td>{layer['asked']:.1f} px</td><td>{layer['got']:.1f} px</td></tr>"
        for layer in result["motion"]
    )
    error = "" if result["error_px"] is None else f", median error {result['error_px']:.2f} px"
    closest = f"follows to {result['followed']:.0f} %{error}"
    return f"<table><tr><th>{closest}</th><th>asked</th><th>measured</th></tr>{rows}</table>"


def _files(result: dict[str, Any]) -> str:
    links = [
        f'<a href="{_address(result, file)}">{html.escape(Path(file).name)}</a>'
        for file in result.get("files", ())
    ]
    return f'<p class="files">{" · ".join(links)}</p>' if links else ""


def _errors(result: dict[str, Any]) -> str:
    return "".join(f'<p class="error">{html.escape(error)}</p>' for error in result["errors"])
