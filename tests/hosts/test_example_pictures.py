import threading

import pytest
import torch
from flowbrush import hosts
from flowbrush.hosts import example_pictures
from flowbrush.hosts.example_pictures import example_picture
from flowbrush.interruption import interruptible
from flowbrush.motion.preview.bounded_cache import BoundedCache
from flowbrush.synthetic.pictures import render

DRAW = render.render_example


class Cancelled(Exception):
    pass


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """The arguments of every drawing, in a host that keeps pictures in `tmp_path`."""
    calls = []

    def draw(*arguments):
        calls.append(arguments)
        return DRAW(*arguments)

    monkeypatch.setattr(render, "render_example", draw)
    monkeypatch.setattr(hosts.host(), "kept_directory", lambda: tmp_path)
    forget(monkeypatch)
    return calls


def forget(monkeypatch):
    """Start again as a new process would: with nothing in memory."""
    monkeypatch.setattr(example_pictures, "_pictures", BoundedCache(example_pictures.MEMORY_BYTES))


def test_the_second_request_draws_nothing(drawn):
    first = example_picture("boat", 64, 96, 3)
    assert example_picture("boat", 64, 96, 3) is first and drawn == [("boat", 64, 96, 3)]
    assert torch.equal(first, DRAW("boat", 64, 96, 3))


def test_a_new_process_reads_the_picture_from_the_disk(drawn, monkeypatch):
    first = example_picture("balloon", 48, 64)
    forget(monkeypatch)
    assert torch.equal(example_picture("balloon", 48, 64), first)
    assert len(drawn) == 1
    example_picture("balloon", 48, 64, 1)
    assert len(drawn) == 2


def test_a_broken_file_is_drawn_again(drawn, monkeypatch, tmp_path):
    first = example_picture("balloon", 48, 64)
    (file,) = tmp_path.rglob("*.npy")
    file.write_bytes(file.read_bytes()[:500])
    forget(monkeypatch)
    assert torch.equal(example_picture("balloon", 48, 64), first)
    assert len(drawn) == 2 and file.stat().st_size > 500


def test_the_oldest_pictures_leave_a_full_folder(drawn, monkeypatch, tmp_path):
    monkeypatch.setattr(example_pictures, "DISK_BYTES", 2 * 4 * 3 * 48 * 64 + 1000)
    for variation in range(3):
        example_picture("pinwheel", 48, 64, variation)
    kept = {file.name.split("_")[2] for file in tmp_path.rglob("*.npy")}
    assert kept == {"1", "2"}


def test_a_host_without_a_folder_and_a_full_disk_still_draw(drawn, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(hosts.host(), "kept_directory", lambda: blocked)
    assert example_picture("boat", 48, 64).shape == (1, 48, 64, 3)
    monkeypatch.setattr(hosts.host(), "kept_directory", lambda: None)
    assert example_picture("boat", 48, 64, 1).shape == (1, 48, 64, 3)
    assert not list(tmp_path.rglob("*.npy"))


def test_a_drawing_and_the_wait_for_one_can_be_cancelled(drawn, tmp_path):
    def refuse():
        raise Cancelled

    with interruptible(refuse), pytest.raises(Cancelled):
        example_picture("boat", 64, 96)
    assert not list(tmp_path.rglob("*.npy"))
    begun, done = threading.Event(), threading.Event()

    def wait():
        begun.set()
        done.wait(20)

    def draw():
        with interruptible(wait):
            example_picture("boat", 64, 96)

    first = threading.Thread(target=draw)
    first.start()
    assert begun.wait(20)
    with interruptible(refuse), pytest.raises(Cancelled):
        example_picture("boat", 64, 96)
    done.set()
    first.join()
    assert example_picture("boat", 64, 96).shape == (1, 64, 96, 3)
