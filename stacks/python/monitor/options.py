"""Options of a ``RegisterResourceRequest``: what a transform may change, and what the engine makes of them. Pure."""

from typing import Any, Final

from virtwright.errors import InputError
from virtwright.schemas.options import Timeouts
from virtwright.schemas.quantities import parse_duration
from virtwright.stacks.python.messages import resource_pb2

_SHARED: Final = (
    ("depends_on", "dependencies"),
    ("ignore_changes", "ignoreChanges"),
    ("replace_on_changes", "replaceOnChanges"),
    ("aliases", "aliases"),
    ("additional_secret_outputs", "additionalSecretOutputs"),
    ("hide_diff", "hideDiffs"),
    ("replace_with", "replace_with"),
)
"""Lists, by their name in a transform's options and in the request."""
_TEXTS: Final = (
    ("version", "version"),
    ("provider", "provider"),
    ("plugin_download_url", "pluginDownloadURL"),
    ("deleted_with", "deletedWith"),
    ("import", "importId"),
)
MOMENTS: Final = ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")


def to_transform(request: Any) -> Any:
    """The options of a request as a transform sees them."""
    options = resource_pb2.TransformResourceOptions()
    for theirs, ours in _SHARED:
        getattr(options, theirs).extend(getattr(request, ours))
    for theirs, ours in _TEXTS:
        setattr(options, theirs, getattr(request, ours))
    for theirs, ours in (("protect", "protect"), ("retain_on_delete", "retainOnDelete")):
        if request.HasField(ours):
            setattr(options, theirs, getattr(request, ours))
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    options.providers.update(request.providers)
    for theirs, ours in (("custom_timeouts", "customTimeouts"), ("hooks", "hooks"), ("replacement_trigger",) * 2):
        if request.HasField(ours):
            getattr(options, theirs).CopyFrom(getattr(request, ours))
    return options


def from_transform(options: Any, request: Any) -> None:
    """Put what a transform answered into the request."""
    for theirs, ours in _SHARED:
        request.ClearField(ours)
        getattr(request, ours).extend(getattr(options, theirs))
    for theirs, ours in _TEXTS:
        setattr(request, ours, getattr(options, theirs))
    for theirs, ours in (("protect", "protect"), ("retain_on_delete", "retainOnDelete")):
        request.ClearField(ours)
        if options.HasField(theirs):
            setattr(request, ours, getattr(options, theirs))
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("providers")
    request.providers.update(options.providers)
    for theirs, ours in (("custom_timeouts", "customTimeouts"), ("hooks", "hooks"), ("replacement_trigger",) * 2):
        request.ClearField(ours)
        if options.HasField(theirs):
            getattr(request, ours).CopyFrom(getattr(options, theirs))


def timeouts(request: Any) -> Timeouts:
    """The custom timeouts. Raises ``InputError`` for what is no duration."""
    given = request.customTimeouts
    return Timeouts(
        create=_seconds(given.create, "create"),
        update=_seconds(given.update, "update"),
        delete=_seconds(given.delete, "delete"),
    )


def _seconds(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise InputError.one(f"custom_timeouts.{name}: {error}") from error
    if seconds <= 0:
        raise InputError.one(f"custom_timeouts.{name} must be more than nothing")
    return seconds


def hook_names(request: Any) -> dict[str, tuple[str, ...]]:
    """By moment: the names of the hooks that the resource has."""
    if not request.HasField("hooks"):
        return {}
    moments = {moment: tuple(getattr(request.hooks, moment)) for moment in (*MOMENTS, "on_error")}
    return {moment: names for moment, names in moments.items() if names}
