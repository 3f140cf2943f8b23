"""Which files are removed on the host that a machine has left."""

from typing import Final

import pytest

from virtwright.providers.libvirt.moving.copying import flat_name
from virtwright.providers.libvirt.moving.leaving import own_remains

ROOT, MORE, SEED = "/pool/db.qcow2", "/pool/db-1.qcow2", "/seeds/db.iso"
OWN: Final = (ROOT, MORE, SEED)


def _with_flat(*paths: str) -> tuple[str, ...]:
    return tuple(each for path in paths for each in (path, flat_name(path)))


@pytest.mark.parametrize(
    ("own", "shared", "going"),
    [
        pytest.param((), set(), (), id="nothing of its own"),
        pytest.param(OWN, set(), _with_flat(*OWN), id="nothing is shared"),
        pytest.param(OWN, {"/other", "/poo", "/pool/db"}, _with_flat(*OWN), id="other folders are shared"),
        pytest.param(OWN, {"/seeds"}, (*_with_flat(ROOT, MORE), flat_name(SEED)), id="one folder is shared"),
        pytest.param(OWN, {"/pool", "/seeds"}, tuple(map(flat_name, OWN)), id="all is shared"),
        pytest.param((ROOT, flat_name(ROOT)), {"/pool"}, (flat_name(flat_name(ROOT)),), id="a disk of such a name"),
    ],
)
def test_what_the_other_host_sees_too_stays(own: tuple[str, ...], shared: set[str], going: tuple[str, ...]) -> None:
    """It is the machine's disk, and it runs there."""
    assert own_remains(own, shared) == going
