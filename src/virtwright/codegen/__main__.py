"""``python -m virtwright.codegen [REPOSITORY]``: write the Python package and the Pulumi package schema anew."""

import sys
from pathlib import Path

from virtwright.codegen.files import write

if __name__ == "__main__":
    for path in write(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(path)
