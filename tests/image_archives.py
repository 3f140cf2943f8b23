"""Images for tests, made in pure Python: tars, docker-archives and OCI layouts, sound or hostile."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Entry = tuple[tarfile.TarInfo, bytes]
BUSYBOX = Path("/usr/bin/busybox")


def entry(
    name: str,
    data: bytes = b"",
    *,
    type: bytes = tarfile.REGTYPE,
    link: str = "",
    mode: int = 0o644,
    size: int | None = None,
) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = type, link, mode
    info.size = len(data) if size is None else size
    return info, data


def folder(name: str, mode: int = 0o755) -> Entry:
    return entry(name, type=tarfile.DIRTYPE, mode=mode)


def symlink(name: str, target: str) -> Entry:
    return entry(name, type=tarfile.SYMTYPE, link=target)


def hardlink(name: str, target: str) -> Entry:
    return entry(name, type=tarfile.LNKTYPE, link=target)


def tar(entries: Sequence[Entry]) -> bytes:
    """As the entries say, even where that makes no sense."""
    buffer = io.BytesIO()
    for info, data in entries:
        buffer.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        buffer.write(data + bytes(-len(data) % 512))
    buffer.write(bytes(1024))
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _config(layers: Sequence[bytes], config: Mapping[str, Any]) -> bytes:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": dict(config),
        "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
    }
    return json.dumps(document).encode()


def docker_archive(layers: Sequence[bytes], config: Mapping[str, Any] | None = None) -> bytes:
    document = _config(layers, config or {})
    names = [f"{index}/layer.tar" for index in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": ["test:latest"], "Layers": names}]
    return tar(
        [
            *(entry(name, layer) for name, layer in zip(names, layers, strict=True)),
            entry("config.json", document),
            entry("manifest.json", json.dumps(manifest).encode()),
        ]
    )


def oci_files(
    layers: Sequence[bytes],
    config: Mapping[str, Any] | None = None,
    *,
    pack: Any = gzip.compress,
    media: str = "application/vnd.oci.image.layer.v1.tar+gzip",
) -> dict[str, bytes]:
    """The files of an OCI layout, by name."""
    blobs: dict[str, bytes] = {}

    def add(data: bytes, media_type: str) -> dict[str, Any]:
        digest = sha256(data)
        blobs[f"blobs/{digest.replace(':', '/')}"] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    packed = [add(pack(layer), media) for layer in layers]
    document = add(_config(layers, config or {}), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "config": document, "layers": packed}
    main = add(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    index = {"schemaVersion": 2, "manifests": [main]}
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": json.dumps(index).encode(),
        **blobs,
    }


def oci_archive(files: Mapping[str, bytes]) -> bytes:
    return tar([entry(name, data) for name, data in files.items()])


def write_files(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


APPLETS = (
    "sh",
    "sleep",
    "cat",
    "echo",
    "true",
    "false",
    "httpd",
    "nc",
    "hostname",
    "id",
    "ls",
    "touch",
    "mkdir",
    "env",
)


def busybox_entries() -> list[Entry]:
    """A small working root file system."""
    return [
        *(folder(name) for name in ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "var")),
        entry("bin/busybox", BUSYBOX.read_bytes(), mode=0o755),
        *(symlink(f"bin/{name}", "busybox") for name in APPLETS),
        entry("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"),
        entry("etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
    ]
