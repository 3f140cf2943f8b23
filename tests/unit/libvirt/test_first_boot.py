"""What cloud-init's own words mean."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.agent.channel import AgentChannel, AgentSilentError
from virtwright.providers.libvirt.readiness.first_boot import seen_by_agent, seen_on_console

_FINISHED = b"[   31.2] cloud-init[412]: Cloud-init v. 25.1.4 finished at Thu, 01 Jan 1970 00:00:31 +0000. Datasource DataSourceNoCloud\r\n"


class FakeAgent(AgentChannel):
    """Knows files; silent where it has none at all."""

    def __init__(self, files: Mapping[str, Any] | None) -> None:
        self._files = files

    def read_file(self, path: str, context: Context | None = None) -> bytes | None:
        if self._files is None:
            raise AgentSilentError("silent")
        found = self._files.get(path.rpartition("/")[2])
        return found if found is None or isinstance(found, bytes) else json.dumps({"v1": found}).encode()


def _seen(files: Mapping[str, Any] | None) -> str | None:
    return seen_by_agent(FakeAgent(files), Context())


def test_it_has_finished_when_its_result_is_there() -> None:
    assert _seen({"result.json": {"datasource": "DataSourceNoCloud", "errors": []}}) is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "its guest agent does not answer"),
        ({}, "cloud-init is at its beginning"),
        ({"status.json": b'{"v1": {"st'}, "cloud-init is at its beginning"),
        ({"status.json": {"stage": "modules-config"}}, "cloud-init is at modules-config"),
        ({"status.json": {"stage": None, "init": {"finished": 3.0}}}, "cloud-init is at init"),
    ],
)
def test_until_then_its_stage_is_told(files: Mapping[str, Any] | None, said: str) -> None:
    assert _seen(files) == said


def test_errors_of_the_first_boot_are_told() -> None:
    with pytest.raises(HostError) as caught:
        _seen({"result.json": {"errors": ["('scripts_user', RuntimeError('Runparts: 1 failures'))"]}})
    assert "Runparts: 1 failures" in caught.value.message
    assert "cloud-init.log" in (caught.value.hint or "")


def test_the_console_tells_it_too() -> None:
    assert seen_on_console(lambda since: _FINISHED[since:], 0) is None
    assert "last line: Starting" in (seen_on_console(lambda _: b"Booting\r\nStarting ssh\r\n", 0) or "")
    assert "last line: none" in (seen_on_console(lambda since: _FINISHED[since:], len(_FINISHED)) or "")
