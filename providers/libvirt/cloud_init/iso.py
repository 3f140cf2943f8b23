"""A seed as an ISO 9660 file system, the same bytes for the same files."""

import io
from collections.abc import Mapping
from typing import Final

from virtwright.providers.libvirt.cloud_init.iso_dates import without_dates

LABEL: Final = "cidata"
"""What cloud-init looks for."""
_MODE: Final = 0o100400


def iso(files: Mapping[str, bytes]) -> bytes:
    """``files`` lie in the root folder, under their own names with Rock Ridge and Joliet."""
    from pycdlib import PyCdlib

    made = PyCdlib()
    made.new(interchange_level=3, vol_ident=LABEL, sys_ident="LINUX", joliet=3, rock_ridge="1.09")
    for number, (name, data) in enumerate(sorted(files.items())):
        made.add_fp(
            io.BytesIO(data),
            len(data),
            f"/FILE{number}.;1",
            rr_name=name,
            joliet_path=f"/{name}",
            file_mode=_MODE,
        )
    written = io.BytesIO()
    made.write_fp(written)
    made.close()
    return without_dates(written.getvalue())
