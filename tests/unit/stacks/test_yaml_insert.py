"""Entries put into a stack's text: every other byte stays."""

import pytest
from ruamel.yaml import YAML

from virtwright.schemas.container import Container
from virtwright.schemas.image import Image
from virtwright.schemas.volume import Volume
from virtwright.stacks.yaml.from_model import written_values
from virtwright.stacks.yaml.insert import add_entry
from virtwright.stacks.yaml.write import write_entry

ENTRY = write_entry("new", {"image": "nginx", "environment": {"A": "b"}})
HEAD = "# Mine.\nstack:   shop # so\n"
FILES = {
    "missing": HEAD,
    "last": f"{HEAD}containers:\n  web: {{image: x}}  # w\n\n# the end\n",
    "between": f"{HEAD}containers:   # all\n    # deeper\n    web:\n        image: 'x'\n\n# about outputs\noutputs: {{}}\n",
    "no newline": f"{HEAD}containers:\n  web: {{image: x}}",
    "empty": f"{HEAD}containers:\noutputs: {{}}\n",
    "one line": f"{HEAD}containers: {{web: {{image: x}}}}\n",
}


@pytest.mark.parametrize("before", FILES.values(), ids=FILES)
def test_an_entry_is_added_and_nothing_else_changes(before: str) -> None:
    after = add_entry(before, "containers", ENTRY)
    old, new = YAML(typ="safe").load(before), YAML(typ="safe").load(after)
    assert new["containers"].pop("new") == {"image": "nginx", "environment": {"A": "b"}}
    assert new["containers"] == (old.get("containers") or {})
    assert {**new, "containers": None} == {**old, "containers": None}
    if "one line" not in before and "{web" not in before:
        assert all(line in after.splitlines() for line in before.splitlines())
    assert "# Mine." in after


@pytest.mark.parametrize(
    ("inputs", "written"),
    [
        (Container.model_validate({"image": "x", "command": "echo hi"}), {"image": "x", "command": "echo hi"}),
        (
            Container.model_validate({"image": "x", "ports": [80, "[::1]:8080:80", "53:53/udp"]}),
            {"image": "x", "ports": ["80:80", "[::1]:8080:80", "53:53/udp"]},
        ),
        (
            Container.model_validate({"image": "x", "volumes": ["data:/d:ro", {"bind": "/a:b", "mount": "/c"}]}),
            {"image": "x", "volumes": ["data:/d:ro", {"bind": "/a:b", "mount": "/c"}]},
        ),
        (Container.model_validate({"image": "x", "healthcheck": "none"}), {"image": "x", "healthcheck": "none"}),
        (Image.model_validate({"source": "nginx:1"}), {"source": "nginx:1"}),
        (Volume.model_validate({"size": "1GiB"}), {"size": 1024**3}),
    ],
)
def test_inputs_are_written_short_and_read_back_the_same(
    inputs: Container | Image | Volume, written: dict[str, object]
) -> None:
    assert written_values(inputs) == written
    text = write_entry("one", written_values(inputs))
    assert type(inputs).model_validate(YAML(typ="safe").load(text)["one"]) == inputs
