"""Hostile text in every field that reaches a shell, a mount, the packet filter, a hosts file or first-boot configuration:
refused with its place, or delivered to the letter. Nothing that it smuggles in is run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from tests.e2e.operator_lab import Answer, Operator

pytestmark = [pytest.mark.root, pytest.mark.slow]

CANARY: Final = "virtwright-canary"
RUN: Final = f"touch /tmp/{CANARY}"
HOSTILE: Final = (
    f"$({RUN})",
    f"`{RUN}`",
    f"x; {RUN}",
    f"x\n{RUN}\n",
    f"'; {RUN}; '",
    f'"; {RUN}; "',
    f'" add rule inet x {RUN}',
    "-oProxyCommand=x",
    "--version",
    "../../../tmp",
    "{{ 7 * 7 }}",
    "%s%n",
    "a,upperdir=/etc,b",
    "]]>&amp;<x/>",
    "# }\nruncmd:\n - [touch, /tmp/virtwright-canary]\n",
    "10.0.0.1 evil",
    "safe\u202ecod.exe",
    "a\tb\\n$IFS",
)


def container(field: str, text: str) -> dict[str, Any]:
    """A container with ``text`` in one of its fields, where the host's kernel, shell or files could take it for more."""
    base: dict[str, Any] = {
        "image": "host",
        "command": ["sleep", "600"],
        "stop_signal": "SIGKILL",
        "networks": ["back"],
    }
    more: Mapping[str, dict[str, Any]] = {
        "alias": {"networks": [{"network": "back", "aliases": [text]}]},
        "hostname": {"hostname": text},
        "user": {"user": text},
        "working_dir": {"working_dir": f"/{text}"},
        "mount": {"volumes": [{"volume": "data", "mount": f"/mnt/{text}"}]},
        "bind": {"volumes": [{"source": f"/nowhere/{text}", "mount": "/mnt"}]},
        "path": {"files": [{"path": f"/etc/vw/{text}", "content": "x"}]},
        "capability": {"capabilities": [text]},
        "healthcheck": {"healthcheck": {"http": f"80/{text}"}},
        "label": {"labels": {"label": text}, "description": text},
        "label name": {"labels": {text: "x"}},
        "variable": {"environment": {text: "x"}},
    }
    return {**base, **more[field]}


FIELDS: Final = (
    "alias",
    "hostname",
    "user",
    "working_dir",
    "mount",
    "bind",
    "path",
    "capability",
    "healthcheck",
    "label",
    "label name",
    "variable",
)


def stack(resources: Mapping[str, Any]) -> str:
    parts = {
        "stack": "hostile",
        "hosts": {"here": {"uri": "HOST"}},
        "networks": {"back": {"mode": "isolated"}},
        "volumes": {"data": {}},
        **resources,
    }
    return "".join(f"{section}: {json.dumps(entries)}\n" for section, entries in parts.items())


def refused(answer: Answer, section: str) -> set[str]:
    """The names of the resources that were refused; each with its place."""
    [failed] = answer.events("command-failed")
    problems = [problem for problem in failed["problems"] if "more than" not in problem["message"]]
    for problem in problems:
        assert problem["message"]
        assert problem["where"]["line"] is not None, problem
    paths = [problem["where"]["path"].split(".") for problem in problems]
    return {path[1] for path in paths if path[0] == section}


def _refused_of(operator: Operator, containers: Mapping[str, Any]) -> set[str]:
    """At most a hundred problems are told at once."""
    operator.write(stack({"containers": containers}), "hostile.yaml")
    process = operator.start("validate", "--json")
    out, err = process.communicate(timeout=120)
    return set() if process.returncode == 0 else refused(Answer(process.returncode, out, err), "containers")


def canaries(operator: Operator) -> list[Path]:
    """Where smuggled commands left their mark: on the machine, or in what was made."""
    folders = [operator.runtime.kind_folder(kind) for kind in ("Container", "VirtualMachine")]
    inside = [path for folder in folders for path in folder.glob(f"*/layer/*/tmp/{CANARY}")]
    return [path for path in (Path("/tmp") / CANARY, operator.folder / CANARY, *inside) if path.exists()]


def _fits_a_label(text: str) -> bool:
    return "\n" not in text and "\u202e" not in text


def escaped(text: str) -> str:
    """As it must stand in a stack for a plain ``${``."""
    return text.replace("${", "$${")


