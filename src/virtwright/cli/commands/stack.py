"""``validate``, ``plan``, ``apply``, ``destroy`` and ``refresh``: what is done with a whole stack."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from virtwright.cli.arguments import (
    ContinueOnError,
    DataLosses,
    DestroyExcludes,
    DestroyLosts,
    DestroyTargets,
    Excludes,
    FileArgument,
    GiveUps,
    LeaseWait,
    Losts,
    NewHosts,
    NewSource,
    RefreshExcludes,
    RefreshTargets,
    Replaces,
    RunForHosts,
    RunProgram,
    TakeOvers,
    Targets,
    Untrusted,
    Yes,
)
from virtwright.cli.settings import Settings

if TYPE_CHECKING:
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session
    from virtwright.engine.plan import Plan, RunOptions
    from virtwright.engine.plan_file import SavedPlan
    from virtwright.stacks.base import Program

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="PLAN", help="Save the plan, for: virtwright apply PLAN.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 2 where something would change.")]
StackOrPlan = Annotated[
    Path | None,
    typer.Argument(metavar="FILE|PLAN", help="The stack's file or its folder, or a saved plan. Default: as in plan."),
]
CHANGES = 2


def validate(
    settings: Settings, file: FileArgument = None, run_program: RunProgram = False, untrusted: Untrusted = False
) -> int:
    """Check a stack, its configuration and its references without touching any host. Of a Python stack only the project and
    its configuration, unless its program may be run."""
    import sys

    from virtwright.cli.session import Session
    from virtwright.cli.trusting import trust_in
    from virtwright.cli.validation import find_problems, runs_code, tell_not_run

    with Session(settings, trust_in(file, untrusted=untrusted)) as session:
        program = session.program(file, decrypt=False)
        if not run_program and runs_code(program):
            tell_not_run(session, program)
            return 0
        problems = find_problems(program, session.trust)
        if problems and settings.json:
            from virtwright.cli.json_lines import CommandFailed, JsonLines

            JsonLines(sys.stdout)(CommandFailed(tuple(problems)))
        if problems:
            from virtwright.cli.render.problems import render_problems

            session.err.print(render_problems(problems), soft_wrap=True)
        elif not settings.json:
            session.say(f"The stack {program.name.short} is valid.")
        return 1 if problems else 0


def plan(
    settings: Settings,
    file: FileArgument = None,
    target: Targets = None,
    exclude: Excludes = None,
    replace: Replaces = None,
    allow_data_loss: DataLosses = None,
    take_over: TakeOvers = None,
    lost: Losts = None,
    give_up: GiveUps = None,
    new_host: NewHosts = None,
    new_source: NewSource = False,
    out: OutOption = None,
    exit_code: ExitCode = False,
    destroy: Annotated[bool, typer.Option("--destroy", help="Plan what destroy would do.")] = False,
    run_program: RunForHosts = False,
    untrusted: Untrusted = False,
) -> int:
    """Show what apply would change and what each change costs. Changes nothing."""
    from virtwright.cli.destroying import nothing
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session
    from virtwright.cli.trusting import trust_in

    options = _options(
        target, exclude, replace, allow_data_loss, lost, take_over=take_over, new_host=new_host, give_up=give_up
    )
    with Session(settings, trust_in(file, untrusted=untrusted)) as session, Runner(session) as runner:
        if out is not None:
            session.trust.check_output(out)
            options = dataclasses.replace(options, plan_file=str(out.absolute()))
        program = nothing(session, file, run_program=run_program) if destroy else session.program(file)
        options = _from(session, file, options, new_source, destroy=destroy)
        made = runner.plan(lambda engine: engine.plan(program, options, command="destroy" if destroy else "plan"))
        if out is not None:
            _save(runner, made, program, file, out)
        changes = made.changes or (session.trust.limited and not made.settled)
        return CHANGES if exit_code and changes else 0


def apply(
    settings: Settings,
    file: StackOrPlan = None,
    target: Targets = None,
    exclude: Excludes = None,
    replace: Replaces = None,
    allow_data_loss: DataLosses = None,
    take_over: TakeOvers = None,
    lost: Losts = None,
    give_up: GiveUps = None,
    new_host: NewHosts = None,
    new_source: NewSource = False,
    continue_on_error: ContinueOnError = False,
    lease_wait: LeaseWait = 60.0,
    yes: Yes = False,
) -> int:
    """Make the hosts as the stack says: show the plan, ask, and carry it out. With a saved plan, exactly that."""
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session
    from virtwright.stacks.plan_mark import is_plan_file

    options = _options(
        target, exclude, replace, allow_data_loss, lost, continue_on_error, lease_wait, take_over, new_host, give_up
    )
    if file is not None and is_plan_file(file):
        return _apply_saved(settings, file, dataclasses.replace(options, new_source=new_source), yes=yes)
    with Session(settings) as session, Runner(session) as runner:
        program = session.program(file)
        options = _from(session, file, options, new_source)
        made = runner.plan(lambda engine: engine.plan(program, options))
        if not _agreed(runner, made, "Apply these changes?", yes=yes):
            return 1
        return runner.run(lambda engine: engine.apply(program, options, expected=made), due=len(made.changes))


def destroy(
    settings: Settings,
    file: FileArgument = None,
    target: DestroyTargets = None,
    exclude: DestroyExcludes = None,
    allow_data_loss: DataLosses = None,
    lost: DestroyLosts = None,
    give_up: GiveUps = None,
    new_source: NewSource = False,
    run_program: RunForHosts = False,
    continue_on_error: ContinueOnError = False,
    lease_wait: LeaseWait = 60.0,
    yes: Yes = False,
) -> int:
    """Delete everything that the stack has made, dependants first: show the plan, ask, and carry it out."""
    from virtwright.cli.destroying import nothing
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session

    options = _options(target, exclude, None, allow_data_loss, lost, continue_on_error, lease_wait, give_up=give_up)
    with Session(settings) as session, Runner(session) as runner:
        program = nothing(session, file, run_program=run_program)
        options = _from(session, file, options, new_source, destroy=True)
        made = runner.plan(lambda engine: engine.plan(program, options, command="destroy"))
        if not _agreed(runner, made, "Delete all this?", yes=yes):
            return 1
        return runner.run(
            lambda engine: engine.destroy(program.name, options, expected=made, hosts=program.hosts),
            due=len(made.changes),
        )


def refresh(
    settings: Settings,
    file: FileArgument = None,
    target: RefreshTargets = None,
    exclude: RefreshExcludes = None,
    lease_wait: LeaseWait = 60.0,
) -> int:
    """Ask the hosts what is there and record it in the state. Changes nothing on the hosts."""
    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session

    options = _options(target, exclude, lease_wait=lease_wait)
    with Session(settings) as session:
        name = session.name(file)
        return Runner(session).run(lambda engine: engine.refresh(name, options))


def _options(
    target: list[str] | None,
    exclude: list[str] | None,
    replace: list[str] | None = None,
    allow_data_loss: list[str] | None = None,
    lost: list[str] | None = None,
    continue_on_error: bool = False,
    lease_wait: float = 60.0,
    take_over: list[str] | None = None,
    new_host: list[str] | None = None,
    give_up: list[str] | None = None,
) -> "RunOptions":
    from virtwright.engine.plan import RunOptions

    return RunOptions(
        targets=tuple(target or ()),
        exclude=tuple(exclude or ()),
        replace=tuple(replace or ()),
        allow_data_loss=tuple(allow_data_loss or ()),
        lost=tuple(lost or ()),
        continue_on_error=continue_on_error,
        lease_wait=lease_wait,
        take_over=tuple(take_over or ()),
        new_hosts=tuple(new_host or ()),
        give_up=tuple(give_up or ()),
    )


def _from(
    session: "Session", file: Path | None, options: "RunOptions", new_source: bool, *, destroy: bool = False
) -> "RunOptions":
    """With the source of the stack, where its file says which stack is meant."""
    source = session.source_of_name(file) if destroy else session.source(file)
    return dataclasses.replace(options, source=source, new_source=new_source)


def _save(runner: "Runner", plan: "Plan", program: "Program", file: Path | None, out: Path) -> None:
    from virtwright.engine.plan_file import Source, save_plan
    from virtwright.stacks.base import EmptyProgram
    from virtwright.stacks.find import find_stack

    settings = runner.session.settings
    trust = runner.session.trust
    path = find_stack(file, trust) if not isinstance(program, EmptyProgram) or program.hosts else None
    source = Source.of(path, settings.stack_name, settings.config_keys, out)
    save_plan(plan, source, out, None if trust.limited else runner.engine.bind(program))
    if trust.limited:
        runner.session.warn("Saved to be looked at: what was planned without trust can't be applied.")
    elif not settings.json:
        runner.session.out.print(f"Saved. To do exactly this:\n    virtwright apply {out}", soft_wrap=True)


def _agreed(runner: "Runner", plan: "Plan", question: str, *, yes: bool) -> bool:
    from virtwright.cli.ask import confirm, confirm_hosts

    settings = runner.session.settings
    if not plan.changes or (confirm_hosts(settings, plan, yes=yes) and confirm(settings, question, yes=yes)):
        return True
    runner.session.warn("Nothing was changed.")
    return False


def _apply_saved(settings: Settings, file: Path, options: "RunOptions", *, yes: bool) -> int:
    """Carry out a saved plan. What it was planned with can't be changed; how it is run can."""
    from dataclasses import replace

    from virtwright.cli.running import Runner
    from virtwright.cli.session import Session
    from virtwright.engine.plan_file import load_plan
    from virtwright.errors import RefusedError

    saved = load_plan(file)
    if saved.program is None:
        raise RefusedError(
            "this plan was made with --untrusted: no secret was decrypted for it, so that it does not tell all that would be done",
            hint=f"review it, then plan anew as one who trusts the stack:\n    virtwright plan --out {file}",
        )
    _refuse_other_options(settings, options, saved)
    planned = replace(
        saved.plan.options,
        continue_on_error=options.continue_on_error,
        lease_wait=options.lease_wait,
        plan_file=str(file.absolute()),
    )
    chosen = replace(settings, stack=saved.source.stack or settings.stack)
    with Session(chosen) as session, Runner(session) as runner:
        program = _program_of(runner, file, saved, settings.stack)
        if saved.plan.command != "destroy":
            planned = replace(planned, source=session.source(saved.source.found(file)))
        runner.engine.check_saved(saved.plan)
        runner.show(saved.plan)
        if not _agreed(runner, saved.plan, "Carry out this plan?", yes=yes):
            return 1
        return _carry_out(runner, program, saved.plan, planned)


