import os
import threading

from flowbrush.shots.status import Status


def test_a_terminal_that_has_gone_stops_no_run():
    end, start = os.pipe()
    os.close(end)
    with open(start, "w", buffering=1, encoding="utf-8") as stream:
        status = Status(stream)

        def report(number):
            for turn in range(3):
                status.working(f"worker {number}", "a", "Sampler", turn / 3)
                status.finished("a", f"worker {number}", {"seconds": 1.0})
            status.failed("b", "it died", True)

        status.begin(20, 1)
        threads = [threading.Thread(target=report, args=(number,), daemon=True) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
        status.say("done")
        status.end()
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), start
        )  # what is still buffered can be written when it closes


def test_what_is_written_reaches_a_terminal_that_is_there(tmp_path):
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        status = Status(stream)
        status.begin(2, 0)
        status.finished("a", "worker 1", {"seconds": 1.5, "followed": 97.0})
        status.end()
    written = (tmp_path / "log").read_text(encoding="utf-8")
    assert "a took 1.5 s on worker 1, follows the motion to 97 %" in written
    assert "1/2 shots" in written