def test_text_of_the_user_s_own_comes_through_to_the_letter(operator: Operator) -> None:
    """In an environment, as arguments, in files, at the first boot: the reader gets each byte."""
    words = [escaped(text) for text in HOSTILE]
    reader = 'printf "%s\\0" "$@" > /seen; env -0 > /variables; exec sleep 600'
    web = {
        "image": "host",
        "command": ["sh", "-c", reader, "sh", *words],
        "environment": {f"V{number}": text for number, text in enumerate(words)},
        "files": [{"path": f"/in/{number}", "content": text} for number, text in enumerate(words)],
        "labels": {f"l{number}": text for number, text in enumerate(words) if _fits_a_label(text)},
        "description": " ".join(words[:3]),
    }
    boot = {"write_files": web["files"], "runcmd": [["sh", "-c", 'printf "%s\\0" "$@" > /seen', "sh", *words]]}
    operator.write(
        stack({"containers": {"web": web}, "vms": {"db": {"image": "host", "memory": "64MiB", "cloud_init": boot}}})
    )
    plan = operator.type("plan").out
    assert "\u202e" not in plan
    operator.type("apply", "--yes")
    operator.type("plan", "--exit-code")
    expected = "\0".join(HOSTILE) + "\0"
    for name in ("web", "db"):
        assert operator.type("exec", name, "--", "cat", "/seen").out == expected
        files = [f"/in/{number}" for number in range(len(HOSTILE))]
        assert operator.type("exec", name, "--", "cat", *files).out == "".join(HOSTILE)
    variables = operator.type("exec", "web", "--", "cat", "/variables").out.split("\0")
    assert {f"V{number}={text}" for number, text in enumerate(HOSTILE)} <= set(variables)
    assert operator.type("exec", "web", "--", "printf", "%s\\0", *HOSTILE).out == expected
    assert canaries(operator) == []


def test_hostile_names_and_paths_are_refused_or_are_only_names(operator: Operator) -> None:
    """Each field with each text, in one stack: what validation lets through is applied, and runs nothing."""
    cases = [(field, text) for field in FIELDS for text in HOSTILE]
    containers = {f"c{number}": container(field, escaped(text)) for number, (field, text) in enumerate(cases)}
    good = containers
    while bad := _refused_of(operator, good):
        good = {name: entry for name, entry in good.items() if name not in bad}
    by_field = {
        field: [name for name, (each, _) in zip(containers, cases, strict=True) if each == field and name in good]
        for field in FIELDS
    }
    assert not by_field["hostname"]
    assert not by_field["capability"]
    assert not by_field["variable"]
    assert len(by_field["label"]) == sum(map(_fits_a_label, HOSTILE))
    chosen = {name: good[name] for names in by_field.values() for name in names[:4]}
    operator.write(stack({"containers": chosen}), "hostile.yaml")
    process = operator.start("apply", "--yes", "--json", "--continue-on-error")
    out, err = process.communicate(timeout=200)
    answer = Answer(process.returncode, out, err)
    assert answer.code in (0, 1), err
    for failure in answer.events("step-failed"):
        assert "internal" not in failure["problem"]["message"]
        assert "Traceback" not in failure["problem"]["message"]
    assert "bug" not in err
    assert canaries(operator) == []
    assert len(answer.events("step-finished")) > len(chosen) // 2


@pytest.mark.parametrize("section", ["networks", "volumes", "containers", "vms", "hosts", "config", "outputs"])
def test_hostile_names_of_resources_are_refused(operator: Operator, section: str) -> None:
    entries: Any = {text: {} for text in HOSTILE}
    operator.write(stack({section: entries}), "hostile.yaml")
    answer = operator.type("validate", "--json", code=1)
    [failed] = answer.events("command-failed")
    assert len(failed["problems"]) >= len(HOSTILE)
    assert canaries(operator) == []
    assert not operator.runtime.path.exists()


def test_hostile_words_on_the_command_line_are_no_names(operator: Operator) -> None:
    operator.write(stack({}), "shop.yaml")
    for text in HOSTILE:
        for words in (("--target", text), ("--config", f"{text}=1"), ("--stack", text)):
            process = operator.start("plan", "shop.yaml", *words)
            _, err = process.communicate(timeout=120)
            assert process.returncode == 1
            assert err.startswith("error:")
            assert "\u202e" not in err
        break
    assert canaries(operator) == []
