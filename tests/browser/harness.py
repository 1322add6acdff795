"""The editor in a browser without ComfyUI: a small server for the files of js/ and for the two routes that it requests.

    python tests/browser/harness.py [PORT]      then open the printed address; harness.mjs lists its parameters

It is only for development and tests, and listens on this machine alone.
"""

from __future__ import annotations

import functools
import io
import json
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import torch
from flowbrush.interruption import interruptible

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
}
LARGEST_BODY = 64 << 20


def mask_of(name: str, side: int = 256) -> torch.Tensor:
    """The MASKs that the harness can connect, [side,side]."""
    x = (torch.arange(side) + 0.5) / side
    if name == "disc":
        return ((x[None] - 0.5).square() + (x[:, None] - 0.5).square() < 0.2**2).float()
    if name == "left":
        return (x < 0.4).float().expand(side, side).contiguous()
    raise ValueError(f"the harness has no mask {name!r}")


def example_document(name: str) -> str | None:
    """The text of one of the pack's example documents, by the name of the function that makes it."""
    from flowbrush.motion.document import examples
    from flowbrush.motion.document.document import dump

    make = getattr(examples, name, None) if name.isidentifier() and not name.startswith("_") else None
    return dump(make()) if callable(make) and not isinstance(make, type) else None


def picture(body: dict) -> bytes:
    """PNG of the example picture that is asked for."""
    source = body["source"]
    return example_png(source["name"], source["height"], source["width"], source.get("variation", 0))


@functools.cache  # a picture takes seconds, and most tests show the same
def example_png(name: str, height: int, width: int, variation: int) -> bytes:
    """PNG of an example picture."""
    from flowbrush.synthetic.pictures.render import render_example
    from PIL import Image

    image = render_example(name, height, width, variation)[0]
    buffer = io.BytesIO()
    Image.fromarray((image * 255).round().byte().numpy()).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def field(body: dict) -> bytes:
    """The bytes that ComfyUI's route would answer."""
    try:
        from flowbrush.motion.preview.field_preview import field_preview_bytes
    except ImportError as error:
        raise NotImplementedError(f"no field: {error}") from None
    shown = None if body.get("picture") is None else shown_picture(json.dumps(body["picture"]["source"]))
    masks = [mask_of(ref["filename"]) for ref in body.get("masks", [])]
    return field_preview_bytes(body, masks, picture=shown)


def plate(body: dict) -> bytes:
    """The bytes that ComfyUI's route for the plate would answer."""
    from flowbrush.motion.preview.plate_preview import plate_preview_bytes

    masks = [mask_of(ref["filename"]) for ref in body.get("masks", [])]
    return plate_preview_bytes(body, shown_picture(json.dumps(body["picture"]["source"])), masks)


def selected(body: dict) -> bytes:
    """What ComfyUI's route for the object under a click would answer."""
    from flowbrush.rendering.selection import outlines_of_mask, selected_object

    if body.get("mask"):
        return json.dumps({"outlines": outlines_of_mask(mask_of(body["mask"]["filename"]))}).encode()
    picture = shown_picture(json.dumps(body["picture"]["source"]))
    return json.dumps({"outlines": selected_object(picture, body["added"], body["removed"]) or []}).encode()


def fitted_presets(body: dict) -> bytes:
    """All presets, fitted to the picture of a request."""
    from flowbrush.motion.presets.fitting import fitted_bundle

    return fitted_bundle(shown_picture(json.dumps(body["picture"]["source"]))).encode()


def period(body: dict) -> bytes:
    """What ComfyUI's route for the period of a flow would answer of a picture whose columns repeat 16 times."""
    from flowbrush.motion.document.document import parse
    from flowbrush.motion.presets.fitting import flow_on_period

    shown = torch.sin(torch.linspace(0, 32 * torch.pi, 321)[:320]).expand(3, 240, 320).permute(1, 2, 0)
    flow = flow_on_period(parse(body["document"]), body["layer"], 0.5 + 0.3 * shown)
    return json.dumps({"flow": flow and {"reach": flow.reach, "speed": flow.speed}}).encode()


