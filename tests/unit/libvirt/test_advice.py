"""What libvirt says comes with what to do about it."""

import pytest

lib = pytest.importorskip("libvirt")


@pytest.fixture(autouse=True)
def _nothing_failed_before() -> None:
    """A ``libvirtError`` takes its text from the last error of the thread, where there is one."""
    lib.virResetLastError()


def test_more_cpus_than_a_running_machine_gets_on_xen() -> None:
    from virtwright.providers.libvirt.connection.errors import translated

    said = "invalid argument: requested vcpus is greater than max allowable vcpus for the domain: 2 > 1"
    error = translated("give shop_db 2 CPUs", "xen:///system", lib.libvirtError(said))
    assert "set power: stopped, apply, then running" in (error.hint or "")


@pytest.mark.parametrize(
    ("place", "full"), [("/var/lib/libvirt/images/a", True), ("/sys/fs/cgroup/cpuset/machine/a/tasks", False)]
)
def test_a_full_disk_is_told_from_a_cpuset_without_processors(place: str, full: bool) -> None:
    from virtwright.providers.libvirt.connection.errors import translated

    error = translated(
        "start a", "qemu:///system", lib.libvirtError(f"Unable to write to '{place}': No space left on device")
    )
    assert ("df -h" in (error.hint or "")) is full


def test_a_server_that_has_the_addresses_of_a_network_is_to_be_found() -> None:
    from virtwright.providers.libvirt.connection.errors import translated

    said = "Child process (dnsmasq) unexpected exit status 2: failed to create listening socket for 10.40.0.1: Address already in use"
    assert "ss -lntup" in (translated("start a", "qemu:///system", lib.libvirtError(said)).hint or "")
