"""Who a user of a stack is in an image whose tables may say anything."""

import pytest

from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.identity import choose

PASSWD = [
    line.split(":")
    for line in (
        "1000:x:0:0::/root:/bin/sh",  # a name that looks like a number
        "root:x:0:0:root:/root:/bin/sh",
        "4294967296:x:0:0::/root:/bin/sh",
        "worker:x:1000:1000::/home/worker:/bin/sh",
        "minus:x:-1:-1::/:/bin/sh",
        "huge:x:4294967295:0::/:/bin/sh",
        "words:x:zero:0::/:/bin/sh",
        "odd:x:²:0::/:/bin/sh",
        "strange:x:1001:-1::/:/bin/sh",
    )
]
GROUPS = [
    line.split(":") for line in ("1000:x:0:", "root:x:0:", "helpers:x:50:worker", "bad:x:-1:worker", "worker:x:1000:")
]


def test_a_number_is_no_name_cve_2016_3697() -> None:
    found = choose("1000", PASSWD, GROUPS)
    assert (found.uid, found.gid, found.name, found.home) == (1000, 1000, "worker", "/home/worker")
    assert choose("1000:1000", PASSWD, GROUPS).gid == 1000
    assert choose("worker:helpers", PASSWD, GROUPS).gid == 50


def test_a_number_that_the_image_does_not_know_stays_that_number() -> None:
    found = choose("4242:77", PASSWD, GROUPS)
    assert (found.uid, found.gid, found.name, found.home) == (4242, 77, "4242", "/")


@pytest.mark.parametrize("user", ["4294967296", "4294967295", "1000:4294967296", "9" * 5000])
def test_a_number_too_large_for_an_id_is_no_name_either_cve_2026_46680(user: str) -> None:
    with pytest.raises(SandboxError, match="there is no id"):
        choose(user, PASSWD, GROUPS)


@pytest.mark.parametrize("user", ["minus", "huge", "words", "odd", "strange"])
def test_an_id_that_leaves_a_process_what_it_is_is_refused(user: str) -> None:
    with pytest.raises(SandboxError, match="there is no id"):
        choose(user, PASSWD, GROUPS)


@pytest.mark.parametrize("user", ["nobody", "²", "-1", "worker:nobody", "+0", " 0", "0x0"])
def test_what_is_neither_a_number_nor_a_name_of_the_image_is_refused(user: str) -> None:
    with pytest.raises(SandboxError, match="there is no"):
        choose(user, PASSWD, GROUPS)


def test_groups_without_a_valid_id_are_left_out() -> None:
    assert choose("worker", PASSWD, GROUPS).groups == (50,)
    assert choose("", PASSWD, GROUPS).uid == 0
