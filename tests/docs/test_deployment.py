"""The files of docs/deployment: their commands exist, their variables are read, and systemd accepts the units."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from flows.cli import main
from tests.docs.test_docs import command_of

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "docs" / "deployment"
UNITS = sorted((FOLDER / "systemd").iterdir())
YAMLS = sorted(FOLDER.rglob("*.yaml"))
PREFECT = {"server start", "worker start", "work-pool inspect", "work-pool create", "deploy"}


def documents(path: Path) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(path.read_text(encoding="utf-8")))


def values(node: Any, key: str) -> Iterator[Any]:
    """What stands under a key, wherever in a document."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for one in node:
            yield from values(one, key)


def command_lines(path: Path) -> Iterator[list[str]]:
    """Each call of kmi or prefect in a file of the folder."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".service":
        yield from (shlex.split(call) for call in re.findall(r"^ExecStart=/opt/kmi/bin/(.+)$", text, re.MULTILINE))
    elif path.name == "Containerfile":
        yield from (json.loads(call) for call in re.findall(r"^CMD (\[.+\])$", text, re.MULTILINE))
    elif path.suffix == ".yaml":
        for document in documents(path):
            for found in values(document, "command"):
                yield from _calls(found)
            yield from (["prefect", *args] for args in values(document, "args"))


def _calls(command: list[str]) -> Iterator[list[str]]:
    if command[0] in {"kmi", "prefect"} and len(command) > 1:
        yield command
    elif command[0] == "sh":
        for part in re.split(r"\n|\|\||&&|;", command[-1]):
            words = shlex.split(part.split(">")[0])
            if words and words[0] in {"kmi", "prefect"}:
                yield words


CALLS = [(path, words) for path in sorted(FOLDER.rglob("*")) if path.is_file() for words in command_lines(path)]


@pytest.mark.parametrize(("path", "words"), CALLS, ids=[f"{path.name}: {' '.join(words)}" for path, words in CALLS])
def test_a_command_of_a_deployment_exists_and_takes_its_options(path: Path, words: list[str]) -> None:
    if words[0] == "kmi":
        command, rest = command_of(words[1:])
        command.make_context(command.name or "", rest, resilient_parsing=False).close()
    else:
        assert any(" ".join(word for word in words[1:] if word != "--no-prompt").startswith(name) for name in PREFECT)


def test_every_kind_of_deployment_calls_something() -> None:
    callers = {path.relative_to(FOLDER).as_posix() for path, _ in CALLS}
    assert callers == {
        "Containerfile",
        "compose.yaml",
        "kubernetes/cronjob.yaml",
        "kubernetes/prefect.yaml",
        "kubernetes/server-values.yaml",
        "kubernetes/worker-values.yaml",
        "systemd/kmi-health.service",
        "systemd/kmi-run.service",
        "systemd/kmi-worker.service",
    }


def named_variables() -> set[str]:
    """The variables that the files set for a program, or ask the operator for."""
    found = set[str]()
    for path in FOLDER.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"\b((?:KMI|PREFECT|POSTGRES)_[A-Z_]+)\b", text))
    return found


def test_every_variable_is_one_that_a_program_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    import prefect.settings

    ours = {option.envvar for command in main.commands.values() for option in command.params if option.envvar}
    compose = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    substituted = set(re.findall(r"\$\{(\w+)[:}]", compose))
    of_prefect = {name for name in named_variables() if name.startswith("PREFECT_") and name not in substituted}
    unknown = {name for name in of_prefect if not hasattr(prefect.settings, name)}
    assert not hasattr(prefect.settings, "PREFECT_NO_SUCH_SETTING")
    assert unknown <= {"PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER"}, "that one is a path in Prefect's logging.yml"
    assert len(of_prefect) > 5
    assert {name for name in named_variables() if name.startswith("KMI_")} <= ours | substituted
    example = (FOLDER / "env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == substituted


def test_the_images_are_of_this_version_and_pinned() -> None:
    version = re.search(r'^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    images = [one for path in YAMLS for document in documents(path) for one in values(document, "image")]
    named = [one for one in images if isinstance(one, str)]
    tags = [str(one["prefectTag"]) for one in images if isinstance(one, dict)]
    ours = [one for one in named if "kmi:" in one]
    assert len(ours) >= 4
    assert {one.rpartition(":")[2] for one in ours} | set(tags) == {version[1]}
    assert all(re.search(r":[\d.]+$", one) for one in named)


def test_the_containerfile_copies_what_the_wheel_needs_and_is_not_root() -> None:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = (\[.+\])$", project, re.MULTILINE)
    assert packages is not None
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    assert copied == set(json.loads(packages[1]))
    for name in (word for line in re.findall(r"^COPY ([^-].*) \./$", text, re.MULTILINE) for word in line.split()):
        assert (CHECKOUT / name).is_file()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE)[-1] == "1001"
    uv = re.search(r"^UV_VERSION = (.+)$", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert uv is not None
    assert f"uv=={uv[1]}" in text


def test_no_pod_runs_as_root_or_may_gain_rights() -> None:
    pods = [
        pod
        for path in (FOLDER / "kubernetes").glob("*.yaml")
        for document in documents(path)
        for template in values(document, "template")
        for pod in [template["spec"]]
    ]
    assert len(pods) == 3
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert {mount["name"] for mount in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    programs = Path(sys.executable).parent
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/kmi/bin/", f"{programs}/")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / unit.name) for unit in UNITS)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "kmi-" in line]
    assert (done.returncode, ours) == (0, [])


def test_each_timer_starts_a_service_that_is_here() -> None:
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]
    assert len(timers) == 2
    for timer in timers:
        text = timer.read_text(encoding="utf-8")
        assert timer.with_suffix(".service").is_file()
        assert "RandomizedDelaySec=" in text
        assert "OnCalendar=" in text
