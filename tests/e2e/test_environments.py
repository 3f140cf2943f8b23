"""Two environments of one stack side by side."""

import pytest
from tests.e2e.operator_lab import Operator

pytestmark = [pytest.mark.root, pytest.mark.slow]

STACK = """\
stack: shop
hosts: {here: {uri: "HOST"}}
config:
  replicas: {type: integer, default: 1}
  motto: {type: string, secret: true}
containers:
  web:
    count: ${config.replicas}
    image: host
    command: [sleep, "600"]
    stop_signal: SIGKILL
    environment: {MOTTO: "${config.motto}"}
outputs: {motto: "${config.motto}"}
"""


def test_two_environments_of_one_stack_live_side_by_side(operator: Operator) -> None:
    operator.write(STACK.replace("${config.replicas}", "2"), "shop.yaml")
    operator.type("config", "set", "motto", "--secret", stdin="test it\n")
    operator.type("config", "set", "motto", "--secret", "--stack", "prod", stdin="keep it up\n")
    assert {path.name for path in operator.folder.iterdir()} == {"shop.yaml", "shop.shop.yaml", "shop.prod.yaml"}
    operator.type("apply", "--yes")
    operator.type("apply", "--yes", "--stack", "prod")
    assert operator.names("Container") == ["web-0", "web-0", "web-1", "web-1"]
    assert operator.type("exec", "web-1", "--", "printenv", "MOTTO").out == "test it\n"
    assert operator.type("exec", "web-1", "--stack", "prod", "--", "printenv", "MOTTO").out == "keep it up\n"
    assert operator.type("state", "list", "--stacks", "--json").json() == ["shop/prod", "shop/shop"]
    operator.edit("count: 2", "count: 1", "shop.yaml")
    assert "containers.web-1 delete" in operator.type("plan", "--stack", "prod").out
    operator.type("apply", "--yes", "--stack", "prod")
    assert operator.names("Container") == ["web-0", "web-0", "web-1"]
    operator.destroy("--stack", "prod")
    assert operator.names("Container") == ["web-0", "web-1"]
    wrong = operator.type("plan", "--stack", "store/prod", code=1).err
    assert "--stack speaks of the project 'store'" in wrong
