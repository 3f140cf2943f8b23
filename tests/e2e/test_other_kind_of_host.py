"""A machine whose host becomes one of another kind, from a hypervisor to the namespace runtime and back: the plan says what that costs."""

import pytest
from tests.e2e.operator_lab import Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow]

_STACK = """\
stack: shop
hosts:
  here: {uri: "HOST"}
  kvm: {uri: "URI"}
vms:
  db:
    host: kvm
    memory: 64MiB
    disks: [{size: 1MiB}]
    shutdown_timeout: 0
    libvirt: {type: qemu}
"""


def test_a_machine_is_made_anew_on_a_host_of_another_kind_and_back(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    operator.write(_STACK.replace("URI", libvirt_lab.uri))
    operator.type("apply", "--yes")
    uuid = libvirt_lab.api.lookupByName("shop_db").UUIDString()

    operator.edit("host: kvm", "host: here")
    refused = operator.type("plan", code=1).err
    assert "image: a machine of the namespace runtime needs one" in refused
    operator.edit("    disks: [{size: 1MiB}]\n", "    image: host\n    disks: [{size: 1MiB}]\n")
    refused = operator.type("plan", code=1).err
    assert "disks[0].size" in refused and "declare a volume" in refused
    operator.edit("    disks: [{size: 1MiB}]\n", "")
    plan = operator.type("apply", "--yes").out
    told = " ".join(plan.split())
    assert "replace recreate" in told and "kvm → here" in told
    assert "lost: what was written to its own disks" in told and uuid in told
    assert libvirt_lab.api.listAllDomains() == [] and operator.names("VirtualMachine") == ["db"]
    assert list((libvirt_lab.folder / "lib/images").glob("shop_db*")) == []
    assert "No changes" in operator.type("plan").out

    operator.edit("host: here", "host: kvm")
    assert "image: a libvirt host can't do this" in operator.type("plan", code=1).err
    operator.edit("    image: host\n", "")
    plan = operator.type("apply", "--yes").out
    assert "here → kvm" in plan and "lost: what was written to its own" in " ".join(plan.split())
    assert operator.names("VirtualMachine") == [] and len(libvirt_lab.api.listAllDomains()) == 1
    assert "No changes" in operator.type("plan").out
    operator.type("destroy", "--yes")
