"""What other packages plug into pydantic sees no value of ours."""

import subprocess
import sys
from pathlib import Path

PLUGIN = """
class Spy:
    def new_schema_validator(self, *words, **named):
        print("a plugin was asked")
        return None, None, None

spy = Spy()
"""
PROGRAM = """
import sys
from virtwright.cli.command_line import run
run(["validate", sys.argv[1]])
from virtwright.schemas.network import Network
assert Network.model_validate({"mtu": 1400}).mtu == 1400
assert "importlib.metadata" not in sys.modules
"""
OTHERS = "import pydantic\nclass Model(pydantic.BaseModel):\n    x: int\n"


def test_plugins_are_not_asked(tmp_path: Path) -> None:
    (tmp_path / "spying.py").write_text(PLUGIN, encoding="utf-8")
    info = tmp_path / "spying-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spying\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[pydantic]\nspy = spying:spy\n", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text("stack: shop\nhosts: {here: {uri: 'namespace:///'}}\nnetworks: {back: {}}\n")
    here = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    words = [sys.executable, "-c", here + PROGRAM, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert "plugin" not in done.stdout and "is valid" in done.stdout
    asked = subprocess.run([words[0], "-c", here + OTHERS], capture_output=True, text=True, timeout=120, check=True)
    assert "a plugin was asked" in asked.stdout, "else this test would show nothing"
