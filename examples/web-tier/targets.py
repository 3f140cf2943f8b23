"""A file of targets for Prometheus (`file_sd_configs`): a resource whose code lies here."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class TargetsProvider(ResourceProvider):
    """Writes the file whole, or not at all. Called again after an interruption, it writes the same."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [] if Path(news["file"]).is_absolute() else [CheckFailure("file", "must be an absolute path")]
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        moved = olds["file"] != news["file"]
        return DiffResult(
            changes=moved or olds["addresses"] != news["addresses"],
            replaces=["file"] if moved else [],
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["file"], self._write(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._write(news))

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        Path(id_).unlink(missing_ok=True)

    def _write(self, props: Mapping[str, Any]) -> dict[str, Any]:
        file = Path(props["file"])
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps([{"targets": props["addresses"], "labels": {"tier": "web"}}], indent=2) + "\n")
        draft.replace(file)
        print(f"wrote {len(props['addresses'])} targets to {file}")
        return {**props, "count": len(props["addresses"])}


class Targets(Resource, module="prometheus", name="Targets"):
    """The file of targets."""

    count: pulumi.Output[int]
    """How many it names."""

    def __init__(
        self,
        name: str,
        file: str,
        addresses: pulumi.Input[list[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(TargetsProvider(), name, {"file": file, "addresses": addresses, "count": None}, opts)
