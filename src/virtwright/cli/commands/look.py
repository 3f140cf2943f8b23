"""``output``, ``show``, ``status`` and ``graph``: what there is."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from virtwright.cli.arguments import FileArgument, RunProgram, ShowSecrets, Untrusted
from virtwright.cli.completing import known_resources
from virtwright.cli.settings import Settings

ResourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="RESOURCE", help="As vms.db, as db where that is unique, or the URN.", autocompletion=known_resources
    ),
]


class GraphFormat(StrEnum):
    """What ``graph`` can write."""

    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"


def output(
    settings: Settings,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Print this one only, without its name.")] = None,
    show_secrets: ShowSecrets = False,
) -> None:
    """Print the stack's outputs, as the last apply left them."""
    from virtwright.cli.json_lines import to_json
    from virtwright.cli.render.outputs import output_lines, shown, value_line
    from virtwright.cli.session import Session

    with Session(settings) as session:
        outputs = {key: shown(value, secrets=show_secrets) for key, value in session.state().outputs().items()}
        if name is not None:
            value = _one_output(outputs, name)
            session.print_value(json.dumps(to_json(value)) if settings.json else value_line(value))
        elif settings.json:
            print(json.dumps(to_json(outputs), indent=2))
        else:
            for line in output_lines(outputs):
                session.out.print(line, soft_wrap=True)


def _one_output(outputs: dict[str, object], name: str) -> object:
    import difflib

    from virtwright.errors import InputError

    if name in outputs:
        return outputs[name]
    near = difflib.get_close_matches(name, outputs, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(outputs)) or 'none'}"
    raise InputError.one(f"there is no output {name!r}", hint=hint)


def show(settings: Settings, resource: ResourceArgument, show_secrets: ShowSecrets = False) -> None:
    """Print what the state holds of one resource: its inputs, its outputs and its last change."""
    from virtwright.cli.records import find_record, record_to_json
    from virtwright.cli.render.records import record_lines
    from virtwright.cli.session import Session

    with Session(settings) as session:
        state = session.state()
        record = find_record(state, resource)
        last = next((each for each in state.history() if each.urn == record.urn), None)
        if settings.json:
            print(json.dumps(record_to_json(record, last, secrets=show_secrets), indent=2))
        else:
            for line in record_lines(record, last, secrets=show_secrets):
                session.out.print(line, soft_wrap=True)


def status(settings: Settings) -> int:
    """Ask the hosts, and print each resource with its state, address, health and age. Exits with 1 where one is ill."""
    from virtwright.cli.render.status import print_status
    from virtwright.cli.session import Session
    from virtwright.cli.status import survey

    with Session(settings) as session:
        rows = survey(session.store, session.state())
        if settings.json:
            print(json.dumps([row.to_json() for row in rows], indent=2))
        else:
            print_status(session.out, rows)
        return 0 if all(row.well for row in rows) else 1


def graph(
    settings: Settings,
    file: FileArgument = None,
    format: Annotated[GraphFormat, typer.Option("--format", help="What to write.")] = GraphFormat.DOT,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Write to this file.")] = None,
    run_program: RunProgram = False,
    untrusted: Untrusted = False,
) -> None:
    """Print the stack's dependency graph. That of a Python stack is known when its program was run."""
    import asyncio

    from virtwright.cli.graphviz import to_svg
    from virtwright.cli.render.graph import build_graph, to_dot, to_mermaid
    from virtwright.cli.session import Session
    from virtwright.cli.trusting import trust_in
    from virtwright.cli.validation import refuse_to_run
    from virtwright.engine.goals import collect_goals

    with Session(settings, trust_in(file, untrusted=untrusted)) as session:
        if out is not None:
            session.trust.check_output(out)
        program = session.program(file, decrypt=False)
        if not run_program:
            refuse_to_run(program, session.trust)
        built = build_graph(program.name.short, asyncio.run(collect_goals(program)))
    text = to_mermaid(built) if format is GraphFormat.MERMAID else to_dot(built)
    text = to_svg(text) if format is GraphFormat.SVG else text
    if out is None:
        print(text, end="")
    else:
        _write(out, text)


def _write(path: Path, text: str) -> None:
    from virtwright.errors import InputError, Where

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError.one(f"can't write the graph: {error.strerror}", where=Where(file=str(path))) from error
