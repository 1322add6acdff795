"""Runs a workflow on a ComfyUI that is running already: submits it, shows its progress and fetches its results."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ...files import atomic_write
from .graph import Graph
from .progress import Cancelled

_SECONDS = 60.0  # for one request
_MOST_BYTES = 256 << 20  # of an answer that is read into the memory as JSON
_LEAST_RATE = 1024  # bytes/s, over the whole of an answer
_LISTS = ("images", "gifs", "video", "videos", "audio", "3d")


class RemoteError(RuntimeError):
    """ComfyUI cannot be reached, refuses a graph, or fails to run it. The message says why."""


class Unreachable(RemoteError):
    """ComfyUI does not answer: it has ended, or the network has."""


@contextmanager
def answers_of(url: str) -> Iterator[None]:
    """Raise RemoteError where answers of a server are not those of a ComfyUI, so that reading them fails."""
    try:
        yield
    except RemoteError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise RemoteError(
            f"{url[:200]} answers, but not as a ComfyUI does: check the address, and that no page for signing in comes first."
        ) from error


class RemoteComfyUI:
    """The HTTP interface of a running ComfyUI."""

    def __init__(self, url: str):
        """`url` is the address of its page. Raises RemoteError for an address of another form."""
        wrong = f"`{url[:200]}` is not the address of a ComfyUI, such as http://127.0.0.1:8188."
        try:
            parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
            known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            raise RemoteError(wrong) from None
        if not known or not url.isprintable() or " " in url:
            raise RemoteError(wrong)
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.client = str(uuid.uuid4())

    def object_info(self) -> dict[str, Any]:
        """The schemas of all its nodes."""
        with answers_of(self.url):
            found = self._json("/object_info")
            if not found:
                raise ValueError("a ComfyUI always has nodes")
            return {
                name: {**schema, "input": {**(schema.get("input") or {})}} for name, schema in found.items()
            }

    def submit(self, graph: Graph, prompt_id: str | None = None) -> str:
        """Put a graph into the queue, under an id if one is given, and return the id.

        Raises RemoteError with ComfyUI's reasons if it refuses the graph.
        """
        chosen = {} if prompt_id is None else {"prompt_id": prompt_id}
        body = json.dumps({"prompt": graph.prompt, "client_id": self.client, **chosen}).encode()
        with answers_of(self.url):
            return str(self._json("/prompt", body)["prompt_id"])

    def knows(self, prompt_id: str) -> bool:
        """Whether a run is in the queue, is running, or has been finished."""
        with answers_of(self.url):
            entries = [entry for entries in self._json("/queue").values() for entry in entries]
            return any(entry[1] == prompt_id for entry in entries) or self.history(prompt_id) is not None

    def upload(self, path: Path) -> str:
        """Put a file into its input folder; returns the name by which nodes load it there."""
        boundary = uuid.uuid4().hex
        name = path.name.replace('"', "_").replace("\r", "_").replace("\n", "_")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        with answers_of(self.url):
            answer = self._json("/upload/image", body, f"multipart/form-data; boundary={boundary}")
            return "/".join(part for part in (answer.get("subfolder"), answer["name"]) if part)

    def history(self, prompt_id: str) -> dict[str, Any] | None:
        """What ComfyUI keeps of a finished run, or None while it is not finished."""
        with answers_of(self.url):
            entry = self._json(f"/history/{prompt_id}").get(prompt_id)
            return None if entry is None else {**entry}

    def stop(self, prompt_id: str) -> None:
        """Take a run out of the queue, and interrupt it if it runs."""
        self._bytes("/queue", json.dumps({"delete": [prompt_id]}).encode())
        self._bytes("/interrupt", json.dumps({"prompt_id": prompt_id}).encode())

    def messages(self, seconds: float) -> Generator[dict[str, Any] | None, None, None]:
        """The messages of ComfyUI to this client, and None whenever there was none for some seconds."""
        import websocket  # comes with comfy-cli

        address = f"{self.url.replace('http', 'ws', 1)}/ws?clientId={self.client}"
        try:
            connection = websocket.create_connection(address, timeout=seconds)
        except (OSError, ValueError, websocket.WebSocketException) as error:
            raise Unreachable(
                f"ComfyUI at {self.url} does not report its progress: {str(error)[:200]}."
            ) from error
        try:
            while True:
                try:
                    text = connection.recv()
                except websocket.WebSocketTimeoutException:
                    yield None
                    continue
                except (OSError, ValueError, websocket.WebSocketException) as error:
                    raise Unreachable(
                        f"ComfyUI at {self.url} ended the connection: {str(error)[:200]}."
                    ) from error
                if isinstance(text, str) and text:
                    with answers_of(self.url):
                        message = {**json.loads(text)}
                    yield message
        finally:
            connection.close()

    def fetch(self, entry: dict[str, Any], folder: Path) -> Path:
        """Download a result into `folder`, under its name and subfolder there, and return its path."""
        place = PurePosixPath(str(entry.get("subfolder") or "").replace("\\", "/")) / str(entry["filename"])
        path = (folder / place).resolve()
        if folder.resolve() not in path.parents:
            raise RemoteError(f"ComfyUI named a result `{str(place)[:200]}`, which leads out of {folder}.")
        with atomic_write(path) as temporary, temporary.open("wb") as file:
            for piece in self._pieces("/view?" + urllib.parse.urlencode(entry)):
                file.write(piece)
        return path

    def _json(self, path: str, body: bytes | None = None, kind: str = "application/json") -> dict[str, Any]:
        return {**json.loads(self._bytes(path, body, kind))}

    def _bytes(self, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        data = bytearray()
        for piece in self._pieces(path, body, kind):
            data += piece
            if len(data) > _MOST_BYTES:
                raise RemoteError(
                    f"{self.url} answers with more than {_MOST_BYTES >> 20} MB, unlike a ComfyUI."
                )
        return bytes(data)

    def _pieces(
        self, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> Iterator[bytes]:
        """The bytes of an answer as they come; a server that sends hardly anything counts as one that is not there."""
        headers = {} if body is None else {"Content-Type": kind}
        request = urllib.request.Request(self.url + path, body, headers)
        start, received = time.monotonic(), 0
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:
                while piece := response.read1(1 << 20):
                    yield piece
                    received += len(piece)
                    seconds = time.monotonic() - start
                    if seconds > _SECONDS and received < _LEAST_RATE * seconds:
                        raise Unreachable(
                            f"{self.url} has sent {received} bytes in {seconds:.0f} s: check its network, then repeat."
                        )
                if response.length:  # `read1` does not say that an answer was cut off
                    raise http.client.IncompleteRead(b"", response.length)
        except urllib.error.HTTPError as error:
            with error:
                raise RemoteError(_refusal(error, self.url)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unreachable(
                f"There is no ComfyUI at {self.url} ({_failure(error)}): start it, or check the address."
            ) from error


def _failure(error: Exception) -> str:
    """Why a request came to nothing, in a few words."""
    if isinstance(error, http.client.IncompleteRead):
        return "its answer was cut off"
    reason = str(getattr(error, "reason", error))
    return reason[:100] if reason.isprintable() else "it does not speak HTTP"


def _refusal(refused: urllib.error.HTTPError, url: str) -> str:
    """ComfyUI's reasons for refusing a request, as one sentence for each node; the status where the answer gives none."""
    try:
        body = refused.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException):  # cut off or late: the status has come
        body = b""
    try:
        answer = json.loads(body)
        reasons = [
            f"node {name} {node.get('class_type')}: {error.get('message')} ({error.get('details')})"
            for name, node in (answer.get("node_errors") or {}).items()
            for error in node.get("errors", ())
        ]
        first = answer.get("error") or {}
        message = first.get("message") if isinstance(first, dict) else str(first)
        return f"ComfyUI refuses this workflow: {'; '.join(reasons) or message or 'it gives no reason'}"[
            :1500
        ]
    except (ValueError, AttributeError, TypeError, RecursionError):
        shown = " ".join(body[:200].decode(errors="replace").split())
        status = f"{refused.code} {refused.reason}".splitlines()[0][:100]
        return f"{url} refuses the request ({status}): {shown or 'check the address, and whether it asks for a password'}"


