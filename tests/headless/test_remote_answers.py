"""`render --on URL` where the address or what answers there is not a ComfyUI: one short sentence."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest
from flowbrush.hosts.headless import remote
from flowbrush.hosts.headless.command import main
from flowbrush.hosts.headless.graph import Graph
from flowbrush.hosts.headless.host import ROOT
from flowbrush.hosts.headless.remote import RemoteComfyUI, RemoteError, Unreachable


def http(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


@contextmanager
def answering(answer: bytes, pieces: int = 1, pause: float = 0.0):
    """The address of a server that gives this answer to whatever it is asked, in pieces with pauses before each."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(1 << 16)
                        size = -(-len(answer) // pieces) or 1
                        for start in range(0, len(answer), size):
                            time.sleep(pause)
                            connection.sendall(answer[start : start + size])
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)


ANSWERS = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "empty": http(b""),
    "HTML": http(b"<!doctype html><title>Sign in</title>" + b"x" * 5000),
    "cut JSON": http(b'{"KSampler": {"input": {"requi'),
    "cut answer": http(b'{"KSampler"', length=5000),
    "another encoding": http(b'\xff\xfe{"a": "\x81\x8d"}'),
    "a list": http(b"[1, 2]"),
    "a number of 5,000 digits": http(b'{"a": ' + b"1" * 5000 + b"}"),
    "deep nesting": http(b"[" * 200_000 + b"]" * 200_000),
    "no nodes": http(b"{}"),
    "nodes that are numbers": http(b'{"KSampler": 5}'),
    "inputs that are a text": http(b'{"KSampler": {"input": "x"}}'),
    "a loop of redirections": http(b"", "302 Found", "Location: /object_info"),
    "a redirection elsewhere": http(b"", "302 Found", "Location: file:///etc/passwd"),
    "an error": http(b"<html>" + b"e" * 5000, "500 Internal Server Error"),
    "an error with a list": http(b"[]", "400 Bad Request"),
    "an error with odd members": http(b'{"node_errors": {"1": 5}, "error": 7}', "400 Bad Request"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_server_that_is_no_comfyui_is_named_in_one_sentence(name, tmp_path, capsys):
    with answering(ANSWERS[name]) as url:
        status = main(
            ["render", str(ROOT / "workflows" / "motion_brush.json"), "--on", url, "--out", str(tmp_path)]
        )
    errors = capsys.readouterr().err
    assert status != 0
    assert "Traceback" not in errors and len(errors) < 600
    assert url in errors or "ComfyUI refuses" in errors
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    "answer, said",
    [
        (
            http(b"", "401 Unauthorized"),
            r"refuses the request \(401 Unauthorized\): check the address, and whether it asks",
        ),
        (http(b"no\n entry", "403 Forbidden"), r"refuses the request \(403 Forbidden\): no entry$"),
        (
            http(b"", "302 Found", "Location: /object_info"),
            r"refuses the request \(302 .*\): check the address",
        ),
        (http(b"wait", "503 Busy", length=5000), r"refuses the request \(503 Busy\): "),
        (http(b"{", length=9), "its answer was cut off"),
        (b"\x00\xff\x01" * 99, "it does not speak HTTP"),
        (http(b"{}"), "answers, but not as a ComfyUI does"),
    ],
)
def test_what_a_server_lacks_is_said(answer, said):
    with answering(answer) as url, pytest.raises(RemoteError, match=said) as caught:
        RemoteComfyUI(url).object_info()
    assert url in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("answer", [b"{}", b"[]", b'"x"', b"null", b"{", b"[" * 100_000])
def test_answers_to_a_graph_are_checked(answer):
    with answering(http(answer)) as url:
        server = RemoteComfyUI(url)
        with pytest.raises(RemoteError, match="answers, but not as a ComfyUI does"):
            server.submit(Graph({}, {}))
        if answer != b"{}":
            with pytest.raises(RemoteError):
                server.history("1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "ftp://host",
        "file:///etc/passwd",
        "http://[::1",
        "http://host:999999",
        "http://host:x",
        "http://:80",
        "http://a b",
        "http://host/\n",
        "javascript:alert(1)",
        "http://" + "[" * 5000,
    ],
)
def test_a_wrong_address_is_quoted_in_short(url):
    with pytest.raises(RemoteError) as caught:
        RemoteComfyUI(url)
    assert "is not the address of a ComfyUI" in str(caught.value) and len(str(caught.value)) < 300


def test_a_name_that_no_host_can_have_is_unreachable():
    with pytest.raises(RemoteError, match="There is no ComfyUI at"):
        RemoteComfyUI("http://" + "a" * 300).object_info()


@pytest.fixture
def hurried(monkeypatch):
    """Half a second for a request, as if it were a minute."""
    monkeypatch.setattr(remote, "_SECONDS", 0.5)


def test_a_server_that_does_not_answer_in_time_is_unreachable(hurried):
    with answering(http(b"{}"), pause=5) as url, pytest.raises(Unreachable, match=r"timed out.*start it"):
        RemoteComfyUI(url).object_info()


def test_a_refusal_without_its_reasons_is_told_by_its_status(hurried):
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve():
            connection, _ = server.accept()
            connection.recv(1 << 16)
            connection.sendall(http(b"", "503 Busy", length=5000))
            held.append(connection)  # left open, and silent

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(RemoteError, match=r"refuses the request \(503 Busy\): check the address"):
            RemoteComfyUI(url).object_info()
        held[0].close()


def test_a_server_that_trickles_is_named_with_what_it_sent(hurried):
    with (
        answering(http(b'{"a": ' + b" " * 2000 + b"1}"), pieces=100, pause=0.1) as url,
        pytest.raises(Unreachable, match=r"has sent \d+ bytes in \d+ s: check its network"),
    ):
        RemoteComfyUI(url).object_info()


def test_a_slow_server_that_sends_enough_is_waited_for(hurried, tmp_path):
    content = bytes(range(256)) * 64
    with answering(http(content), pieces=8, pause=0.2) as url:
        path = RemoteComfyUI(url).fetch({"filename": "clip.mp4"}, tmp_path)
    assert path.read_bytes() == content


def test_a_result_that_is_cut_off_leaves_no_file(tmp_path):
    with answering(http(b"x" * 1000, length=5000)) as url, pytest.raises(Unreachable):
        RemoteComfyUI(url).fetch({"filename": "clip.mp4"}, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_answer_without_end_is_not_read_to_it(monkeypatch):
    monkeypatch.setattr(remote, "_MOST_BYTES", 1 << 20)
    with (
        answering(http(b"[" * (3 << 20))) as url,
        pytest.raises(RemoteError, match="answers with more than 1 MB"),
    ):
        RemoteComfyUI(url).object_info()
