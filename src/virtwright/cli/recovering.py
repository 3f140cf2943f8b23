"""``state recover`` into a state that holds nothing: whose the objects are is shown, and asked about."""

from typing import TYPE_CHECKING

from virtwright.cli.ask import agreed
from virtwright.cli.render.text import escape_line
from virtwright.cli.session import Session
from virtwright.stacks.base import StackName

if TYPE_CHECKING:
    from virtwright.engine.recovery import Claim


def consented(session: Session, name: StackName, claim: "Claim", *, yes: bool) -> bool:
    """Whether the user wants it. Another state may live, and work with what is taken. Raises ``RefusedError`` where nobody can be
    asked."""
    if not claim.objects:
        return True
    whose = f"the identity {claim.identity}" if claim.identity else "no state's identity"
    shown = "".join(f"\n    {escape_line(each)}" for each in claim.objects)
    return agreed(
        session,
        f"This state holds nothing of {name.short}. The hosts have objects of that name, with {whose}, which this state would"
        f" take for its own:{shown}",
        yes=yes,
    )
