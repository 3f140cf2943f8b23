"""How the values of Compose files are read: units, ports, mounts, words, variables, short forms, and how files are merged."""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.compose_lab import project

from virtwright.errors import InputError
from virtwright.stacks.compose.dotenv import DotenvError, parse_dotenv
from virtwright.stacks.compose.interpolate import Substitution, TemplateError, sole_variable
from virtwright.stacks.compose.item import matches, plain, shown, text_of
from virtwright.stacks.compose.mounts import parse_mount
from virtwright.stacks.compose.ports import Port, parse_ports
from virtwright.stacks.compose.shellwords import SplitError, split
from virtwright.stacks.compose.units import to_boolean, to_duration, to_integer, to_number, to_size
from virtwright.stacks.yaml.allowance import Allowance

KIB: Final = 1024
UNITS: Final[list[tuple[Any, Any, Any]]] = [
    (to_size, 5, 5), (to_size, -1, -1), (to_size, "-1", -1), (to_size, "7", 7), (to_size, "64k", 64 * KIB),
    (to_size, "1.5M", 3 * KIB**2 // 2), (to_size, "1gb", KIB**3), (to_size, "1GiB", KIB**3), (to_size, "2T", 2 * KIB**4),
    (to_size, "1p", KIB**5), (to_size, " 3 b ", 3), (to_size, 1.5, 1), (to_size, 0, 0),
    (to_size, -2, None), (to_size, True, None), (to_size, "x", None), (to_size, None, None), (to_size, "1e3", None),
    (to_duration, "0", 0.0), (to_duration, "0.0", 0.0), (to_duration, 0, 0.0), (to_duration, "1w", 604800.0),
    (to_duration, "1d", 86400.0), (to_duration, "1h", 3600.0), (to_duration, "1m30s", 90.0), (to_duration, "1.5s", 1.5),
    (to_duration, "500ms", 0.5), (to_duration, ".5s", 0.5), (to_duration, "1us", 1e-6), (to_duration, "2µs", 2e-6),
    (to_duration, "3ns", 3e-9), (to_duration, "5", None), (to_duration, "", None), (to_duration, "1m x", None),
    (to_boolean, True, True), (to_boolean, "Yes", True), (to_boolean, "on", True), (to_boolean, "1", True),
    (to_boolean, "y", True), (to_boolean, "t", True), (to_boolean, "true", True), (to_boolean, False, False),
    (to_boolean, "no", False), (to_boolean, "off", False), (to_boolean, "0", False), (to_boolean, "n", False),
    (to_boolean, "f", False), (to_boolean, "false", False), (to_boolean, "maybe", None), (to_boolean, 2, None),
    (to_integer, 5, 5), (to_integer, "5", 5), (to_integer, "5.00", 5), (to_integer, "-5", -5), (to_integer, "+5", 5),
    (to_integer, 5.0, 5), (to_integer, True, None), (to_integer, "5.5", None), (to_integer, "5" * 41, None),
    (to_number, "0.25", 0.25), (to_number, 2, 2.0), (to_number, ".5", 0.5), (to_number, "-1", -1.0), (to_number, "1.", 1.0),
    (to_number, True, None), (to_number, "1e3", None), (to_number, "", None),
]  # fmt: skip
EXPECTED: Final = {
    to_size: "expected a size, as 64m, 1g or a number of bytes",
    to_duration: "expected a duration, as 30s, 1m30s or 500ms",
    to_boolean: "expected true or false",
    to_integer: "expected a whole number",
    to_number: "expected a number",
}


@pytest.mark.parametrize(("parse", "text", "value"), UNITS)
def test_sizes_times_and_numbers(parse: Any, text: Any, value: Any) -> None:
    if value is not None:
        assert (parse(text), type(parse(text))) == (value, type(value))
    else:
        with pytest.raises(ValueError) as caught:
            parse(text)
        assert str(caught.value) == EXPECTED[parse]


PORTS: Final[list[tuple[str, list[Port]]]] = [
    ("80", [Port(80, None, None, "tcp")]),
    ("80/UDP", [Port(80, None, None, "udp")]),
    ("8080:80/sctp", [Port(80, "8080", None, "sctp")]),
    ("127.0.0.1:8080:80", [Port(80, "8080", "127.0.0.1", "tcp")]),
    ("[::1]:8080:80", [Port(80, "8080", "::1", "tcp")]),
    ("::1:8080:80", [Port(80, "8080", "::1", "tcp")]),
    ("127.0.0.1::80", [Port(80, None, "127.0.0.1", "tcp")]),
    ("[::1]::80/udp", [Port(80, None, "::1", "udp")]),
    ("80-81", [Port(80, None, None, "tcp"), Port(81, None, None, "tcp")]),
    ("8080-8081:80-81", [Port(80, "8080", None, "tcp"), Port(81, "8081", None, "tcp")]),
    ("8080-8085:80", [Port(80, "8080-8085", None, "tcp")]),
    ("1:65535", [Port(65535, "1", None, "tcp")]),
]
NO_PORTS: Final = {
    "a": "expected a port, as 80, 8080:80, 127.0.0.1:8080:80 or 53:53/udp",
    "80/icmp": "there is no protocol 'icmp': tcp, udp or sctp",
    "8080-8085:80-81": "the ranges 8080-8085 and 80-81 are not of the same length",
    "0:80": "0 is no port: from 1 to 65535, the smaller one first",
    "65536:80": "65536 is no port: from 1 to 65535, the smaller one first",
    "81-80": "81-80 is no port: from 1 to 65535, the smaller one first",
}


@pytest.mark.parametrize(("text", "ports"), PORTS)
def test_short_ports(text: str, ports: list[Port]) -> None:
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", NO_PORTS)
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_ports(text)
    assert str(caught.value) == NO_PORTS[text]


MOUNTS: Final[list[tuple[str, Any]]] = [
    ("/d", {"type": "volume", "target": "/d"}),
    ("/a/../d/", {"type": "volume", "target": "/d"}),
    ("v:/d", {"type": "volume", "source": "v", "target": "/d"}),
    ("v:/d/:ro", {"type": "volume", "source": "v", "target": "/d", "read_only": True}),
    ("v:/d:rw,nocopy", {"type": "volume", "source": "v", "target": "/d", "read_only": False, "volume": {"nocopy": True}}),
    ("./s:/d", {"type": "bind", "source": "./s", "target": "/d"}),
    ("~/s:/d:z", {"type": "bind", "source": "~/s", "target": "/d", "bind": {"selinux": "z"}}),
    ("/s:/d:ro,Z,rslave", {"type": "bind", "source": "/s", "target": "/d", "read_only": True,
                           "bind": {"selinux": "Z", "propagation": "rslave"}}),
    ("v:/d:cached", {"type": "volume", "source": "v", "target": "/d", "consistency": "cached"}),
    ("v:/d:shared", {"type": "volume", "source": "v", "target": "/d", "bind": {"propagation": "shared"}}),
    ("a:", {"type": "volume", "target": "a:"}),
]  # fmt: skip
NO_MOUNTS: Final = {
    "": "expected a mount, as data:/var/lib/data or ./conf:/etc/app:ro",
    "abc::/d": "there is nothing between two colons",
    "a:/b:ro:x": "there are too many colons: write SOURCE:TARGET or SOURCE:TARGET:ro",
}


@pytest.mark.parametrize(("text", "mount"), MOUNTS)
def test_short_mounts(text: str, mount: Any) -> None:
    assert parse_mount(text) == mount


@pytest.mark.parametrize("text", NO_MOUNTS)
def test_what_is_no_mount(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_mount(text)
    assert str(caught.value) == NO_MOUNTS[text]


@pytest.mark.parametrize("propagation", ["rprivate", "private", "rshared", "shared", "rslave", "slave"])
def test_how_mounts_propagate(propagation: str) -> None:
    assert parse_mount(f"/a:/b:{propagation}")["bind"] == {"propagation": propagation}


WORDS: Final[list[tuple[str, list[str], str]]] = [
    ("", [], ""), ("  a\tb\nc ", ["a", "b", "c"], ""), ("'a b' \"c d\"", ["a b", "c d"], ""), ("a''b", ["ab"], ""),
    ("''", [""], ""), (r"a\ b", ["a b"], ""), (r'"a\"b"', ['a"b'], ""), (r"'a\b'", [r"a\b"], ""),
    ("a && b", ["a"], "&& b"), ("a;b", ["a"], ";b"), ("a | b", ["a"], "| b"), ("a < b", ["a"], "< b"),
    ("a 2> b", ["a"], "> b"), ("a x> b", ["a", "x"], "> b"), ("a 2< b", ["a", "2"], "< b"),
    ("`a b` c", ["`a b`", "c"], ""), ("$(a b) c", ["$(a b)", "c"], ""), (r"`a\`b`", [r"`a\`b`"], ""), ("x$(a)", ["x$(a)"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "rest"), WORDS)
def test_words_of_a_command(text: str, words: list[str], rest: str) -> None:
    assert split(text) == (words, rest)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("'a", "a quote is not closed"), ('"a', "a quote is not closed"), ("`a", "a quote is not closed"),
        ("a\\", "it ends with a backslash"), ("(a)", "it holds '(' outside of quotes"), ("a)", "it holds ')' outside of quotes"),
    ],
)  # fmt: skip
def test_what_has_no_words(text: str, why: str) -> None:
    with pytest.raises(SplitError) as caught:
        split(text)
    assert str(caught.value) == why


DOTENV: Final[list[tuple[str, dict[str, str]]]] = [
    ("A=1\nB = 2\n# no\n\nC: 3", {"A": "1", "B": "2", "C": "3"}),
    ("A=1 # remark\nB=1#2", {"A": "1", "B": "1#2"}),
    ("export A=1\r\nexport\tB=2", {"A": "1", "B": "2"}),
    ("A='$X \\n'\nB=\"x\\ny\\t$X\"", {"A": "$X \\n", "B": "x\ny\tsent"}),
    ('A="a\nb"\nC=1', {"A": "a\nb", "C": "1"}),
    (r"""A='it\'s' """, {"A": "it's"}),
    (r'A="\$X \\ \" \07 \0101"', {"A": '$X \\ " \\07 A'}),
    ("X\nY\nA=1", {"X": "sent", "A": "1"}),
    ("A=1\nB=${A}${X}", {"A": "1", "B": "1sent"}),
    ("X=own\nB=$X", {"X": "own", "B": "sent"}),
    ("A=", {"A": ""}),
    ("A=\n B=2", {"A": "", "B": "2"}),
    ("a.b-c[0]=1", {"a.b-c[0]": "1"}),
]


@pytest.mark.parametrize(("text", "variables"), DOTENV)
def test_files_of_variables(text: str, variables: dict[str, str]) -> None:
    assert parse_dotenv(text, {"X": "sent"}) == variables


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("A=1\n\n=2", 3, "expected NAME=value"), ("A B=1", 1, "expected NAME=value"),
        ("\nA!=1", 2, "unexpected character '!' in the name of a variable"), ("A='x\ny", 1, "a quoted value has no closing quote"),
        ("B=1\nA=${", 2, "in '${' a ${ has no closing }"), ("B=1\nA=\"\n${Z:?no}\"", 2, "the required variable Z has no value: no"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_variables(text: str, line: int, why: str) -> None:
    with pytest.raises(DotenvError) as caught:
        parse_dotenv(text, {})
    assert (caught.value.line, str(caught.value)) == (line, why)


VARIABLES: Final = {"SET": "value", "EMPTY": "", "_u1": "x"}
TEMPLATES: Final[list[tuple[str, str, list[str]]]] = [
    ("plain", "plain", []), ("$SET/${SET}.", "value/value.", []), ("$$SET $$", "$SET $", []), ("$_u1", "x", []),
    ("$GONE-${GONE}", "-", ["GONE", "GONE"]), ("${GONE:-d}${EMPTY:-d}${SET:-d}", "ddvalue", []),
    ("${GONE-d}${EMPTY-d}${SET-d}", "dvalue", []), ("${GONE:+d}${EMPTY:+d}${SET:+d}", "d", []),
    ("${GONE+d}${EMPTY+d}${SET+d}", "dd", []), ("${SET:?why}${SET?why}${EMPTY?why}", "valuevalue", []),
    ("${GONE:-${SET:+a}{b}}", "a{b}", []), ("${GONE:-${GONE:-${SET}}}", "value", []), ("${GONE:-}", "", []),
    ("${GONE:-a}b}", "ab}", []),
]  # fmt: skip
BROKEN: Final[list[tuple[str, str, str | None]]] = [
    ("$", "in '$' a $ begins no variable", "write $$ for a plain $, or ${NAME} for a variable"),
    ("a$1", "in 'a$1' a $ begins no variable", "write $$ for a plain $, or ${NAME} for a variable"),
    ("x" * 61 + "$", f"in '{'x' * 57}...' a $ begins no variable", "write $$ for a plain $, or ${NAME} for a variable"),
    ("${A", "in '${A' a ${ has no closing }", "write $${ for a plain ${"),
    ("${1}", "${'1'} is no variable", "write ${NAME}, ${NAME:-default} or ${NAME:?why}"),
    ("${A!b}", "${'A!b'} is no variable", "write ${NAME}, ${NAME:-default} or ${NAME:?why}"),
    ("${A:?}", "the required variable A has no value", "set it, in the environment or in the file .env:\n    A=..."),
    ("${EMPTY:?so $SET}", "the required variable EMPTY has no value: so value",
     "set it, in the environment or in the file .env:\n    EMPTY=..."),
    ("${A?}", "the required variable A has no value", "set it, in the environment or in the file .env:\n    A=..."),
    ("${A:-" * 33 + "}" * 33, "variables are nested deeper than 32 levels", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "made", "unset"), TEMPLATES)
def test_variables_in_texts(text: str, made: str, unset: list[str]) -> None:
    substitution = Substitution(VARIABLES, Allowance())
    assert (substitution(text), substitution.unset) == (made, unset)


@pytest.mark.parametrize(("text", "why", "hint"), BROKEN)
def test_what_is_no_variable(text: str, why: str, hint: str | None) -> None:
    with pytest.raises(TemplateError) as caught:
        Substitution(VARIABLES, Allowance())(text)
    assert (str(caught.value), caught.value.hint) == (why, hint)


def test_variables_may_be_nested_as_deep_as_is_said() -> None:
    assert Substitution({}, Allowance())("${A:-" * 32 + "x" + "}" * 32) == "x"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$A", "A"), ("${A}", "A"), ("${A:-b}", "A"), ("${A-b}", "A"), ("${A:?b}", "A"), ("${A?}", "A"), ("${A:+b}", None),
        ("x$A", None), ("$A ", None), ("${A:-${B}}", None), ("", None),
    ],
)  # fmt: skip
def test_a_text_that_is_one_variable(text: str, name: str | None) -> None:
    assert sole_variable(text) == name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (1.0, "1"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (-2.0, "-2"),
        (7, "7"),
        ("a", "a"),
    ],
)
def test_a_scalar_as_a_text(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_paths() -> None:
    assert shown(("services", "web", "ports", "[0]", "target")) == "services.web.ports[0].target"
    assert shown(()) == ""
    assert matches(("a", "b"), "a.*") and matches(("a", "b"), "a.b") and not matches(("a", "b"), "a.c")
    assert not matches(("a",), "a.*") and not matches(("a", "b", "c"), "a.*")


def model(folder: Path, *files: str) -> Any:
    for name, text in zip(("compose.yaml", "compose.override.yaml"), files, strict=False):
        (folder / name).write_text(text, encoding="utf-8")
    return plain(project(folder).model)["services"]["a"]


FORMS: Final[list[tuple[str, Any]]] = [
    ("annotations: [a=b, c]", {"annotations": {"a": "b", "c": ""}}),
    ("labels: {a: , b: 1}", {"labels": {"a": "", "b": 1}}),
    ("environment: [A=b=c, D]", {"environment": {"A": "b=c", "D": None}}),
    ("sysctls: [a=1]", {"sysctls": {"a": "1"}}),
    ("build: ./x", {"build": {"context": "./x"}}),
    ("build: {args: [A=1], labels: [b=2], additional_contexts: [c=d], extra_hosts: ['h:1.1.1.1']}",
     {"build": {"args": {"A": "1"}, "labels": {"b": "2"}, "additional_contexts": {"c": "d"}, "extra_hosts": ["h=1.1.1.1"]}}),
    ("command: a 'b c'", {"command": ["a", "b c"]}),
    ("command: a; b", {"command": ["a", {"dropped": "; b"}]}),
    ("entrypoint: [a, b]", {"entrypoint": ["a", "b"]}),
    ("configs: [c]", {"configs": [{"source": "c"}]}),
    ("secrets: [{source: s, target: t}]", {"secrets": [{"source": "s", "target": "t"}]}),
    ("depends_on: [b]", {"depends_on": {"b": {"condition": "service_started", "required": True}}}),
    ("depends_on: {b: {condition: service_healthy}}", {"depends_on": {"b": {"condition": "service_healthy", "required": True}}}),
    ("devices: ['/a:/b:r', '/c', '/d:/e']",
     {"devices": [{"source": "/a", "target": "/b", "permissions": "r"}, {"source": "/c", "target": "/c", "permissions": "rwm"},
                  {"source": "/d", "target": "/e", "permissions": "rwm"}]}),
    ("dns: 1.1.1.1", {"dns": ["1.1.1.1"]}), ("dns_opt: o", {"dns_opt": ["o"]}), ("dns_search: s", {"dns_search": ["s"]}),
    ("tmpfs: /t", {"tmpfs": ["/t"]}), ("label_file: x", {"label_file": ["x"]}),
    ("env_file: x", {"env_file": [{"path": "x", "required": True}]}),
    ("env_file: [{path: x, required: false}, y]",
     {"env_file": [{"path": "x", "required": False}, {"path": "y", "required": True}]}),
    ("extra_hosts: {a: [1.1.1.1, '[::1]'], b: 2.2.2.2}", {"extra_hosts": ["a=1.1.1.1", "a=::1", "b=2.2.2.2"]}),
    ("extra_hosts: ['a:1.1.1.1', 'b=[::2]', 'c:::3']", {"extra_hosts": ["a=1.1.1.1", "b=::2", "c=::3"]}),
    ("gpus: all", {"gpus": [{"count": "all"}]}), ("gpus: [{count: 1}]", {"gpus": [{"count": 1}]}),
    ("healthcheck: {test: a b}", {"healthcheck": {"test": ["CMD-SHELL", "a b"]}}),
    ("networks: [n]", {"networks": {"n": None}}),
    ("ports: [80, '8080:81/udp']", {"ports": [{"target": 80, "protocol": "tcp", "mode": "ingress"},
                                              {"target": 81, "published": "8080", "protocol": "udp", "mode": "ingress"}]}),
    ("ports: ['127.0.0.1:8080:80']",
     {"ports": [{"target": 80, "published": "8080", "host_ip": "127.0.0.1", "protocol": "tcp", "mode": "ingress"}]}),
    ("ports: [{target: 80, mode: host}]", {"ports": [{"target": 80, "mode": "host", "protocol": "tcp"}]}),
    ("volumes: ['/d']", {"volumes": [{"type": "volume", "target": "/d"}]}),
    ("deploy: {labels: [a=b]}", {"deploy": {"labels": {"a": "b"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("short", "long"), FORMS)
def test_short_forms_written_out(short: str, long: Any, tmp_path: Path) -> None:
    assert model(tmp_path, f"services: {{a: {{image: x, {short}}}}}") == {"image": "x", **long}


NO_FORMS: Final = {
    "labels: a": "expected a list of texts or a map",
    "depends_on: {b: 5}": "expected a list of services, or a map from services to conditions",
    "extra_hosts: a": "expected a list, as [db:10.0.0.5], or a map from names to addresses",
    "extra_hosts: [a]": "'a' is no host: write NAME:ADDRESS",
    "extra_hosts: ['=1']": "'=1' is no host: write NAME:ADDRESS",
    "ports: 80": "expected a list of ports",
    "ports: [true]": "expected a port, as 8080:80",
    "command: {a: b}": "expected a text or a list of texts",
    "command: a (b": "this command can't be split into words: it holds '(' outside of quotes; write it as a list",
    "volumes: ['abc::x']": "there is nothing between two colons",
}


@pytest.mark.parametrize("short", NO_FORMS)
def test_what_has_no_long_form(short: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        model(tmp_path, f"services: {{a: {{image: x, {short}}}}}")
    assert caught.value.message == NO_FORMS[short]


MERGES: Final[list[tuple[str, str, Any]]] = [
    ("user: a, tty: true", "user: b", {"user": "b", "tty": True}),
    ("user: a", "user: ", {"user": "a"}),
    ("labels: {a: b, c: d}", "labels: {a: e, f: g}", {"labels": {"a": "e", "c": "d", "f": "g"}}),
    ("command: [a]", "command: [b]", {"command": ["b"]}),
    ("entrypoint: [a]", "entrypoint: [b]", {"entrypoint": ["b"]}),
    ("healthcheck: {test: [CMD, a], retries: 1}", "healthcheck: {test: [CMD, b]}",
     {"healthcheck": {"test": ["CMD", "b"], "retries": 1}}),
    ("ulimits: {n: {soft: 1, hard: 2}}", "ulimits: {n: {soft: 3}}", {"ulimits": {"n": {"soft": 3}}}),
    ("logging: {driver: a, options: {x: y}}", "logging: {driver: b}", {"logging": {"driver": "b"}}),
    ("logging: {driver: a, options: {x: y}}", "logging: {options: {z: y}}",
     {"logging": {"driver": "a", "options": {"x": "y", "z": "y"}}}),
    ("dns: [a, b]", "dns: [b, c]", {"dns": ["a", "b", "c"]}),
    ("cap_add: [A]", "cap_add: [A, B]", {"cap_add": ["A", "B"]}),
    ("tmpfs: [/a, /b]", "tmpfs: [/b]", {"tmpfs": ["/a", "/b"]}),
    ("security_opt: [a]", "security_opt: [a]", {"security_opt": ["a", "a"]}),
    ("volumes: ['v:/a', 'w:/b']", "volumes: ['x:/a']",
     {"volumes": [{"type": "volume", "source": "x", "target": "/a"}, {"type": "volume", "source": "w", "target": "/b"}]}),
    ("configs: [c, {source: d, target: /t}]", "configs: [{source: c, mode: 1}, {source: e, target: /t}]",
     {"configs": [{"source": "c", "mode": 1}, {"source": "e", "target": "/t"}]}),
    ("secrets: [s]", "secrets: [{source: t, target: /run/secrets/s}]", {"secrets": [{"source": "t", "target": "/run/secrets/s"}]}),
    ("devices: ['/a:/b']", "devices: ['/c:/b']", {"devices": [{"source": "/c", "target": "/b", "permissions": "rwm"}]}),
    ("expose: ['1']", "expose: ['1', '2']", {"expose": ["1", "2"]}),
    ("user: a, dns: [a]", "user: !reset null, dns: !override [b]", {"dns": ["b"]}),
    ("env_file: [a, b]", "env_file: [{path: a, required: false}]",
     {"env_file": [{"path": "a", "required": False}, {"path": "b", "required": True}]}),
]  # fmt: skip


@pytest.mark.parametrize(("base", "over", "merged"), MERGES)
def test_files_are_merged(base: str, over: str, merged: Any, tmp_path: Path) -> None:
    files = [f"services: {{a: {{image: x, {each}}}}}" for each in (base, over)]
    assert model(tmp_path, *files) == {"image": "x", **merged}


LISTS: Final = ("cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "expose", "links", "profiles", "tmpfs")


@pytest.mark.parametrize("key", LISTS)
def test_an_entry_of_two_lists_is_there_once(key: str, tmp_path: Path) -> None:
    files = [f"services: {{a: {{image: x, {key}: {each}}}}}" for each in ("[a, b]", "[b, c]")]
    assert model(tmp_path, *files)[key] == ["a", "b", "c"]


def test_an_entry_of_two_lists_further_down_is_there_once(tmp_path: Path) -> None:
    hosts = [f"extra_hosts: {each}" for each in ("['a:1.1.1.1']", "['a:1.1.1.1', 'a:1.1.1.2']")]
    names = [f"networks: {{n: {{aliases: {each}, link_local_ips: {each}}}}}" for each in ("[a, b]", "[b, c]")]
    tags = [f"build: {{context: ., tags: {each}}}" for each in ("[a, b]", "[b, c]")]
    files = [f"services: {{a: {{image: x, {', '.join(each)}}}}}" for each in zip(hosts, names, tags, strict=True)]
    made = model(tmp_path, *files)
    assert made["extra_hosts"] == ["a=1.1.1.1", "a=1.1.1.2"]
    assert made["networks"]["n"] == {"aliases": ["a", "b", "c"], "link_local_ips": ["a", "b", "c"]}
    assert made["build"]["tags"] == ["a", "b", "c"]


def test_ports_of_one_address_are_merged(tmp_path: Path) -> None:
    files = [
        f"services: {{a: {{image: x, ports: [{each}]}}}}" for each in ("'80:1', '81:2'", "'80:1', '82:2', '80:1/udp'")
    ]
    assert [(each["published"], each["target"]) for each in model(tmp_path, *files)["ports"]] == [
        ("80", 1), ("81", 2), ("82", 2), ("80", 1)
    ]  # fmt: skip


def test_what_can_not_be_merged(tmp_path: Path) -> None:
    files = [f"services: {{a: {{image: x, {each}}}}}" for each in ("deploy: {mode: a}", "deploy: b")]
    with pytest.raises(InputError) as caught:
        model(tmp_path, *files)
    assert "this can't be merged with what stands in" in caught.value.message


def test_ranges_of_addresses_are_merged_by_their_subnet(tmp_path: Path) -> None:
    files = (
        "[{subnet: 10.0.0.0/24, gateway: 10.0.0.1}, {subnet: 10.1.0.0/24}]",
        "[{subnet: 10.0.0.0/24, gateway: 10.0.0.2}, {ip_range: x}]",
    )
    for name, config in zip(("compose.yaml", "compose.override.yaml"), files, strict=True):
        text = f"services: {{a: {{image: x}}}}\nnetworks: {{n: {{ipam: {{config: {config}}}}}}}"
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert plain(project(tmp_path).model)["networks"]["n"]["ipam"]["config"] == [
        {"subnet": "10.1.0.0/24"}, {"subnet": "10.0.0.0/24", "gateway": "10.0.0.2"}, {"ip_range": "x"}
    ]  # fmt: skip