def _program_of(runner: "Runner", file: Path, saved: "SavedPlan", chosen: str | None) -> "Program":
    """The program that the plan was made from. Raises ``RefusedError`` where it is another by now, or is not of the stack
    that ``--stack`` has ``chosen``."""
    from virtwright.cli.destroying import with_hosts
    from virtwright.errors import RefusedError
    from virtwright.stacks.base import EmptyProgram, StackName

    plan, hint = saved.plan, f"plan again:\n    virtwright plan --out {file}"
    if chosen and chosen not in (plan.stack, plan.stack.rpartition("/")[2]):
        raise RefusedError(f"this plan is for the stack {plan.stack}, not for {chosen}", hint=hint)
    if plan.command == "destroy":
        project, _, stack = plan.stack.partition("/")
        name = StackName(project, stack)
        if saved.source.file is None:
            return EmptyProgram(name)
        return with_hosts(runner.session, name, saved.source.found(file), run_program=True)
    program = runner.session.program(saved.source.found(file))
    if str(program.name) != plan.stack:
        raise RefusedError(f"this plan is for the stack {plan.stack}, and the file is {program.name} now", hint=hint)
    if runner.engine.bind(program) != saved.program:
        raise RefusedError(
            "the stack or its configuration has changed since this plan was made, or the key of its secrets has",
            hint=hint,
        )
    return program


