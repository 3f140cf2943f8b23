"""Where a service's image comes from: a registry, or a build."""

import os
from pathlib import Path

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.secrets import environment_value
from virtwright.stacks.compose.item import Item, text_of


def convert_image(fields: Fields, entry: Entry, draft: Draft) -> None:
    reference = fields.text("image")
    if fields.get("build") is not None:
        entry.put("image", _build(fields, reference, draft), fields, "build")
    elif reference is None:
        fields.books.wrong(fields.item, fields.path, "a service needs image or build", "name an image, as image: nginx")
    else:
        entry.put("image", _pulled(fields, reference, draft), fields, "image")
    entry.put("docker.platform", fields.text("platform"), fields, "platform")


def built_by(draft: Draft) -> dict[str, str]:
    """Which image of the stack has which name in a registry: other services may start from what one builds."""
    return {
        tag: image.name for image in draft.sections.get("images", {}).values() for tag in image.values.get("tags", ())
    }


def _build(fields: Fields, reference: str | None, draft: Draft) -> str:
    name = draft.name("services", fields.path[-1])
    image = draft.entry("images", name)
    build = fields.below("build")
    folder = build.text("context")
    context = build.get("context")
    base = context.spot.folder if context else build.item.spot.folder
    if folder and ("://" in folder or folder.startswith("git@")):
        build.books.ledger.tell(
            "lost", build.item, build.path, "a build from a repository", "clone it, and name the folder"
        )
    image.put("source.build.context", _path(base, folder or ".", draft.folder), build, "context")
    image.put("source.build.dockerfile", build.text("dockerfile"), build, "dockerfile")
    image.put("source.build.target", build.text("target"), build, "target")
    image.put("source.build.cache_from", build.texts("cache_from"), build, "cache_from")
    image.put("source.build.args", _arguments(build, draft), build, "args")
    tags = [*([reference] if reference else []), *build.texts("tags")]
    image.put("tags", list(dict.fromkeys(tags)), fields, "image")
    _platform(fields, build, image)
    if fields.text("pull_policy") == "never":
        fields.tell("note", "pull_policy", "the image is built, so that nothing is pulled")
    return name


def _platform(fields: Fields, build: Fields, image: Entry) -> None:
    platforms = build.get("platforms")
    if platforms is not None and len(platforms.sequence) > 1:
        build.tell("lost", "platforms", "an image for several platforms at once", "build it for one, named by platform")
        return
    named = build.texts("platforms")
    platform = fields.get("platform")
    chosen = named[0] if named else text_of(platform.value) if platform else None  # type: ignore[arg-type]
    image.put("platform", chosen, build, "platforms")


def _arguments(build: Fields, draft: Draft) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, each in build.below("args").item.map.items():
        path = build.at("args", name)
        value = draft.project.variables.get(name) if each.value is None else text_of(each.value)  # type: ignore[arg-type]
        if value is None:
            build.books.ledger.tell("note", each, path, "has no value, neither here nor in the environment: left out")
        else:
            build.books.ledger.use(each)
            found[name] = environment_value(draft, name, value, each.variable, build.path[1])
    return found


def _path(base: Path, text: str, folder: Path) -> str:
    """As paths in a stack are written: relative to its folder."""
    absolute = Path(os.path.normpath(base / Path(text).expanduser()))
    relative = os.path.relpath(absolute, folder)
    return relative if relative == "." or relative.startswith("..") else f"./{relative}"


def local_path(item: Item, folder: Path) -> str:
    """The path that an item holds, written as paths in a stack are."""
    return _path(item.spot.folder, text_of(item.value), folder)  # type: ignore[arg-type]


_PULLED_AGAIN = ("daily", "weekly", "refresh")


def _pulled(fields: Fields, reference: str, draft: Draft) -> str:
    policy = fields.text("pull_policy")
    if policy == "always":
        name = draft.name("services", fields.path[-1])
        image = draft.entry("images", name)
        image.put("source", reference, fields, "image")
        image.put("pull", "always", fields, "pull_policy")
        return name
    if policy == "never":
        fields.tell(
            "lost", "pull_policy", "never pull: fail where the image is not there", "load it: images with archive"
        )
    elif policy and (policy in _PULLED_AGAIN or policy.startswith("every_")):
        fields.tell("lost", "pull_policy", "pull again after some time", "pull_policy: always, or apply by the clock")
    elif policy == "build":
        fields.tell("lost", "pull_policy", "build the image at each start", "say how it is built, with build")
    return reference
