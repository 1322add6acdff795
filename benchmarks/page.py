"""The page of an evaluation: one static HTML file with tables and contact sheets, and JPEG pictures beside it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ..files import atomic_write, write_text
from ..motion.preview.visualization import contact_sheet

_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .8rem; border-bottom: 1px solid #ddd; text-align: right }
td:first-child, th:first-child { text-align: left } img { max-width: 100% } .no { color: #b00020 } .yes { color: #1b6e2c }"""


def save_jpeg(picture: Tensor, path: Path, quality: int = 82) -> None:
    """Write a picture [H,W,3] in 0..1 as a JPEG file."""
    pixels = (picture.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    with atomic_write(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="JPEG", quality=quality, optimize=True)


@dataclass
class Sheets:
    """Contact sheets of the first `most` clips of a section, with a line of frames for each of `rows`."""

    folder: Path
    rows: Sequence[str]
    most: int = 3
    columns: int = 5
    _clips: dict[str, dict[str, Tensor]] = field(default_factory=dict)

    def add(self, clip: str, row: str, video: Tensor) -> None:
        """Store a few frames of a video [T,H,W,3] if its row and clip are on the sheets."""
        if row not in self.rows or (clip not in self._clips and len(self._clips) >= self.most):
            return
        times = torch.linspace(0, len(video) - 1, self.columns).round().long()
        self._clips.setdefault(clip, {})[row] = video[times].clone()

    def write(self, prefix: str) -> list[tuple[str, str]]:
        """Write PREFIX_N.jpg for each clip; returns the file names with descriptions."""
        found = []
        for number, (clip, videos) in enumerate(self._clips.items()):
            rows = [row for row in self.rows if row in videos]
            labels = [row if at == 0 else "" for row in rows for at in range(len(videos[row]))]
            sheet = contact_sheet(torch.cat([videos[row] for row in rows]), self.columns, labels)
            name = f"{prefix}_{number}.jpg"
            save_jpeg(sheet, self.folder / name)
            found.append((name, f"{clip}: {', '.join(rows)}"))
        return found


@dataclass
class Section:
    """A part of the page: a title, a text, one table, and pictures (file name, description)."""

    title: str
    text: str
    rows: Sequence[Mapping[str, Any]]
    columns: Mapping[str, str]  # key in the rows: heading of the column
    pictures: Sequence[tuple[str, str]] = ()


def cell(value: Any) -> str:
    """A value as text for a table: three decimals, yes or no, and a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _table(section: Section) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in section.columns.values())
    lines = []
    for row in section.rows:
        cells = ""
        for key in section.columns:
            value = row.get(key)
            mark = f' class="{cell(value)}"' if isinstance(value, bool) else ""
            cells += f"<td{mark}>{html.escape(cell(value))}</td>"
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def write_page(folder: Path, title: str, facts: Sequence[str], sections: Sequence[Section]) -> Path:
    """Write `index.html` into the folder; returns its path."""
    parts = [f"<h1>{html.escape(title)}</h1>", "<ul>"]
    parts += [f"<li>{html.escape(fact)}</li>" for fact in facts] + ["</ul>"]
    for section in sections:
        parts += [f"<h2>{html.escape(section.title)}</h2>", f"<p>{html.escape(section.text)}</p>"]
        if section.rows:
            parts.append(_table(section))
        for name, shows in section.pictures:
            text = html.escape(shows, quote=True)
            parts.append(f'<figure><img src="{name}" alt="{text}"><figcaption>{text}</figcaption></figure>')
    body = "\n".join(parts)
    page = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    write_text(folder / "index.html", page)
    return folder / "index.html"


def text_table(section: Section) -> str:
    """The table as plain text, for a terminal."""
    rows = [list(section.columns.values())] + [
        [cell(row.get(key)) for key in section.columns] for row in section.rows
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(section.columns))]
    return "\n".join(
        "  ".join(
            value.ljust(width) if i == 0 else value.rjust(width)
            for i, (value, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
