"""Runs a worker in ComfyUI's interpreter and prints what it found as one line of JSON, or its error."""

import json
import os
import traceback
from collections.abc import Callable
from typing import Any, NoReturn


def refusal(call: Callable[[], Any]) -> str:
    """The sentence of the ValueError that a call raises."""
    try:
        call()
    except ValueError as error:
        return str(error)
    raise AssertionError("nothing was refused")


def run(main: Callable[[], Any]) -> NoReturn:
    """Print what `main` returns as JSON and exit at once: ComfyUI's own threads would keep a failed process alive."""
    failed = 1
    try:
        print(json.dumps(main()), flush=True)
        failed = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(failed)