def run_remotely(
    server: RemoteComfyUI, graph: Graph, folder: Path, on_progress: Any = None, queued: str | None = None
) -> tuple[list[Path], list[str]]:
    """Run a graph there; return the files, downloaded into `folder`, and the texts that its nodes show.

    `queued` is the id under which it was put into the queue already. Calls `on_progress(node title, nodes done, nodes, share of the node done)`. Stopping this stops the run there. Raises
    RemoteError if ComfyUI refuses the graph or a node fails, and Cancelled if it was stopped there.
    """
    messages = server.messages(2.0)
    first = next(messages)  # the connection stands before anything is queued
    prompt_id = queued or server.submit(graph)
    try:
        with answers_of(server.url):
            entry = _wait(server, graph, prompt_id, messages, first, on_progress)
    except BaseException as error:
        if not isinstance(error, RemoteError | Cancelled):
            server.stop(prompt_id)
        raise
    finally:
        messages.close()
    with answers_of(server.url):
        _check_status(graph, entry.get("status") or {})
        outputs = list((entry.get("outputs") or {}).values())
        saved = [item for shown in outputs for kind in _LISTS for item in shown.get(kind) or ()]
        files = [server.fetch(item, folder) for item in saved if item.get("type") == "output"]
        texts = [text for shown in outputs for text in shown.get("text") or () if isinstance(text, str)]
        return files, list(dict.fromkeys(texts))


def _wait(
    server: RemoteComfyUI,
    graph: Graph,
    prompt_id: str,
    messages: Iterator[dict[str, Any] | None],
    first: dict[str, Any] | None,
    on_progress: Any,
) -> dict[str, Any]:
    """Report progress until the run is finished; return what ComfyUI keeps of it."""
    done: set[str] = set()
    message = first
    while True:
        data = (message or {}).get("data") or {}
        ours = isinstance(data, dict) and data.get("prompt_id") == prompt_id
        kind = (message or {}).get("type")
        if ours and kind == "execution_cached":
            done |= set(map(str, data.get("nodes") or ()))
        running = str(data.get("node")) if ours and kind in ("executing", "progress") else ""
        if running in graph.nodes and on_progress is not None:
            share = data.get("value", 0) / max(data.get("max") or 1, 1) if kind == "progress" else 0.0
            on_progress(graph.nodes[running].title, len(done - {running}), len(graph.nodes), share)
            done.add(running)
        ended = ours and (
            (kind == "executing" and data.get("node") is None) or str(kind).startswith("execution_")
        )
        if message is None or ended:
            entry = server.history(prompt_id)
            if entry is not None and (entry.get("status") or {}).get("completed") is not None:
                return entry
        message = next(messages)


def _check_status(graph: Graph, status: dict[str, Any]) -> None:
    """Raise RemoteError if a node failed, and Cancelled if the run was interrupted."""
    for kind, data in status.get("messages") or ():
        if kind == "execution_interrupted":
            raise Cancelled("The run was stopped in ComfyUI.")
        if kind == "execution_error":
            node = graph.nodes.get(str(data.get("node_id")))
            label = node.label if node else f"node {data.get('node_id')}"
            raise RemoteError(f"{label}: {str(data.get('exception_message')).strip()[:1000]}")
