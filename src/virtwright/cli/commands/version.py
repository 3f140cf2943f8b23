"""``version`` and ``schema``: what virtwright says of itself."""

import json

from virtwright.cli.settings import Settings


def version(settings: Settings) -> None:
    """Print virtwright's version."""
    import platform

    from virtwright.cli.render.bug import program_version

    if settings.json:
        print(json.dumps({"virtwright": program_version(), "python": platform.python_version()}))
    else:
        print(f"virtwright {program_version()} (Python {platform.python_version()})")


def schema(settings: Settings) -> None:
    """Print the JSON Schema of a stack file, for completion in an editor."""
    from virtwright.schemas.stack import stack_json_schema

    print(json.dumps(stack_json_schema(), indent=2))
