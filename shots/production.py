"""A run over a list of shots: what is finished is kept, the rest is rendered, and shots whose motion misses are drawn anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .continuation import model_frames, write_picture
from .dispatch import Dispatch
from .motion_numbers import motion_numbers
from .places import Place, Rendered, ShotFailed
from .planning import Shot, continued, drawn_anew, seeds_of
from .ray_engine import RayEngine
from .sheet import VIDEOS, write_sheet
from .status import Status
from .store import Store


@dataclass
class Entry:
    """What is known of a row of the list.

    planned: its shot as the list says. shots: what is rendered, the first with the list's seeds and the others with seeds drawn anew;
    nothing yet where it continues a shot that is not finished. before: the entry that it continues.
    """

    planned: Shot
    before: Entry | None = None
    shots: list[Shot] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The records of finished shots, by the name of their folder."""

    @property
    def depth(self) -> int:
        """How many shots must be finished before it, one after the other."""
        return 0 if self.before is None else self.before.depth + 1

    def errors(self) -> list[str]:
        """Why it has failed: the errors of its shots, or that the shot which it continues is not finished."""
        shots = [self.planned, *(shot for shot in self.shots if shot is not self.planned)]
        found = [error for shot in shots for error in shot.errors]
        before = self.before
        if before is not None and not (found or self.shots or before.best()) and before.errors():
            found = [f"{before.planned.row.id}, which it continues, is not finished."]
        return found

    def best(self) -> tuple[Shot, dict[str, Any]] | None:
        """The finished shot that follows the motion most closely, with its record; the earliest of equal ones."""
        found = [
            (shot, self.records[shot.folder_name]) for shot in self.shots if shot.folder_name in self.records
        ]
        return max(found, key=lambda one: (one[1].get("followed") or 0.0, -one[0].draw), default=None)


