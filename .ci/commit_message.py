"""The subjects of commits, as CONTRIBUTING.md wants them: ``area: imperative sentence``, at most 72 characters.

python3 .ci/commit_message.py check FILE    what Git's hook commit-msg calls
python3 .ci/commit_message.py install       what `make setup` calls
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

LONGEST: Final = 72
ROOT: Final = Path(__file__).resolve().parents[1]
_MADE_BY_GIT: Final = ("Merge ", "Revert ", "Reapply ", "fixup! ", "squash! ", "amend! ")
_FORM: Final = re.compile(r"(?P<area>[\w./-]+(, [\w./-]+)*): (?P<verb>\S+)(?P<rest> \S.*)?")
_OTHER_FORM: Final = re.compile("[a-z]+(ed|ing|[^s]s)")
"""Of a verb: adding, added, adds."""
_IMPERATIVE: Final = frozenset(
    ("bring", "embed", "exceed", "feed", "focus", "heed", "need", "ping", "proceed", "seed", "shed", "speed", "spring", "string", "succeed", "swing", "weed")
)  # fmt: skip
_SCISSORS: Final = re.compile("^. -+ >8 -+$", re.MULTILINE)
_MARK: Final = "# virtwright: the form of commit subjects"
_HOOK: Final = f"""#!/bin/sh
{_MARK}; see .ci/commit_message.py, which `make setup` installed this for
[ ! -f .ci/commit_message.py ] || [ ! -x {{python}} ] || exec {{python}} .ci/commit_message.py check "$1"
"""
"""Git runs it at the top of the worktree; a commit from before there was a check has none."""


def complaints(subject: str) -> Iterator[str]:
    """What is wrong with a subject. Pure."""
    if subject.startswith(_MADE_BY_GIT):
        return
    if len(subject) > LONGEST:
        yield f"it has {len(subject)} characters, and at most {LONGEST} are shown everywhere"
    if subject.endswith("."):
        yield "it ends with a period"
    found = _FORM.fullmatch(subject)
    if found is None:
        yield "it does not begin with the area and a colon, as in `docker: read the limits of a paused container`"
        return
    verb = found["verb"]
    if verb[:1].isupper() and verb[1:].islower():
        yield f"what follows the area begins with a small letter: {verb.lower()}"
    if _OTHER_FORM.fullmatch(verb.lower()) and verb.lower() not in _IMPERATIVE:
        yield f"what follows the area is an order, as `mend` or `let`, not `{verb}`"


def subject_of(message: str) -> str:
    """The first paragraph without comments, as Git makes it the subject."""
    lines = subprocess.run(
        ["git", "stripspace", "--strip-comments"],
        input=_SCISSORS.split(message)[0],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return " ".join(lines.partition("\n\n")[0].split("\n")).strip()


def check(file: Path) -> int:
    subject = subject_of(file.read_text(encoding="utf-8", errors="replace"))
    if not subject or Path(_git("rev-parse", "--path-format=absolute", "--git-path", "MERGE_HEAD")).exists():
        return 0  # Git itself refuses an empty one
    wrong = list(complaints(subject))
    for each in wrong:
        print(f"{subject!r}: {each}", file=sys.stderr)
    if wrong:
        print(f"The message is kept:\n    git commit --edit --file={file}", file=sys.stderr)
    return 1 if wrong else 0


def install() -> str:
    """Put the hook where Git looks for it in this clone, with all its worktrees. What was done is returned; a hook or a folder of the user's own
    is left alone."""
    try:
        common, folder = (
            Path(_git("rev-parse", "--path-format=absolute", *words)).resolve()
            for words in (("--git-common-dir",), ("--git-path", "hooks"))
        )
    except (OSError, subprocess.CalledProcessError):
        return ""  # no clone, or no Git
    hook = folder / "commit-msg"
    call = f"{sys.executable} .ci/commit_message.py check"
    if not folder.is_relative_to(common):
        return f'Your hooks are in {folder}, for all repositories: nothing was put there. To have commit subjects checked, call there:\n    {call} "$1"'
    wanted = _HOOK.format(python=sys.executable)
    there = hook.read_text(encoding="utf-8", errors="replace") if hook.exists() else ""
    if there == wanted:
        return ""
    if there and _MARK not in there:
        return f'{hook} is your own and was left alone. To have commit subjects checked, add to it:\n    {call} "$1" || exit 1'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hook.write_text(wanted, encoding="utf-8")
        hook.chmod(0o755)
    except OSError as error:
        return f"Commit subjects are not checked here: {error}"
    return f"Commit subjects are checked by {hook}"


def _git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True).stdout.strip()


def main(words: Sequence[str]) -> int:
    match words:
        case ["check", file]:
            return check(Path(file))
        case ["install"]:
            if told := install():
                print(told)
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
