"""A running ComfyUI that renders shots, and what must be there before it is given any."""

from __future__ import annotations

import contextlib
import copy
import json
import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..files import write_json
from ..hosts.headless.graph import Graph
from ..hosts.headless.progress import Cancelled
from ..hosts.headless.remote import RemoteComfyUI, RemoteError, Unreachable, run_remotely
from ..hosts.headless.upload import local_file, upload_local_files
from .cells import declared, takes_file
from .continuation import NODES
from .places import OnProgress, Place, PlaceLost, Rendered, ShotFailed
from .planning import Shot
from .store import Store

_PATIENCE = 6  # times that a server is asked again before it counts as lost, a second apart


class ServerPlace(Place):
    """One ComfyUI, which has one shot in its queue at a time.

    The queue's id of a shot is written beside its folder before it is sent. A later run asks the server for it, so that a
    shot which was queued when the first run was killed is fetched and not rendered again.
    """

    def __init__(self, url: str, store: Store):
        self.server = RemoteComfyUI(url)
        self.name = self.server.url
        self.known: dict[str, Any] = self.server.object_info()
        self._store = store
        self._queued: str | None = None
        self._sending = threading.Lock()
        self._stopped = False

    def render(self, shot: Shot, folder: Path, on_progress: OnProgress) -> Rendered:
        note = self._store.note(shot.folder_name)
        try:
            prompt_id = self._noted(note) or self._send(shot.graph, note)
            return self._fetch(shot.graph, folder, prompt_id, on_progress)
        except Unreachable as error:
            raise PlaceLost(str(error)) from error
        except (RemoteError, Cancelled) as error:
            note.unlink(missing_ok=True)  # it ran, or was refused: the next try is a new one
            raise ShotFailed(str(error)) from error
        finally:
            self._queued = None

    def keeps(self, shot: Shot) -> bool:
        return self._note_of(self._store.note(shot.folder_name)) is not None

    def _note_of(self, note: Path) -> str | None:
        """The id under which an earlier run has sent a shot to this server; None if it has not."""
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found["id"] if found["url"] == self.server.url else None

    def _noted(self, note: Path) -> str | None:
        """The id under which a shot is in this server's queue or history, from an earlier run; None if it is not."""
        found = self._note_of(note)
        return found if found is not None and self.server.knows(found) else None

    def _send(self, graph: Graph, note: Path) -> str:
        """Put a graph with its local files into the queue; returns its id, which is written down first."""
        graph = copy.deepcopy(graph)
        for _ in upload_local_files(self.server, graph, self.known):
            pass
        with self._sending:
            if self._stopped:
                raise ShotFailed("The run was stopped.")
            self._queued = str(uuid.uuid4())
            write_json(note, {"url": self.server.url, "id": self._queued})
            return self.server.submit(graph, self._queued)

    def _fetch(self, graph: Graph, folder: Path, prompt_id: str, on_progress: OnProgress) -> Rendered:
        """Wait for a queued graph and fetch its results. A connection that breaks is made again if the server goes on."""
        self._queued = prompt_id

        def progress(title: str, done: int, total: int, share: float) -> None:
            on_progress(title, (done + share) / max(total, 1))

        for attempt in range(_PATIENCE):
            try:
                return Rendered(*run_remotely(self.server, graph, folder, progress, prompt_id))
            except Unreachable:
                if attempt + 1 == _PATIENCE or self._stopped:
                    raise
                time.sleep(1.0)
                with contextlib.suppress(Unreachable):
                    if not self.server.knows(prompt_id):  # it was started again, and its queue is empty
                        raise ShotFailed("ComfyUI was started again and has forgotten the shot.") from None
        raise AssertionError("the last attempt returns or raises")

    def stop(self) -> None:
        with self._sending:
            self._stopped = True
            queued = self._queued
        if queued is not None:
            with contextlib.suppress(RemoteError):
                self.server.stop(queued)


def check_servers(places: Iterable[ServerPlace], shots: Iterable[Shot]) -> None:
    """Raise ValueError with a sentence for each node, model or file that a server lacks, and the shots that need it."""
    needs: dict[str, list[str]] = {}
    shots = list(shots)
    for place in places:
        for shot in shots:
            added = NODES if shot.row.transition.continues else ()
            for lack in dict.fromkeys([*_lacks(place, shot.graph), *_absent(place, added)]):
                needs.setdefault(lack, []).append(shot.row.id)
    if needs:
        lines = [f"{lack} (shots: {', '.join(dict.fromkeys(ids))[:200]})." for lack, ids in needs.items()]
        raise ValueError("\n".join(lines))


def _lacks(place: ServerPlace, graph: Graph) -> Iterable[str]:
    """Sentences, without their end, about what a graph needs and a server does not have."""
    for node in graph.nodes.values():
        if node.class_type not in place.known:
            yield from _absent(place, [node.class_type])
            continue
        for name, value in node.values().items():
            kind, options = declared(place.known, node.class_type, name)
            offered = options.get("options")
            if kind != "COMBO" or not isinstance(offered, list) or str(value) in map(str, offered):
                continue
            if takes_file(options):
                if local_file(str(value)) is None:
                    yield f"{place.name} and this machine have no file `{value}` for {node.label}: give its path"
            elif options.get("remote") is None:
                yield (
                    f"{place.name} does not offer `{value}` as `{name}` of {node.label}: "
                    f"put it there, or choose one of: {', '.join(map(str, offered))[:200] or 'nothing'}"
                )


def _absent(place: ServerPlace, nodes: Iterable[str]) -> Iterable[str]:
    """Sentences, without their end, about the nodes that a server does not have."""
    for name in nodes:
        if name not in place.known:
            yield f"{place.name} has no node `{name}`: install the pack that has it"
