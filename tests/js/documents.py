"""Texts of motion documents with one part each."""


def layer(text: str) -> str:
    return '{"flowbrush": "motion", "version": 2, "layers": [' + text + "]}"


def motion(text: str) -> str:
    return layer('{"motion": ' + text + "}")


def region(text: str) -> str:
    return layer('{"region": ' + text + "}")


def camera(text: str) -> str:
    return '{"version": 2, "camera": ' + text + "}"
