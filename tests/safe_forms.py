"""What each type of text and each field promises of all that it accepts: no shell, option parser, path or XML means anything by it."""

import re
from typing import Any

from virtwright.schemas import text
from virtwright.schemas.cloud_init import UserName
from virtwright.schemas.host import Uri

CONTROL = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\ud800-\udfff]"
)
SHELL = re.compile(r"[\s'\"`$;&|<>(){}*?!#\\]")

# each type's promise; True where no shell, option parser or path means anything by it
SAFE_WORDS = {
    "Name": text.Name, "Hostname": text.Hostname, "Interface": text.Interface, "Account": text.Account, "Owner": text.Owner,
    "Address": text.Address, "Address4": text.Address4, "Address6": text.Address6, "Cidr4": text.Cidr4, "Cidr6": text.Cidr6,
    "Mac": text.Mac, "Mode": text.Mode, "Capability": text.Capability, "Sha256": text.Sha256,
    "EnvironmentName": text.EnvironmentName, "UserName": UserName,
}  # fmt: skip
OPERANDS = {
    "Operand": text.Operand,
    "Reference": text.Reference,
    "LocalPath": text.LocalPath,
    "LabelKey": text.LabelKey,
    "Uri": Uri,
}
PATHS = {"AbsolutePath": text.AbsolutePath, "RelativePath": text.RelativePath}


def check_form(name: str, value: str) -> None:
    """What each type promises of every text that it accepts."""
    assert "\0" not in value
    value.encode()
    if name == "Text":
        assert not CONTROL.search(value.replace("\n", "").replace("\r", "").replace("\u2028", "").replace("\u2029", ""))
        return
    assert not CONTROL.search(value)
    assert len(value) <= 8192
    if name in SAFE_WORDS:
        assert value and not value.startswith("-") and not SHELL.search(value) and len(value) <= 255
        assert value.isascii() and ".." not in value.split("/")
    if name in OPERANDS:
        assert value and not value.startswith("-") and value == value.strip()
    if name in PATHS:
        assert ".." not in value.split("/") and not value.startswith("-")
        assert value.startswith("/") == (name == "AbsolutePath")
        assert all(len(part.encode()) <= 255 for part in value.split("/"))
    if name == "LabelKey":
        assert not value.startswith("virtwright.")


# the only places whose text may be anything but NUL: file contents, commands, environment values and build arguments
FREE = {"content", "command", "entrypoint", "environment", "args", "runcmd"}
# text of several lines
LONG = {"description", "user_data", "network_config", "xml"}
# the only single lines that may begin with a dash or a space: no program gets them as a word
LINES = {"cmdline", "init", "password", "username", "server_name", "labels", "options", "log_options", "sysctls"}


def assert_safe(place: Any, leaf: Any) -> None:
    names = {part for part in place if isinstance(part, str)}
    if not isinstance(leaf, str) or not leaf:
        return
    assert b"\0" not in leaf.encode()
    if names & FREE:
        return
    check_form("Text" if place[-1] in LONG else "Line" if names & LINES else "Operand", leaf)
