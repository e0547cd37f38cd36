"""The parts of the supervisor, each alone."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from flexspace.management.commands.demo import Command
from flexspace.management.demo import broker, guardian, lock, plan, ports
from flexspace.management.demo.banner import banner
from flexspace.management.demo.processes import Child
from flexspace.management.demo.supervisor import CannotStart, Stopped, Supervisor

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-S", "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"]


def gone(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    held = lock.take(tmp_path / "demo.lock")
    running = Supervisor(said.append, held)
    yield running
    running.end_all()
    held.close()


def child(tmp_path, supervisor, command, name="web"):
    return Child(name, command, log=tmp_path / "log" / f"{name}.log", tell=supervisor.tell)


def test_a_busy_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.choose(port) != port
    assert ports.choose(port, taken=frozenset({port})) != port


def test_a_dead_child_is_started_again_with_a_sentence(tmp_path, supervisor, said):
    web = child(tmp_path, supervisor, SLEEP)
    supervisor.start(web)
    assert web.process
    first = web.process.pid
    os.kill(first, 9)
    supervisor.wait_until(lambda: bool(web.process) and web.running and web.process.pid != first, name="", seconds=5)
    assert said == ["The web server ended (killed by signal 9); it is started again."]


def test_what_a_dead_child_had_started_is_ended_with_it(tmp_path, supervisor):
    spawn = f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    web = child(tmp_path, supervisor, [sys.executable, "-c", spawn])
    supervisor.start(web)
    supervisor.wait_until(lambda: bool(web.last_lines()), name="", seconds=10)
    assert web.process
    os.kill(web.process.pid, 9)
    web.process.wait()
    supervisor.look_after()
    assert gone(int(web.last_lines()))


def test_a_child_that_keeps_dying_is_shown_with_its_last_lines(tmp_path, supervisor, monkeypatch):
    monkeypatch.setattr("flexspace.management.demo.processes.PAUSES", (0.01,))
    web = child(tmp_path, supervisor, [sys.executable, "-S", "-c", "print('no such colour'); raise SystemExit(3)"])
    supervisor.start(web)
    with pytest.raises(CannotStart, match="no such colour"):
        supervisor.wait_until(lambda: False, name="web", seconds=10)


def test_a_child_that_does_not_listen_is_ended_by_force(tmp_path, supervisor, monkeypatch):
    monkeypatch.setattr("flexspace.management.demo.supervisor.END_SECONDS", 0.3)
    web = child(tmp_path, supervisor, STUBBORN)
    supervisor.start(web)
    assert web.process
    pid = web.process.pid
    time.sleep(0.2)
    started = time.monotonic()
    supervisor.end_all()
    assert gone(pid)
    assert time.monotonic() - started < 3


def test_asking_to_end_stops_every_wait(supervisor):
    supervisor.stopping = True
    with pytest.raises(Stopped):
        supervisor.wait_until(lambda: True, name="", seconds=5)


def test_guardian_ends_the_groups_it_was_told_when_its_pipe_closes():
    kept = subprocess.Popen(SLEEP, start_new_session=True)
    lost = subprocess.Popen(SLEEP, start_new_session=True)
    watch = subprocess.Popen([sys.executable, "-S", guardian.__file__], stdin=subprocess.PIPE, text=True)
    assert watch.stdin
    watch.stdin.write(f"+{kept.pid}\n+{lost.pid}\n-{kept.pid}\n")
    watch.stdin.close()
    assert lost.wait(timeout=5) == -15
    assert watch.wait(timeout=5) == 0
    assert kept.poll() is None
    kept.kill()
    kept.wait()


def test_second_demo_on_the_same_files_is_refused_at_once(tmp_path):
    held = lock.take(tmp_path / "demo.lock")
    started = time.monotonic()
    with pytest.raises(lock.AlreadyRunning) as other:
        lock.take(tmp_path / "demo.lock")
    assert other.value.pid == str(os.getpid())
    assert time.monotonic() - started < 1
    held.close()
    lock.take(tmp_path / "demo.lock").close()


def test_start_waits_for_the_guardian_of_a_killed_demo(tmp_path):
    held = lock.take(tmp_path / "demo.lock")
    guardian_like = subprocess.Popen(["sleep", "1"], pass_fds=[held.fileno()])
    (tmp_path / "demo.lock").write_text("999999999")
    held.close()
    lock.take(tmp_path / "demo.lock").close()
    assert guardian_like.wait(timeout=5) == 0


@pytest.mark.django_db
def test_practice_data_that_is_too_old_is_left_alone_with_a_sentence():
    MigrationRecorder(connection).record_applied("core", "0001_initial")
    with pytest.raises(CannotStart, match="make clean"):
        Command().prepare_database(first=False)


def test_without_any_broker_there_is_none(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert broker.find_server() == ""
    assert "apt install redis-server" in broker.BROKER_HINT
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert broker.find_server() == "/usr/bin/valkey-server"


def test_children_are_told_where_everything_is(tmp_path):
    addresses = plan.Addresses(8000, 8001)
    children = plan.children(addresses, var=tmp_path, server="", socket=tmp_path / "s", tell=lambda line: None)
    assert set(children) == {"web", "worker", "sandbox"}
    environment = children["worker"].env
    assert environment["STRIPE_API_BASE"] == environment["SANDBOX_URL"] == "http://127.0.0.1:8001"
    assert (environment["SITE_URL"], environment["FLEXSPACE_DEMO"]) == ("http://127.0.0.1:8000", "1")


def test_banner_says_where_who_and_how_to_stop():
    text = banner(plan.Addresses(8000, 8001))
    for part in ("http://127.0.0.1:8000", "http://127.0.0.1:8001", "Front desk", "Admin", "Ctrl-C", "no real money"):
        assert part in text