class Production:
    """Renders the shots of a list into a store, on places or on a Ray cluster."""

    def __init__(
        self, shots: Sequence[Shot], store: Store, known: dict[str, Any], tries: int, status: Status
    ):
        self.entries: list[Entry] = []
        for shot in shots:
            before = self.entries[-1] if shot.row.transition.continues else None
            self.entries.append(Entry(shot, before, [] if before else [shot]))
        self.store, self.known, self.tries, self.status = store, known, tries, status
        self._by_shot = {id(entry.planned): entry for entry in self.entries}
        self._writing = threading.Lock()

    def run(self, engine: Sequence[Place] | RayEngine, redo_below: float | None, redraws: int) -> None:
        """Render what is missing. With `redo_below`, draw new seeds, at most `redraws` times, for each shot that follows
        the motion less closely than this, in percent.

        A shot that continues another is rendered after it, and begins with the best of its draws.
        """
        for depth in range(max(entry.depth for entry in self.entries) + 1):
            entries = [entry for entry in self.entries if entry.depth == depth]
            for entry in entries:
                self._begin(entry)
            self._render([entry.shots[0] for entry in entries if entry.shots], engine)
            for _ in range(redraws if redo_below is not None else 0):
                self._render(self._redrawn(entries, redo_below or 0.0), engine)

    def _begin(self, entry: Entry) -> None:
        """Plan a continued shot, if the one before it is finished."""
        best = None if entry.before is None else entry.before.best()
        if entry.before is None or best is None:
            return
        shot, record = best
        try:
            picture = self._last_picture(entry, shot, record)
            found = continued(entry.planned, entry.before.planned, shot.graph, str(picture), self.known)
        except ValueError as error:
            entry.planned.errors.append(str(error))
            self.status.say(f"{entry.planned.row.id} failed: {error}")
            return
        entry.shots.append(found)
        self._by_shot[id(found)] = entry

    def _last_picture(self, entry: Entry, shot: Shot, record: dict[str, Any]) -> Path:
        """The frame of a finished shot with which a continued one begins. Raises ValueError where it saved no video."""
        videos = [name for name in record["files"] if Path(name).suffix.lower() in VIDEOS]
        if not videos:
            raise ValueError(f"the shot before, {shot.row.id}, saved no video that could be continued")
        shared = entry.planned.row.transition.overlap
        assert entry.before is not None
        frames = model_frames(entry.before.planned.graph, self.known)
        target = self.store.pictures / f"{shot.folder_name}-{shared}.png"
        from_end = (shared - 1) / max(frames - 1, 1)
        return write_picture(self.store.folder / shot.folder_name / videos[0], from_end, target)

    def _redrawn(self, entries: Sequence[Entry], below: float) -> list[Shot]:
        """New shots for the rows whose best one follows the motion too little."""
        found = []
        for entry in entries:
            best = entry.best()
            followed = None if best is None else best[1].get("followed")
            if followed is None or followed >= below:
                continue
            shot = drawn_anew(entry.shots[-1], self.known)
            if shot is None:
                self.status.say(f"{entry.planned.row.id} has no seed that could be drawn anew.")
                continue
            entry.shots.append(shot)
            self._by_shot[id(shot)] = entry
            found.append(shot)
        return found

    def _render(self, shots: Sequence[Shot], engine: Sequence[Place] | RayEngine) -> None:
        waiting = []
        for shot in shots:
            record = self.store.record(shot.folder_name)
            if record is None:
                waiting.append(shot)
            else:
                self._by_shot[id(shot)].records[shot.folder_name] = record
                self.store.note(shot.folder_name).unlink(missing_ok=True)
        self.status.begin(len(shots), len(shots) - len(waiting))
        if not waiting:
            return
        if isinstance(engine, RayEngine):
            engine.run(waiting, self.known, self._finish, self._failed, self.tries)
            return
        dispatch = Dispatch(engine, self._render_at, self._failed, self.tries)
        dispatch.run(waiting)
        for name, reason in dispatch.lost.items():
            self.status.say(f"{name} was lost: {reason}")

    def _render_at(self, shot: Shot, place: Place) -> None:
        def render(folder: Path) -> Rendered:
            return place.render(
                shot, folder, lambda node, share: self.status.working(place.name, shot.row.id, node, share)
            )

        try:
            self._finish(shot, render, place.name)
        finally:
            self.status.resting(place.name)

    def _finish(self, shot: Shot, render: Callable[[Path], Rendered], place: str) -> None:
        """Render a shot into a folder of its own, and keep it. Raises what `render` does, and ShotFailed without files."""
        started = time.time()
        part = self.store.part(shot.folder_name)
        try:
            rendered = render(part)
            if not rendered.files and not rendered.texts:
                raise ShotFailed("its workflow saved and showed nothing: add a Save Video node.")
            record = self._record(shot, rendered, part) | {
                "place": place,
                "seconds": round(time.time() - started, 2),
                "tries": len(shot.errors) + 1,
            }
            with self._writing:
                self.store.keep(part, shot.folder_name, record)
        except BaseException:
            self.store.forget(part)
            raise
        self.store.note(shot.folder_name).unlink(missing_ok=True)
        self._by_shot[id(shot)].records[shot.folder_name] = record
        self.status.finished(shot.row.id, place, record)

    def _record(self, shot: Shot, rendered: Rendered, part: Path) -> dict[str, Any]:
        """What is written down of a rendered shot."""
        numbers = motion_numbers(rendered.texts)
        return {
            "id": shot.row.id,
            "key": shot.key,
            "draw": shot.draw,
            "seeds": seeds_of(shot, self.known),
            "files": [path.relative_to(part).as_posix() for path in rendered.files],
            "sheet": write_sheet(rendered.files, part),
            "texts": rendered.texts,
            "motion": [{"name": name, "asked": asked, "got": got} for name, asked, got in numbers.layers],
            "followed": numbers.followed,
            "error_px": numbers.error,
        }

    def _failed(self, shot: Shot, for_good: bool) -> None:
        self.status.failed(shot.row.id, shot.errors[-1], for_good)

    def results(self) -> list[dict[str, Any]]:
        """A dictionary for each row of the list, in its order, with the best shot of the row."""
        return [self._result(entry) for entry in self.entries]

    def _result(self, entry: Entry) -> dict[str, Any]:
        row, best = entry.planned.row, entry.best()
        errors = entry.errors()
        result: dict[str, Any] = {
            "id": row.id,
            "workflow": row.workflow.name,
            "state": "done" if best else "failed" if errors else "waiting",
            "length": row.seconds,
            "transition": row.transition.dissolve,
            "continues": row.transition.overlap,
            "errors": errors,
            "draws": len(entry.records),
        }
        if row.transition.continues and not row.transition.own_motion:
            result["model_frames"] = model_frames(entry.planned.graph, self.known)
        if best is None:
            return result | {"key": entry.planned.key}
        return result | {"folder": best[0].folder_name, **best[1]}
