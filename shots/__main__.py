"""`python -m flowbrush.shots`, which `run.py shots` starts in its environment."""

import contextlib
import os
import signal
import sys

from ..files import remove_temporary_folders

_stopped = False


def _stop(*_: object) -> None:
    """Stop as with Ctrl-C, also when the launcher ends this process; a second one while it stops changes nothing."""
    global _stopped
    if not _stopped:
        _stopped = True
        raise KeyboardInterrupt


if __name__ == "__main__":
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), _stop)
    try:
        from .command import main

        status = main()
    except BaseException:
        # Libraries that are interrupted while they are imported raise errors of their own.
        if not _stopped:
            raise
        status = 130
        with contextlib.suppress(OSError):  # the terminal may be gone
            print(
                "Stopped. The finished shots are kept: run the same command again to go on.", file=sys.stderr
            )
    if _stopped:
        remove_temporary_folders()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)  # threads of libraries may wait for each other after an interrupt
    raise SystemExit(status)
