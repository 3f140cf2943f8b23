"""Ways out that an image or what lies in a container prepares for the processes that build it and enter it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.escapes.configurations import CONTAINER, MACHINE, UNMAPPED, Configuration
from tests.escapes.outside import Outside
from tests.escapes.poison import MARKER, poisoned_layer
from tests.escapes.probing import probed
from tests.escapes.table import PROBES
from tests.escapes.test_probes import is_open, unlike
from tests.escapes.weakened.sandboxes import weakened_lab
from tests.sandbox_lab import SandboxLab
from virtwright.errors import HostError
from virtwright.providers.namespace.inside import write_file
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import HOST, BootAction, FileContent, HealthCheck
from virtwright.providers.namespace.supervisor import remove

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """CVE-2025-31133, CVE-2025-52565, CVE-2026-41579: what a runtime takes for devices are links."""
    layer = tmp_path_factory.mktemp("linked")
    (layer / "dev").mkdir()
    for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm", "mqueue", "fd"):
        (layer / "dev" / name).symlink_to("../etc/passwd")
    yield str(layer)


@pytest.mark.parametrize("configuration", [CONTAINER, UNMAPPED, MACHINE], ids=lambda each: each.name)
def test_links_in_dev_open_nothing(
    host: Outside, sandboxes: SandboxLab, linked: str, configuration: Configuration
) -> None:
    results = probed(sandboxes, host, configuration, layers=(HOST, linked))
    told = unlike(results, {probe.name: "open" if is_open(probe, configuration) else "closed" for probe in PROBES})
    assert not told, f"\n{told}"


def test_links_in_dev_take_masks_away_where_dev_is_the_image_s(host: Outside, linked: str) -> None:
    with weakened_lab(host, ["own /dev"]) as lab:
        results = probed(lab, host, CONTAINER, layers=(HOST, linked))
    assert results["CVE-2025-31133 masked paths"][0] == "open", results["CVE-2025-31133 masked paths"]


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory, busybox: Path) -> tuple[str, str]:
    return str(busybox), str(poisoned_layer(tmp_path_factory.mktemp("poisoned")))


BOOT = (
    BootAction("write_file", file=FileContent("/written", "x", owner="worker:helpers")),
    BootAction("add_user", name="ann", groups=("new",), password_hash="*", sudo="ALL", authorized_keys=("key",)),
    BootAction("run", argv=("true",)),
)


def live(lab: SandboxLab, layers: tuple[str, str], **fields: Any) -> None:
    """Start, check, enter, write to, and mistake a container: what loads a library of the image ends there."""
    check = HealthCheck(command=("true",), interval=600, timeout=60)
    files = (FileContent("/given", "x", owner="worker:helpers"),)
    argv = () if "init" in fields else ("sleep", "600")
    folder = lab.start(lab.spec(*argv, id="poisoned", layers=layers, files=files, healthcheck=check, **fields))
    assert [lab.enter(folder, "true", **options) for options in ({}, {"tty": True}, {"user": "worker"})] == [0, 0, 0]
    assert lab.enter(folder, "true", user="nobody") == 126
    assert lab.enter(folder, "true", cwd="/nowhere") == 126
    assert lab.enter(folder, "nothing") == 127
    write_file(folder, FileContent("/late", "x", owner="worker"))
    lab.until(folder, lambda now: now.ready)
    assert not (writable_layer(str(folder)) / MARKER).exists()
    remove(folder)


@pytest.mark.parametrize(
    "fields",
    [{}, {"user_namespace": False}, {"init": "system", "boot": BOOT}],
    ids=["container", "user_namespace: false", "machine"],
)
def test_no_library_of_an_image_is_loaded_cve_2019_14271(
    sandboxes: SandboxLab, poisoned: tuple[str, str], fields: dict[str, Any]
) -> None:
    live(sandboxes, poisoned, **fields)


def test_a_library_that_is_loaded_late_is_the_image_s(host: Outside, poisoned: tuple[str, str]) -> None:
    with weakened_lab(host, ["libraries loaded before"]) as lab:
        with pytest.raises(HostError):
            live(lab, poisoned, user_namespace=False)
        assert (writable_layer(str(lab.folder / "poisoned")) / MARKER).read_text() == "colorsys"


def test_a_numeric_user_is_no_name_of_the_image_cve_2016_3697(
    sandboxes: SandboxLab, busybox: Path, tmp_path: Path
) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("1000:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n")
    layers = (str(busybox), str(tmp_path))
    folder = sandboxes.start(sandboxes.spec("sleep", "600", id="numeric", layers=layers, user="1000"))
    assert sandboxes.enter(folder, "sh", "-c", "test $(stat -c %u /proc/1) = 1000") == 0
    assert sandboxes.enter(folder, "sh", "-c", "test $(id -u) = 1000") == 0
    assert sandboxes.enter(folder, "sh", "-c", "test $(id -u) = 0", user="root") == 0


def test_a_program_is_in_its_own_group_cve_2022_36109(sandboxes: SandboxLab, busybox: Path) -> None:
    """Else it could lay that group down, and open what is closed to it."""
    spec = sandboxes.spec("sleep", "600", id="groups", layers=(str(busybox),), user="worker:helpers")
    folder = sandboxes.start(spec)
    assert sandboxes.enter(folder, "grep", "-q", "^Groups:\t50 *$", "/proc/1/status") == 0
    assert sandboxes.enter(folder, "sh", "-c", "grep -q '^Groups:.*50 *$' /proc/self/status") == 0


@pytest.mark.parametrize("configuration", [CONTAINER, UNMAPPED], ids=lambda each: each.name)
def test_files_of_a_stack_are_written_inside_cve_2026_23954(
    host: Outside, sandboxes: SandboxLab, busybox: Path, configuration: Configuration
) -> None:
    """An image leads the folder of a declared file to one of the host."""
    id = "mapped" if configuration.mapped else "unmapped"
    outside, layer = host.folder / id / "outside", host.folder / id / "layer"
    outside.mkdir(parents=True)
    layer.mkdir()
    for name, target in (("plain", str(outside)), ("climbing", "../" * 20 + str(outside))):
        (layer / name).symlink_to(target)
        assert (layer / name).resolve() == outside  # whoever follows it from the host gets there
    files = tuple(FileContent(f"/{name}/{name}", "x") for name in ("plain", "climbing"))
    spec = sandboxes.spec("sleep", "600", id=id, layers=(str(busybox), str(layer)), files=files)
    folder = sandboxes.start(replace(spec, **configuration.fields))
    write_file(folder, FileContent("/plain/late", "x"))
    assert list(outside.iterdir()) == []
    written = writable_layer(str(folder)) / str(outside).lstrip("/")
    assert {path.name for path in written.iterdir()} == {"plain", "climbing", "late"}
    remove(folder)
