"""What calls itself pure is tested as such: a table costs milliseconds, and sees what runs on hosts hide."""

from tests.mutation.imports import Imports
from tests.mutation.modules import modules, pure


def test_each_pure_module_is_imported_by_a_test_of_its_own() -> None:
    """Not only by way of what uses it. Of a package that calls itself pure, one of its modules must be."""
    imports = Imports()
    imported = frozenset().union(*(imports.named(test) for test in imports.tests))
    assert sorted(name for name in pure() if not _is_met(name, imported)) == []


def _is_met(name: str, imported: frozenset[str]) -> bool:
    inside = f"{name}." if modules()[name].name == "__init__.py" else None
    return name in imported or (inside is not None and any(each.startswith(inside) for each in imported))
