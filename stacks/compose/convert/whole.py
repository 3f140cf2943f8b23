"""A whole project becomes a stack."""

from dataclasses import field
from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.convert.deploy import convert_deploy, section_of
from virtwright.stacks.compose.convert.draft import CONTAINERS, Draft, Entry
from virtwright.stacks.compose.convert.engine import convert_engine, convert_name
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.fitting import drop_what_does_not_fit
from virtwright.stacks.compose.convert.health import convert_dependencies, convert_health, convert_restart
from virtwright.stacks.compose.convert.images import built_by, convert_image
from virtwright.stacks.compose.convert.ledger import Finding
from virtwright.stacks.compose.convert.links import add_aliases
from virtwright.stacks.compose.convert.links import convert_networks as convert_memberships
from virtwright.stacks.compose.convert.ports import convert_ports
from virtwright.stacks.compose.convert.process import convert_process
from virtwright.stacks.compose.convert.resources import account_for_files, convert_networks, convert_volumes
from virtwright.stacks.compose.convert.storage import convert_storage, mounts_of
from virtwright.stacks.compose.project import Project
from virtwright.stacks.yaml.written import Reference

_ROOT: Final = "host"
"""As the image of a container: its host's own root file system. In a Compose file it is an image of Docker Hub."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A stack, and what is to be told of the way to it."""

    name: str
    host: str
    config: dict[str, dict[str, Any]]
    sections: dict[str, dict[str, Entry]]
    secrets: dict[str, str] = field(repr=False)
    """Values of the configuration keys that are secret."""
    findings: tuple[Finding, ...] = ()

    @property
    def lost(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.weight == "lost")


def convert(project: Project, host: str, folder: Path) -> Converted:
    """``host`` is the URI of the host; the stack's file will lie in ``folder``. Raises ``InputError`` with everything that Compose itself would refuse."""
    draft = Draft(project, host, folder)
    services = _active(draft)
    convert_networks(draft, services)
    convert_volumes(draft, services)
    for name, fields in services.items():
        _service(name, fields, draft)
    for name, fields in services.items():
        mounts_of(fields, draft)
        convert_dependencies(fields, draft)
        _container_name(name, fields, draft)
    account_for_files(draft, services)
    _start_from_built_images(draft)
    _refer_to_services(draft)
    draft.books.ledger.use(project.model.get("name") or project.model.beside({}))
    draft.books.problems.check()
    drop_what_does_not_fit(draft)
    draft.books.problems.check()
    ledger = draft.books.ledger
    ledger.findings += [Finding("note", each.where, each.message, each.hint) for each in project.warnings]
    ledger.close(project.model)
    return Converted(project.name, host, draft.config, draft.sections, draft.secrets, tuple(ledger.findings))


def _active(draft: Draft) -> dict[str, Fields]:
    active = {}
    for name, fields in draft.fields("services"):
        if draft.project.active(fields.item):
            fields.take("profiles")
            active[name] = fields
        else:
            names = ", ".join(str(each.value) for each in fields.item.map["profiles"].sequence)
            hint = f"convert it too:\n    virtwright convert --profile {names.partition(',')[0]}"
            fields.tell_self("note", f"left out: its profile {names} is not active", hint)
    if not active:
        message = "no service is active" if draft.project.section("services") else "there are no services"
        raise InputError.one(
            message, where=draft.project.model.where(("services",)), hint="activate one with --profile"
        )
    return active


def _service(name: str, fields: Fields, draft: Draft) -> None:
    entry = draft.entry(section_of(fields.item, draft), draft.name("services", name))
    if entry.name != name:
        entry.comment = f"{name} in the Compose file"
    convert_image(fields, entry, draft)
    convert_process(fields, entry, draft)
    convert_memberships(fields, entry, draft)
    convert_ports(fields, entry, draft)
    convert_storage(fields, entry, draft)
    convert_deploy(fields, entry, draft)
    convert_health(fields, entry)
    convert_restart(fields, entry, draft)
    convert_engine(fields, entry, draft)


def _container_name(name: str, fields: Fields, draft: Draft) -> None:
    entry = draft.container(name)
    item = fields.get("container_name")
    assert entry is not None
    if item is not None:
        given = str(item.value)
        convert_name(fields, entry, given != entry.name and add_aliases(name, [given], draft))


def _start_from_built_images(draft: Draft) -> None:
    """A service may start from the image that another one builds; and no name may mean a resource, or a host, by chance."""
    built = built_by(draft)
    images = draft.sections.get("images", {})
    for section in CONTAINERS:
        for entry in draft.sections.get(section, {}).values():
            image = entry.values.get("image")
            if entry.name in images:
                continue
            if image in built:
                entry.values["image"] = built[image]
            elif image in images or image == _ROOT:
                entry.values["image"] = f"docker.io/library/{image}"


def _refer_to_services(draft: Draft) -> None:
    """References to containers were written before it was known that some are services, which have no single name."""
    for section in CONTAINERS:
        for entry in draft.sections.get(section, {}).values():
            for key in ("network_mode", "pid_mode", "ipc_mode"):
                text = entry.values.get("docker", {}).get(key)
                if not isinstance(text, Reference):
                    continue
                name = text.removeprefix("container:${containers.").removesuffix(".name}")
                if name not in draft.sections.get("containers", {}):
                    item, path = entry.origins["docker", key]
                    draft.books.ledger.tell("lost", item, path, f"shares with {name}, of which there are copies", None)
                    del entry.values["docker"][key]
