from tests.contract.subject import FieldChange

CHANGES: tuple[FieldChange, ...] = ()
