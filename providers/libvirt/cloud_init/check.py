"""What can be wrong with a machine's ``cloud_init``, before anything is touched."""

from typing import Final

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.libvirt.cloud_init.user_data import check_user_data
from virtwright.providers.libvirt.cloud_init.yaml_text import VERSION
from virtwright.providers.yaml_reading import read_yaml
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import Unknown

_NETWORK: Final = "cloud_init.network_config"
_VERSIONS: Final = (1, 2)


def check_cloud_init(inputs: VirtualMachine) -> VirtualMachine:
    """Raises ``InputError`` for documents that cloud-init could not read, ``UnsupportedError`` for what a virtual machine
    can't have."""
    config = inputs.cloud_init
    if not isinstance(config, CloudInit):
        return inputs
    if isinstance(config.user_data, str):
        check_user_data(config.user_data)
    if isinstance(config.network_config, str):
        _check_network(config.network_config)
    for index, file in enumerate(config.write_files if isinstance(config.write_files, list) else []):
        if not isinstance(file, Unknown) and file.in_memory is True:
            path = f"cloud_init.write_files[{index}].in_memory"
            hint = "write it below /run: that is in memory"
            raise UnsupportedError(f"{path}: a virtual machine can't do this", where=Where(path=path), hint=hint)
    return inputs


def _check_network(text: str) -> None:
    document = read_yaml(text, _NETWORK, version=VERSION)
    if isinstance(document, dict) and set(document) == {"network"}:
        document = document["network"]
    if not isinstance(document, dict) or document.get("version") not in _VERSIONS:
        raise InputError.one(
            "must be a mapping with version: 1 or version: 2",
            where=Where(path=_NETWORK),
            hint="leave it out: it is made from the machine's networks",
        )
