"""The container files: what compose starts, who it runs as, and that nothing real is in it."""

import re

import pytest
import yaml

from tests.repo.source import ROOT
from tests.repo.test_docs import settings_that_are_read

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = ["web", "worker", "beat", "prepare"]


def command(service):
    return " ".join(str(part) for part in SERVICES[service].get("command", []))


def test_services_are_the_parts_of_a_real_installation():
    assert set(SERVICES) == {"db", "redis", "sandbox", "prepare", "web", "worker", "beat"}


def test_beat_is_alone_and_the_worker_uses_threads():
    assert [name for name in SERVICES if " beat" in command(name) or " -B" in command(name)] == ["beat"]
    assert "--pool threads" in command("worker")


def test_redis_keeps_what_it_was_given():
    assert "--appendonly yes" in command("redis")
    assert SERVICES["redis"]["volumes"]


def test_web_serves_two_processes_of_four_threads():
    assert re.search(r'"--workers", "2", "--threads", "4"', DOCKERFILE)


@pytest.mark.parametrize("service", OURS)
def test_ours_are_told_everything_by_variables_that_exist(service):
    environment = SERVICES[service]["environment"]
    assert set(environment) <= settings_that_are_read()
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "STRIPE_API_BASE"} <= set(environment)
    assert [name for name in environment if name.isupper() and "$" not in environment[name]] == [
        "WHITENOISE_USE_FINDERS"
    ]


@pytest.mark.parametrize("service", OURS)
def test_ours_cannot_gain_rights_or_write_into_the_image(service):
    options = SERVICES[service]
    assert options["cap_drop"] == ["ALL"]
    assert options["read_only"] is True
    assert "no-new-privileges:true" in options["security_opt"]


def test_nothing_listens_beyond_this_machine():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("stage", DOCKERFILE.split("\nFROM ")[2:])  # the first only builds
def test_every_stage_that_runs_is_not_root(stage):
    assert re.search(r"^USER 10001$", stage, re.MULTILINE)


def test_image_is_installed_by_hash_and_holds_no_key():
    assert "--require-hashes -r requirements/prod.txt" in DOCKERFILE
    assert not re.search(r"ENV [^\n]*(KEY|SECRET|PASSWORD)", DOCKERFILE)


def test_build_sees_only_what_it_needs():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    }
    assert copied <= {line[1:] for line in ignored if line.startswith("!")}
