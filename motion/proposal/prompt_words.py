"""Words about motion in an English prompt: what the camera does, which materials are named, and what the subject does.

The prompt is read by its words alone, part by part; a part ends at a comma, a full stop, a semicolon, "and", "while" or "as".
A part is about the camera if it names the camera, or if it consists of a camera word and a direction ("zooming in").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ..document.document import Keyframe

# What one camera word does at normal speed; "left", "down", "out" and the like reverse the sign. Units as in `Keyframe`.
_PAN, _TILT, _TRUCK, _PEDESTAL, _DOLLY, _ZOOM, _ROLL, _ORBIT = 4.0, 3.5, 0.06, 0.05, 0.14, 0.2, 6.0, 0.07
# Degrees that the camera pans while it orbits, per unit of truck, so that the middle of the scene stays in view.
_ORBIT_PAN = 57.3

_SLOW = re.compile(r"\b(slow(ly)?|gent(le|ly)|subtl[ey]|slight(ly)?|soft(ly)?|calm(ly)?)\b")
_FAST = re.compile(r"\b(fast|quick(ly)?|rapid(ly)?|sudden(ly)?|swift(ly)?|strong(ly)?)\b")
_STILL = re.compile(r"\b(still|static|locked|fixed|steady|motionless|does not move)\b")
_END_OF_PART = re.compile(r"[,.;:!?\n]|\band\b|\bwhile\b|\bas\b|\bthen\b")

# (pattern, member of Keyframe, amount, words that reverse it). The first pattern that fits a part is used.
_CAMERA = (
    (r"orbit\w*|arc(s|ing)?\b|circl(es|ing)", "orbit", _ORBIT, "right|clockwise"),
    (r"pan(s|ning|ned)?\b|turn(s|ing)?|look(s|ing)?|swing(s|ing)?", "pan", _PAN, "left"),
    (r"tilt(s|ing|ed)?\b", "tilt", _TILT, "down|downwards?"),
    (r"roll(s|ing)?\b|rotat(es|ing)", "roll", _ROLL, "counter-?clockwise|anti-?clockwise|left"),
    (
        r"pedestals?\b|cran(es|ing)|boom(s|ing)?|ris(es|ing)|rise|descend(s|ing)?|lower(s|ing)?",
        "pedestal",
        _PEDESTAL,
        "down|downwards?|descend(s|ing)?|lower(s|ing)?",
    ),
    (r"truck(s|ing)?\b|track(s|ing)?\b|slid(es|ing)|strafe(s|ing)?", "truck", _TRUCK, "left"),
    (r"zoom(s|ing|ed)?\b", "zoom", _ZOOM, "out"),
    (
        r"doll(y|ies|ying)\b|push(es|ing)?|pull(s|ing)?|mov(es|ing)|fl(ies|ying)|glid(es|ing)|travel(s|ing)?|go(es|ing)",
        "dolly",
        _DOLLY,
        r"out|back|backwards?|away|pull(s|ing)?",
    ),
)
_ALONE = re.compile(
    r"^\W*(slow(ly)?\s+|gent(le|ly)\s+|fast\s+|smooth(ly)?\s+)?(zoom(s|ing)?|pan(s|ning)?|tilt(s|ing)?|doll(y|ying)|push(es|ing)?|pull(s|ing)?|"
    r"orbit(s|ing)?|truck(s|ing)?|pedestal)\s+(in|out|left|right|up|down|back|around|forwards?|clockwise)\b"
)

MATERIAL_WORDS = {
    "water": "waters?|lakes?|seas?|oceans?|rivers?|waves?|ponds?|streams?|reflections?|waterfalls?|ripples?|rippling",
    "sky": "clouds?|sky|skies|mist|fog|haze",
    "plants": "grass|grasses|leaf|leaves|trees?|forest|meadows?|flowers?|wheat|fields?|bush(es)?|foliage|hay|branches|reeds?|plants?",
    "fire": "fire|flames?|torch(es)?|campfire|lava|bonfire|candles?",
}
_DRIFT = re.compile(
    r"\b(drift|float|fl[yi]|sail|mov|travel|driv|cross|walk|run|swim|glid|slid|hover|roll|rid|com|go)(s|es|ing|ning|e)?\b"
)
_RISE = re.compile(r"\b(ris(e|es|ing)|climb\w*|ascend\w*|lift\w*|take(s)? off|soar\w*)\b")
_FALL = re.compile(r"\b(fall\w*|sink\w*|descend\w*|land(s|ing)\b|drop\w*)\b")
_SWAY = re.compile(
    r"\b(sway\w*|wav(es|ing)|swing\w*|trembl\w*|breath\w*|bob(s|bing)|rock(s|ing)|flutter\w*|danc\w*)\b"
)
_NEAR = re.compile(
    r"\b(approach\w*|grow(s|ing)?|com(es|ing) (closer|nearer|towards?)|towards? the (camera|viewer))\b"
)
_FAR = re.compile(r"\b(reced\w*|shrink\w*|(moves?|moving|goes|going) away|away from the (camera|viewer))\b")


@dataclass(frozen=True)
class PromptWords:
    """What a prompt says about motion.

    camera: the view at the end of the clip; None if the prompt does not mention the camera, neutral if it is still.
    materials: names of `MATERIAL_WORDS`, in the order of that table. subject: (right, down) in shares of the picture's size.
    nearer: growth of the subject, 0.1 for a tenth. sways: the subject sways.
    """

    camera: Keyframe | None = None
    materials: tuple[str, ...] = ()
    subject: tuple[float, float] = (0.0, 0.0)
    nearer: float = 0.0
    sways: bool = False
    phrases: tuple[str, ...] = field(default=(), compare=False)

    @property
    def moves_subject(self) -> bool:
        """True if the prompt says that the subject moves in some way."""
        return self.sways or self.nearer != 0 or any(self.subject)


def read_prompt(prompt: str) -> PromptWords:
    """The words about motion in `prompt`, of which capital letters make no difference."""
    camera: Keyframe | None = None
    words, right, down, nearer, sways, phrases = [], 0.0, 0.0, 0.0, False, []
    text = prompt.lower()
    for part in _END_OF_PART.split(text):
        part = part.strip()
        speed = 0.6 if _SLOW.search(part) else 1.6 if _FAST.search(part) else 1.0
        if re.search(r"\bcamera\b", part) or _ALONE.match(part):
            camera, phrase = _with_camera_words(camera or Keyframe(time=1), part, speed)
            phrases += [phrase] if phrase else []
            continue
        step = _subject_step(part, speed)
        right, down = right + step[0], down + step[1]
        nearer += 0.12 * speed * (bool(_NEAR.search(part)) - bool(_FAR.search(part)))
        sways = sways or bool(_SWAY.search(part) and not _materials(part))
        words.append(part)
    limit = 0.12
    subject = (max(-limit, min(limit, right)), max(-limit, min(limit, down)))
    return PromptWords(camera, _materials(" ".join(words)), subject, nearer, sways, tuple(phrases))


def _materials(text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in MATERIAL_WORDS.items() if re.search(rf"\b({pattern})\b", text))


def _with_camera_words(camera: Keyframe, part: str, speed: float) -> tuple[Keyframe, str]:
    """The keyframe with the camera move that `part` names, and what was understood, "" if nothing was."""
    if _STILL.search(part):
        return camera, "the camera stays still"
    for pattern, member, amount, reverse in _CAMERA:
        if not re.search(rf"\b({pattern})", part):
            continue
        sign = -1 if re.search(rf"\b({reverse})\b", part) else 1
        vertical = re.search(r"\b(up|upwards?|down|downwards?)\b", part)
        if member in ("pan", "dolly") and vertical:  # "looks up", "moves down"
            member, amount = ("tilt", _TILT) if member == "pan" else ("pedestal", _PEDESTAL)
            sign = -1 if vertical[0].startswith("down") else 1
        sideways = re.search(r"\b(left|right)\b", part)
        if member == "dolly" and sideways:
            member, amount, sign = "truck", _TRUCK, -1 if sideways[0] == "left" else 1
        return _moved(camera, member, sign * amount * speed), f"{member} {sign * amount * speed:+.2g}"
    return camera, ""


def _moved(camera: Keyframe, member: str, amount: float) -> Keyframe:
    """The keyframe with a camera move added to it."""
    if member == "orbit":
        return replace(camera, truck=camera.truck + amount, pan=camera.pan - _ORBIT_PAN * amount)
    if member == "zoom":
        return replace(camera, zoom=camera.zoom * (1 + abs(amount)) ** (1 if amount > 0 else -1))
    return replace(camera, **{member: getattr(camera, member) + amount})


def _subject_step(part: str, speed: float) -> tuple[float, float]:
    """How far (right, down) the thing goes that `part` is about, in shares of the picture's size."""
    if _RISE.search(part):
        return 0.0, -0.07 * speed
    if _FALL.search(part):
        return 0.0, 0.07 * speed
    if not _DRIFT.search(part) or _NEAR.search(part) or _FAR.search(part):
        return 0.0, 0.0
    sign = -1 if re.search(r"\b(left|leftwards?)\b", part) else 1
    if re.search(r"\b(up|upwards?)\b", part):
        return 0.0, -0.07 * speed
    if re.search(r"\b(down|downwards?)\b", part):
        return 0.0, 0.07 * speed
    return sign * 0.07 * speed, 0.0
