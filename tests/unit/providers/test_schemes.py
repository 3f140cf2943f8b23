"""Which package serves a scheme: what is wrong with an entry point is told with the package's name."""

import sys
from pathlib import Path

import pytest

from virtwright.errors import ProviderError
from virtwright.providers.schemes import check_claims, provider_class


def install(folder: Path, package: str, entry: str, code: str) -> Path:
    module = entry.partition("= ")[2].partition(":")[0]
    site = folder / package
    info = site / f"{package.replace('-', '_')}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[virtwright.providers]\n{entry}\n")
    (site / f"{module}.py").write_text(code)
    return site


@pytest.mark.parametrize(
    ("module", "code", "message"),
    [
        ("vw_imports", "\nimport nothing_so_called\n", "ModuleNotFoundError: No module named 'nothing_so_called' ({file}:2)"),
        ("vw_syntax", "class Acme(:\n", "SyntaxError: invalid syntax (vw_syntax.py, line 1) ({file}:1)"),
        ("vw_asserts", "class Acme: ...\nassert False, 'boom'\n", "AssertionError: boom ({file}:2)"),
        ("vw_exits", "\n\nraise SystemExit(3)\n", "SystemExit: 3 ({file}:3)"),
        ("vw_renamed", "class Acne: ...\n", "AttributeError: module 'vw_renamed' has no attribute 'Acme'"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded(
    module: str, code: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = install(tmp_path, "acme-hosts", f"acme = {module}:Acme", code)
    monkeypatch.syspath_prepend(site)
    with pytest.raises(ProviderError) as caught:
        provider_class("acme")
    told = message.format(file=site / f"{module}.py")
    assert caught.value.message == f"the provider of acme, {module}:Acme of acme-hosts, can't be loaded: {told}"


def test_an_entry_point_that_is_no_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install(tmp_path, "acme-hosts", "acme = vw_value:Acme", "Acme = 3\n"))
    with pytest.raises(ProviderError) as caught:
        provider_class("acme")
    assert caught.value.message == "the provider of acme, vw_value:Acme of acme-hosts, is no class but 3"


def test_two_packages_with_one_scheme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install(tmp_path, "acme-hosts", "acme = vw_one:Acme", "class Acme: ...\n"))
    monkeypatch.syspath_prepend(install(tmp_path, "other-hosts", "acme = vw_two:Other", "class Other: ...\n"))
    with pytest.raises(ProviderError) as caught:
        provider_class("acme")
    assert (
        caught.value.message == "the scheme acme is served by other-hosts (vw_two:Other) and acme-hosts (vw_one:Acme)"
    )


def test_a_package_that_takes_a_scheme_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_claims("docker")
    monkeypatch.syspath_prepend(install(tmp_path, "acme-hosts", "docker = vw_mine:Acme", "class Acme: ...\n"))
    with pytest.raises(
        ProviderError, match=r"the scheme docker is served by virtwright \(.*\) and acme-hosts \(vw_mine:"
    ):
        check_claims("docker")
    assert "vw_mine" not in sys.modules
