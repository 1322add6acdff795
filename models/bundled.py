"""The weights that come with the pack."""

from pathlib import Path

KINDS = ("dit", "vae", "text", "interpolator")
FOLDER = Path(__file__).parent / "bundled"


def bundled_path(kind: str) -> Path:
    """The bundled file of one of `KINDS`; FileNotFoundError where the pack came without it."""
    if kind not in KINDS:
        raise ValueError(f"there is no bundled {kind!r}; known are {', '.join(KINDS)}")
    path = FOLDER / f"flowbrush_{kind}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(
            f"the bundled weights {path.name} are missing from {FOLDER}: install the pack again"
        )
    return path
