"""How a service is seen to be healthy, what it needs first, and when it is started again."""

from typing import Any

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.links import add_aliases
from virtwright.stacks.yaml.written import Duration

_INTERVAL, _TIMEOUT, _START_INTERVAL = 30.0, 30.0, 5.0
"""Docker's defaults, which are not those of a stack."""
_TIMES = ("interval", "timeout", "start_period", "start_interval")


def convert_health(fields: Fields, entry: Entry) -> None:
    check = fields.below("healthcheck")
    test = check.get("test")
    words = [each.value for each in test.sequence] if test else []
    if check.boolean("disable") or words[:1] == ["NONE"]:
        check.take("test")
        entry.put("healthcheck", "none", fields, "healthcheck")
    elif len(words) > 1 and words[0] in ("CMD", "CMD-SHELL"):
        made: dict[str, Any] = {"command": check.texts("test")[1:] if words[0] == "CMD" else check.texts("test")[1]}
        given = {name: value for name in _TIMES if (value := check.duration(name)) is not None}
        given = {
            "interval": _INTERVAL,
            "timeout": _TIMEOUT,
            **{k: v for k, v in given.items() if v or k == "start_period"},
        }
        if given.get("start_period"):
            given.setdefault("start_interval", _START_INTERVAL)
        made |= {name: Duration(given[name]) for name in _TIMES if name in given}
        if retries := check.integer("retries"):
            made["retries"] = retries
        entry.put("healthcheck", made, fields, "healthcheck")
    elif test is not None:
        hint = "write [CMD, PROGRAM, ...], [CMD-SHELL, COMMAND] or [NONE]"
        check.books.wrong(test, check.at("test"), "this is no test", hint)


def convert_dependencies(fields: Fields, draft: Draft) -> None:
    """Once all services are there: a condition is a wish to the one that is waited for."""
    entry = draft.container(fields.path[-1])
    assert entry is not None
    needed: list[str] = []
    for name, each in fields.below("depends_on").entries():
        other = draft.container(name)
        if other is None:
            _absent(name, each, draft)
            continue
        needed.append(_address(other, draft))
        condition = each.text("condition") or "service_started"
        each.boolean("required")
        restart = each.get("restart")
        if restart is not None and restart.value is not False:
            each.tell("lost", "restart", f"start it again whenever {name} was", "restart it, or let it connect again")
        else:
            each.take("restart")
        _wait(other, name, condition, each)
    needed += _links(fields, draft)
    entry.put("depends_on", list(dict.fromkeys(needed)), fields, "depends_on")


def _absent(name: str, each: Fields, draft: Draft) -> None:
    required = each.boolean("required") is not False
    if name not in draft.project.section("services"):
        each.books.wrong(each.item, each.path, f"there is no service {name!r}")
    elif required:
        hint = "activate it:\n    virtwright convert --profile PROFILE"
        each.books.wrong(each.item, each.path, f"needs {name}, whose profile is not active", hint)
    else:
        each.tell_self("note", f"does not need {name}, whose profile is not active")


def _address(other: Entry, draft: Draft) -> str:
    """The name alone where only one section has it."""
    with_it = [section for section, entries in draft.sections.items() if other.name in entries]
    return other.name if len(with_it) == 1 else f"{other.section}.{other.name}"


def _wait(other: Entry, name: str, condition: str, each: Fields) -> None:
    words = {"service_started": None, "service_healthy": "healthy", "service_completed_successfully": "completed"}
    if condition not in words:
        each.books.wrong(
            each.item, each.at("condition"), f"there is no condition {condition!r}", f"one of {', '.join(words)}"
        )
        return
    word = words[condition]
    if word is None:
        return
    waits = other.values.setdefault("wait_for", {})
    if waits and word not in waits:
        each.tell(
            "lost", "condition", f"{name} can't be waited for as healthy and as completed", "wait for one of them"
        )
        return
    if word == "healthy" and other.values.get("healthcheck") == "none":
        each.books.wrong(each.item, each.at("condition"), f"the health check of {name} is disabled")
        return
    waits[word] = True
    if word == "completed" and other.values.get("restart") in ("always", "unless-stopped"):
        means = f"{name} is started again for ever, so that it never completes: it is started again on failure only"
        each.tell("changed", "condition", means)
        other.values["restart"] = "on-failure"
    other.origins["wait_for",] = (each.item, each.path)


def _links(fields: Fields, draft: Draft) -> list[str]:
    """``links`` and the services whose namespaces and volumes are used are needed as well."""
    needed = []
    item = fields.get("links")
    for index, text in enumerate(fields.texts("links")):
        assert item is not None
        one = Fields(item.sequence[index], (*fields.at("links"), f"[{index}]"), fields.books)
        name, _, alias = text.partition(":")
        other = draft.container(name)
        if other is None:
            fields.books.wrong(one.item, one.path, f"there is no service {name!r}")
            continue
        needed.append(_address(other, draft))
        if alias and alias != name:
            if add_aliases(name, [alias], draft):
                one.tell_self(
                    "changed", f"the name {alias} for {name}: all members of its networks know it, not only this one"
                )
            else:
                one.tell_self("lost", f"the name {alias} for {name}", f"use the name {name}")
    fields.tell("lost", "external_links", "a link to a container that is not in this file", "join its network")
    for text in _used(fields):
        other = draft.container(text)
        if other is not None:
            needed.append(_address(other, draft))
    return needed


def _used(fields: Fields) -> list[str]:
    modes = [fields.get(key) for key in ("network_mode", "ipc", "pid")]
    names = [str(mode.value).partition(":") for mode in modes if mode]
    volumes = fields.get("volumes_from")
    mounts = [str(each.value).partition(":")[0] for each in volumes.sequence] if volumes else []
    return [name for kind, _, name in names if kind == "service"] + mounts


def convert_restart(fields: Fields, entry: Entry, draft: Draft) -> None:
    """``deploy.restart_policy`` counts before ``restart``. Without any of them Compose never starts it again; a Swarm does."""
    policy = fields.below("deploy").below("restart_policy")
    condition, restart = policy.text("condition"), fields.text("restart")
    attempts: str | None = None
    if restart and restart.startswith("on-failure:"):
        restart, _, attempts = restart.partition(":")
    if policy.item.map:
        restart = {"none": "no", "any": "always"}.get(condition or "any", condition)
    if restart is None:
        restart = "always" if draft.swarm else "no"
    entry.put(
        "restart",
        "no" if restart == "false" else restart,
        *((policy, "condition") if policy.item.map else (fields, "restart")),
    )
    if attempts is not None and draft.swarm:
        entry.put("docker.restart_attempts", int(attempts), fields, "restart")
    elif attempts is not None:
        fields.tell(
            "changed",
            "restart",
            f"starts again at most {attempts} times; here without end",
            "in a Swarm: docker.restart_attempts",
        )
    if draft.swarm:
        delay, window = policy.duration("delay"), policy.duration("window")
        entry.put("docker.restart_delay", Duration(delay) if delay is not None else None, policy, "delay")
        entry.put("docker.restart_window", Duration(window) if window is not None else None, policy, "window")
        entry.put("docker.restart_attempts", policy.integer("max_attempts"), policy, "max_attempts")
    else:
        for key in ("delay", "window", "max_attempts"):
            policy.tell(
                "lost", key, "how soon and how often it is started again, which a Swarm knows", "--host swarm:///"
            )
