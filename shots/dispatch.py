"""Handing out shots to places: each place takes the next shot when it is free, and a shot that fails goes elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from .places import Place, PlaceLost, ShotFailed
from .planning import Shot


class Dispatch:
    """One queue of shots, from which each place is served by a thread of its own.

    A shot that an earlier run has left with a place is for that place, as long as it is not lost, so that none is rendered twice.

    render: renders a shot at a place, and raises ShotFailed or PlaceLost. A shot fails for good after `tries` failures;
    a place that is lost does not count as one. on_failure: is called with each shot that failed and whether for good.
    """

    def __init__(
        self,
        places: Sequence[Place],
        render: Callable[[Shot, Place], None],
        on_failure: Callable[[Shot, bool], None],
        tries: int,
    ):
        self.places = list(places)
        self.lost: dict[str, str] = {}
        self._render, self._on_failure, self._tries = render, on_failure, tries
        self._waiting: list[Shot] = []
        self._keepers: dict[int, str] = {}  # the names of places that keep shots from an earlier run
        self._running = 0
        self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def run(self, shots: Sequence[Shot]) -> None:
        """Render shots, and return when all are finished or have failed. Ctrl-C stops all places and is passed on."""
        self._waiting = list(shots)
        self._keepers = {id(shot): place.name for place in self.places for shot in shots if place.keeps(shot)}
        threads = [
            threading.Thread(target=self._serve, args=(place,), daemon=True)
            for place in self.places
            if place.name not in self.lost
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)  # a join without end would keep Ctrl-C waiting on Windows
        except BaseException:
            self.stop()
            for thread in threads:
                thread.join(15)
            raise
        if self._error is not None:
            raise self._error
        for shot in self._waiting:
            shot.errors.append("All places that could render it were lost.")
            self._on_failure(shot, True)

    def stop(self) -> None:
        """Hand out no more shots, and stop those that are being rendered."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for place in self.places:
            place.stop()

    def _serve(self, place: Place) -> None:
        while (shot := self._next(place)) is not None:
            again = False
            try:
                self._render(shot, place)
            except PlaceLost as error:
                self.lost[place.name] = str(error)
                again = True
            except ShotFailed as error:
                if not self._stopped:
                    shot.failed_on.add(place.name)
                    shot.errors.append(f"{place.name}: {error}")
                    again = len(shot.errors) < self._tries
                    self._on_failure(shot, not again)
            except BaseException as error:
                self._error, self._stopped = error, True
            with self._changed:
                self._running -= 1
                if again:
                    self._waiting.append(shot)
                self._changed.notify_all()
            if place.name in self.lost:
                return

    def _next(self, place: Place) -> Shot | None:
        """The next shot for a place, or None when there will be none. A place waits while others may give a shot back."""
        with self._changed:
            while not self._stopped and (self._waiting or self._running):
                for shot in sorted(self._waiting, key=lambda shot: self._keepers.get(id(shot)) != place.name):
                    if self._may_take(place, shot):
                        self._waiting.remove(shot)
                        self._running += 1
                        return shot
                self._changed.wait(1.0)
            return None

    def _may_take(self, place: Place, shot: Shot) -> bool:
        """Whether no other place keeps a shot, and this one has not failed with it, or all have that are left."""
        left = {other.name for other in self.places} - set(self.lost)
        keeper = self._keepers.get(id(shot), place.name)
        if keeper != place.name and keeper in left - shot.failed_on:
            return False
        return place.name not in shot.failed_on or left <= shot.failed_on