@functools.cache
def shown_picture(source: str) -> torch.Tensor:
    """The pixels [H,W,3] of an example picture."""
    from flowbrush.synthetic.pictures.render import render_example

    named = json.loads(source)
    return render_example(named["name"], named["height"], named["width"], named.get("variation", 0))[0]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    user_files: ClassVar[dict[str, bytes]] = {}  # what the page has stored, by name

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/document/"):
            text = example_document(path.rpartition("/")[2])
            self._answer(200 if text else 404, "application/json", (text or "").encode())
            return
        if path.startswith("/object_info/"):  # as ComfyUI answers of a node that it does not have
            self._answer(200, "application/json", b"{}")
            return
        if path == "/flowbrush/presets":
            from flowbrush.motion.presets import bundle

            self._answer(200, "application/json", bundle().encode())
            return
        if path.startswith("/userdata"):
            name = path.removeprefix("/userdata").strip("/")
            listed = json.dumps(list(self.user_files)).encode()
            self._answer(200, "application/json", self.user_files[name] if name else listed)
            return
        folder = ROOT if path.startswith("/js/") else HERE
        file = (folder / (path.lstrip("/") or "harness.html")).resolve()
        allowed = file.is_relative_to(ROOT / "js") or file.parent == HERE
        if not allowed or not file.is_file() or file.suffix not in TYPES:
            self._answer(404, "text/plain", b"not found")
            return
        self._answer(200, TYPES[file.suffix], file.read_bytes())

    def do_POST(self) -> None:
        with self.server.working():
            self._post()

    def _post(self) -> None:
        routes = {
            "/flowbrush/field": field,
            "/flowbrush/picture": picture,
            "/flowbrush/plate": plate,
            "/flowbrush/select": selected,
            "/flowbrush/presets": fitted_presets,
            "/flowbrush/period": period,
        }
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(min(length, LARGEST_BODY))
        if self.path.startswith("/userdata/"):
            self.user_files[urlsplit(self.path).path.rpartition("/")[2]] = content
            self._answer(200, "application/json", b"{}")
            return
        route = routes.get(self.path)
        if route is None:
            self._answer(404, "text/plain", b"not found")
            return
        try:
            with interruptible(self._end_if_gone):
                answer = route(json.loads(content))
        except ConnectionError:
            self.close_connection = True
        except NotImplementedError as error:
            self._answer(503, "application/json", json.dumps({"error": str(error)}).encode())
        except ValueError as error:
            said = {"place": getattr(error, "place", ""), "sentence": getattr(error, "sentence", str(error))}
            self._answer(400, "application/json", json.dumps({"error": said}).encode())
        except Exception as error:  # the page shows it, as ComfyUI's page would
            self._answer(500, "application/json", json.dumps({"error": repr(error)}).encode())
        else:
            kind = "image/png" if route is picture else "application/octet-stream"
            self._answer(200, kind, answer)

    def _end_if_gone(self) -> None:
        """Raise ConnectionAbortedError if the page has closed the connection, as it does when it no longer wants the answer."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionAbortedError("the page does not wait any more")

    def log_message(self, *_: object) -> None:
        """Log nothing, so that the tests' output stays readable."""

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the editor cancels requests that it no longer needs


class Server(ThreadingHTTPServer):
    """A server that reports no error when a browser closes a connection, and that can wait for what it computes."""

    daemon_threads = True  # a browser keeps connections open

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]):
        super().__init__(address, handler)
        self._busy = 0
        self._changed = threading.Condition()

    @contextmanager
    def working(self) -> Iterator[None]:
        """A request is computed: an interpreter that ended now would kill C++ in the middle, which ends the process."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def server_close(self) -> None:
        """Close the server once nothing is computed any more."""
        super().server_close()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy)

    def handle_error(self, request, client_address):
        """Report every error except a closed connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Harness:
    """The server on a thread, for `with Harness() as harness: page.goto(harness.url(document="one_arrow"))`."""

    def __init__(self, port: int = 0):
        self.server = Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def url(self, **asked: object) -> str:
        from urllib.parse import urlencode

        return f"http://127.0.0.1:{self.server.server_port}/harness.html?{urlencode(asked)}"

    def __enter__(self) -> Harness:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


if __name__ == "__main__":
    with Harness(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as harness:
        print(harness.url(), flush=True)
        threading.Event().wait()
