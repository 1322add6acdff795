"""The weights that are shipped with the pack."""

from pathlib import Path

KINDS = ("dit", "vae", "text", "interpolator", "text_to_video", "text_to_video_text")
FOLDER = Path(__file__).parent / "bundled"


def bundled_path(kind: str) -> Path:
    """The path of the bundled file of one of `KINDS`.

    Raises ValueError for another kind and FileNotFoundError if the file is missing.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no bundled {kind!r}; choose one of {', '.join(KINDS)}")
    path = FOLDER / f"flowbrush_{kind}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(
            f"the bundled weights {path.name} are missing in {FOLDER}: install the pack again"
        )
    return path
