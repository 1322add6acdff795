"""A real ComfyUI with the pack and the probe nodes, and a websocket that receives its messages."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import websocket
from flowbrush.benchmarks.comfyui_server import (
    ROOT,
    RUN_SECONDS,
    GraphError,
    comfyui_folder,
    comfyui_python,
    environment,
)
from flowbrush.benchmarks.comfyui_server import Connection as PlainConnection
from flowbrush.benchmarks.comfyui_server import Server as PlainServer

__all__ = [
    "ROOT",
    "RUN_SECONDS",
    "Connection",
    "GraphError",
    "Listener",
    "Server",
    "comfyui_folder",
    "comfyui_python",
    "environment",
]


class Server(PlainServer):
    """A running ComfyUI that also has the probe nodes."""

    def __init__(self, folder: Path, directory: Path, options: Sequence[str] = (), cpu: bool = True) -> None:
        super().__init__(folder, directory, options, [Path(__file__).parent / "probe"], cpu)


class Connection(PlainConnection):
    """Requests to a running ComfyUI that another process may have started."""

    def listen(self) -> "Listener":
        """A websocket that receives what happens to the graphs queued through it."""
        return Listener(self)


class Listener:
    """The websocket of one client of ComfyUI; a context manager."""

    def __init__(self, server: PlainConnection) -> None:
        self.server = server
        self.client = str(uuid.uuid4())
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{server.port}/ws?clientId={self.client}", timeout=RUN_SECONDS
        )

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def queue(self, graph: dict[str, Any]) -> str:
        """Queue a graph; returns its prompt id."""
        return self.server.post("/prompt", {"prompt": graph, "client_id": self.client})["prompt_id"]

    def messages(self) -> Any:
        """JSON messages as they come, as (kind, data); binary ones (previews) as ("binary", bytes)."""
        while True:
            received = self.socket.recv()
            if isinstance(received, str):
                message = json.loads(received)
                yield message["type"], message["data"]
            else:
                yield "binary", received
