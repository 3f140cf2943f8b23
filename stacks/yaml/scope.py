"""What references mean while a stack is loaded: configuration and index have values, resources are not known yet."""

from collections.abc import Mapping

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.host import Host, HostOutputs
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.model import Model
from virtwright.schemas.origins import derived
from virtwright.schemas.values import UNKNOWN, Path, Sealed, Secret, Unknown, Value, render_path
from virtwright.stacks.yaml.allowance import EvaluationError
from virtwright.stacks.yaml.attributes import attribute_problem
from virtwright.stacks.yaml.evaluate import Lookup, Template, expressions
from virtwright.stacks.yaml.expressions import CONFIG, HOSTS, INDEX, Key, Reference, address
from virtwright.stacks.yaml.names import Names
from virtwright.stacks.yaml.nodes import Position
from virtwright.stacks.yaml.problems import Problems, suggestion

_EXAMPLES = {"networks": "cidr", "images": "reference", "volumes": "path", "services": "replicas", HOSTS: "uri"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be referred to."""

    config: Mapping[str, Value]
    names: Names

    def lookup(self, index: int | None) -> Lookup:
        """Values as far as they are known before the run: the outputs of resources are ``UNKNOWN``."""

        def look(reference: Reference) -> Value:
            if reference.section == CONFIG:
                return pick(self.config.get(reference.name, UNKNOWN), reference)
            return index if reference.section == INDEX and index is not None else UNKNOWN

        return look

    def check(self, template: Template, base: Path, problems: Problems, *, counted: bool) -> dict[Key, Position]:
        """Check every reference in a template, which stands at ``base``; returns the resources it uses, each with the
        first place of its use."""
        uses: dict[Key, Position] = {}
        for path, expression in expressions(template, base):
            for reference in expression.references:
                fault = self._fault(reference, in_text=not expression.whole, counted=counted)
                if fault:
                    problems.add(f"{reference}: {fault[0]}", reference.at, render_path(path), fault[1])
                elif reference.section not in (CONFIG, INDEX):
                    uses.setdefault(reference.key, reference.at)
        return uses

    def _fault(self, reference: Reference, *, in_text: bool, counted: bool) -> tuple[str, str | None] | None:
        if reference.section == INDEX:
            return None if counted else ("there is an index only in an entry with count", None)
        if reference.section == CONFIG:
            if reference.name in self.config:
                return None
            near = suggestion(reference.name, self.config)
            declare = f"declare it:\n    config:\n      {reference.name}: {{type: string}}"
            return f"the configuration has no {reference.name!r}", near or declare
        if reference.key not in self.names.keys:
            return self._named_longer(reference) or self.names.absence(reference.key)
        if not reference.attribute:
            example = f"{address(reference.key)}.{_EXAMPLES.get(reference.section, 'address')}"
            return "a resource is no value", f"name an attribute of it: ${{{example}}}"
        return attribute_fault(reference, in_text)

    def _named_longer(self, reference: Reference) -> tuple[str, str | None] | None:
        """A name with dots in it, which the short form cuts at the first dot."""
        name = reference.name
        for length, part in enumerate(reference.attribute, 1):
            name += f".{part}"
            if (reference.section, name) in self.names.keys:
                rest = render_path(reference.attribute[length:])
                hint = f'write ${{{reference.section}["{name}"]{"." + rest if rest else ""}}}'
                return f"there is no {address(reference.key)}", hint
        return None


def attribute_fault(reference: Reference, in_text: bool) -> tuple[str, str | None] | None:
    """What is wrong with the attribute that a reference asks for."""
    models: tuple[type[Model], ...] = (HostOutputs, Host)
    if kind := SECTIONS.get(reference.section):
        models = (kind.outputs, kind.inputs)
    return attribute_problem(models, reference.attribute, in_text)


def pick(value: Value, reference: Reference) -> Value:
    """The part of ``value`` that the reference's attribute names. Raises ``EvaluationError`` where there is none."""
    secret, origin = False, ""
    for depth, part in enumerate(reference.attribute):
        if isinstance(value, Secret):
            secret, origin, value = True, value.origin, value.value
        origin = derived(origin, f"part {part}")
        if isinstance(value, Sealed):
            value = Sealed(origin)
        elif isinstance(value, Unknown):
            return UNKNOWN
        else:
            value = _step(value, part, reference, reference.attribute[:depth])
    return Secret(value, origin) if secret and not isinstance(value, Secret) and value is not UNKNOWN else value


def _step(value: Value, part: str | int, reference: Reference, way: Path) -> Value:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
        return value[part]
    holder = render_path((reference.section, reference.name, *way))
    raise EvaluationError(f"{reference}: {holder} has no {part!r}", reference.at)
