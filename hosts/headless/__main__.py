"""`python -m flowbrush.hosts.headless`, which `run.py render` and `run.py demo` start in their environment."""

import os
import signal
import sys

from ...files import remove_temporary_folders

_stopped = False


def _stop(*_: object) -> None:
    """Stop as with Ctrl-C, also when the launcher ends this process."""
    global _stopped
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
        print("Stopped. No half-written files were left.", file=sys.stderr)
    if _stopped:
        remove_temporary_folders()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # threads of libraries may wait for each other after an interrupt
    raise SystemExit(status)
