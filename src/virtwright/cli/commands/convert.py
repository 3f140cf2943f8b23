"""``convert``: a Compose file becomes a stack, a YAML stack a Python one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from virtwright.cli.settings import Settings

ComposeFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="The Compose file or its folder. Default: found as docker compose does, COMPOSE_FILE included.",
    ),
]
More = Annotated[
    list[Path] | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="Another Compose file, merged over those before it. May be repeated."
    ),
]
Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", metavar="NAME", help="Activate a profile; * means all. May be repeated."),
]
EnvFiles = Annotated[
    list[Path] | None,
    typer.Option("--env-file", metavar="FILE", help="Variables for ${...}. Default: .env beside the Compose file."),
]
ProjectName = Annotated[
    str | None, typer.Option("--project-name", metavar="NAME", help="The stack's name. Default: as Compose names it.")
]
HostUri = Annotated[str, typer.Option("--host", metavar="URI", help="Where the stack will run.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="PATH", help="Where to write the stack; - prints it. Default: NAME.yaml."),
]
To = Annotated[
    Literal["yaml", "python"],
    typer.Option(
        "--to",
        help="yaml: a YAML stack of a Compose file. python: a Pulumi project of a YAML stack, in the folder --output.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail, and write nothing, if a key has no counterpart.")]
Force = Annotated[bool, typer.Option("--force", help="Write over files that are there.")]
_STDOUT = Path("-")


def convert(
    settings: Settings,
    file: ComposeFile = None,
    more: More = None,
    profile: Profiles = None,
    env_file: EnvFiles = None,
    project_name: ProjectName = None,
    host: HostUri = "docker:///",
    to: To = "yaml",
    output: Output = None,
    strict: Strict = False,
    force: Force = False,
) -> int:
    """Make a stack of a Compose file, or a Python stack of a YAML stack. What has no counterpart is listed key by key;
    nothing is dropped in silence."""
    import os

    if to == "python":
        from virtwright.cli.python_project import convert_stack

        return convert_stack(settings, file, output, force=force)
    from virtwright.cli.converting import check_host, finish
    from virtwright.stacks.compose.convert.whole import convert as to_stack
    from virtwright.stacks.compose.load import load_project
    from virtwright.stacks.compose.project import Request

    check_host(host)
    files = (*([file] if file else ()), *(more or ()))
    request = Request(files, tuple(env_file or ()), tuple(profile or ()), project_name or settings.stack)
    project = load_project(request, dict(os.environ), Path.cwd())
    place = output or Path(f"{project.name}.yaml")
    folder = Path.cwd() if place == _STDOUT else place.absolute().parent
    converted = to_stack(project, host, folder)
    return finish(settings, project, converted, place, strict=strict, force=force)