def _carry_out(runner: "Runner", program: "Program", plan: "Plan", options: "RunOptions") -> int:
    from virtwright.stacks.base import EmptyProgram

    due = len(plan.changes)
    if isinstance(program, EmptyProgram):
        name, hosts = program.name, program.hosts
        return runner.run(lambda engine: engine.destroy(name, options, expected=plan, saved=True, hosts=hosts), due=due)
    return runner.run(lambda engine: engine.apply(program, options, expected=plan, saved=True), due=due)


def _refuse_other_options(settings: Settings, options: "RunOptions", saved: "SavedPlan") -> None:
    from virtwright.errors import InputError

    if missing := set(saved.source.config) - set(settings.config_keys):
        given = "".join(f"\n    --config {key}=..." for key in sorted(missing))
        raise InputError.one(
            "this plan was made with configuration from the command line, which is not kept in it",
            hint=f"give the same values again:{given}",
        )
    if (
        options.targets
        or options.exclude
        or options.replace
        or options.allow_data_loss
        or options.lost
        or options.give_up
        or options.take_over
        or options.new_hosts
        or options.new_source
    ):
        raise InputError.one(
            "a saved plan says itself what it is about",
            hint="leave out --target, --exclude, --replace, --allow-data-loss, --take-over, --new-host, --lost, --give-up and --new-source, or"
            " make another plan",
        )
