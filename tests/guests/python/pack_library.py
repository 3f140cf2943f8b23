"""Packs the modules that some modules import into a zip that Python imports from: ``pack_library.py ZIP FOLDER MODULE...``.

Run by the Python that they are for; FOLDER is looked in, too."""

import importlib
import py_compile
import sys
import tempfile
import zipfile
from pathlib import Path


def main() -> None:
    archive, folder, *names = sys.argv[1:]
    sys.path.append(folder)
    for name in names:
        importlib.import_module(name)
    origins = [Path(spec.origin) for module in list(sys.modules.values()) if (spec := module.__spec__) and spec.origin]
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    with tempfile.NamedTemporaryFile() as compiled, zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for origin in sorted({each for each in origins if each.suffix == ".py"}):
            py_compile.compile(str(origin), cfile=compiled.name, doraise=True, invalidation_mode=unchecked)
            place = next(Path(each) for each in reversed(sys.path) if origin.is_relative_to(each))
            packed.write(compiled.name, origin.relative_to(place).with_suffix(".pyc"))


if __name__ == "__main__":
    main()
