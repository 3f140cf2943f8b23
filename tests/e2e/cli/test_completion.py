"""What a shell offers for names of resources and hosts."""

import pytest
from tests.e2e.cli.conftest import Shop


def _offered(shop: Shop, monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    """What bash offers at the end of a line."""
    words = line.split(" ")
    monkeypatch.setenv("_VIRTWRIGHT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    with pytest.raises(SystemExit):
        shop.type()
    assert shop.capture is not None
    out, err = shop.capture.readouterr()
    assert err == ""
    return out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("virtwright show ", ["networks.back", "volumes.data", "vms.db", "containers.web"]),
        ("virtwright logs w", ["web"]),
        ("virtwright logs vms.", ["vms.db"]),
        ("virtwright plan --target back", ["back"]),
        ("virtwright destroy --allow-data-loss v", ["volumes.data", "vms.db"]),
        ("virtwright plan --lost ", ["here"]),
        ("virtwright --stack prod show ", []),
    ],
)
def test_names_of_the_state(applied: Shop, monkeypatch: pytest.MonkeyPatch, line: str, offered: list[str]) -> None:
    assert sorted(_offered(applied, monkeypatch, line)) == sorted(offered)


def test_names_that_the_file_declares_and_nothing_has_yet(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.edit("containers:\n", "containers:\n  many: {image: host, count: 2}\n")
    offered = ["networks.back", "volumes.data", "vms.db", "containers.web"]
    assert sorted(_offered(shop, monkeypatch, "virtwright plan --target ")) == sorted(offered)
    assert _offered(shop, monkeypatch, "virtwright show ") == []


def test_a_file_that_is_no_stack_says_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.file.write_text("stack: shop\nhosts: {here: [", encoding="utf-8")
    assert _offered(shop, monkeypatch, "virtwright plan --target ") == []
