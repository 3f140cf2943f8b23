"""The words of every error of a stack file, with their places."""

from pathlib import Path

import pytest
from tests.stack_files import HEAD, complaints, load, write

NETWORK = "networks:\n  back: {cidr: 10.40.0.0/24}\n"


def expect(folder: Path, text: str, *expected: str) -> None:
    assert complaints(write(folder, text)) == list(expected)


def test_all_errors_of_a_file_come_in_one_go(tmp_path: Path) -> None:
    expect(
        tmp_path,
        """
        netwroks: {}
        networks:
          back: {cidr: 10.40.0.0/99}
        vms:
          db:
            cpus: many
            imag: host
            networks: [bakc]
            host: hree
            depends_on: [vms.dc]
            ignore_changes: [lables]
        outputs:
          url: "${vms.db.adress}"
        """,
        "4:1 None: there is no section 'netwroks' (did you mean networks?)",
        "6:16 networks.back.cidr: expected an IPv4 network with no host bits set, as 10.40.0.0/24, got '10.40.0.0/99'",
        "9:11 vms.db.cpus: expected a whole number from 1 to 1024, got 'many'",
        "10:5 vms.db.imag: unknown field 'imag' (did you mean image?)",
        "11:16 vms.db.networks[0].network: there is no networks.bakc (did you mean back?)",
        "12:11 vms.db.host: there is no host 'hree' (did you mean here?)",
        "13:18 vms.db.depends_on[0]: there is no resource 'vms.dc' (did you mean vms.db?)",
        "14:22 vms.db.ignore_changes[0]: there is no field 'lables' to ignore (did you mean labels?)",
        "16:8 outputs.url: ${vms.db.adress}: it has no attribute 'adress' (did you mean address?)",
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("${vms.bd2.address}", "${vms.bd2.address}: there is no vms.bd2 (did you mean db2?)"),
        ("${vms.back.cidr}", "${vms.back.cidr}: there is no vms.back (did you mean networks.back?)"),
        (
            "${networks.default.cidr}",
            (
                "${networks.default.cidr}: there is no networks.default (one that the host has already is declared, too:\n"
                "    networks:\n      default: {existing: default})"
            ),
        ),
        ("${vm.db2.address}", "${vm.db2.address}: there is no 'vm'; did you mean vms?"),
        ("${vms.db2}", "${vms.db2}: a resource is no value (name an attribute of it: ${vms.db2.address})"),
        ("${vms}", "${vms}: name one of the vms, as ${vms.NAME...}"),
        (
            "x${vms.db2.addresses}",
            "${vms.db2.addresses}: addresses is a list or map (a text can hold only text, numbers and booleans)",
        ),
        (
            "${vms.db2.addresses[0]}",
            "${vms.db2.addresses[0]}: addresses is a map and has no 0 (ask for one of it by its key: addresses.KEY)",
        ),
        (
            "${services.all.addresses.x}",
            "${services.all.addresses.x}: addresses is a list and has no 'x' (ask for one of it: addresses[0])",
        ),
        ("${vms.db2.name.x}", "${vms.db2.name.x}: name is a single value and has no 'x'"),
        ("${vms.node.address}", "${vms.node.address}: vms.node has count 3 (name one of them: node-0 to node-2)"),
        ("${vms.none.address}", "${vms.none.address}: vms.none has count 0 (its count is 0: there is none)"),
        ("${index}", "${index}: there is an index only in an entry with count"),
        ("${index.x}", "${index.x}: index is a number and has no attributes"),
        ("${config.replica}", "${config.replica}: the configuration has no 'replica' (did you mean replicas?)"),
        (
            "${config.zzz}",
            "${config.zzz}: the configuration has no 'zzz' (declare it:\n    config:\n      zzz: {type: string})",
        ),
        ("${config.replicas.x}", "${config.replicas.x}: config.replicas has no 'x'"),
        ("${vms.db2.address", "${ has no closing } (write $${ for a plain ${)"),
        ("${vms.a.b.address}", '${vms.a.b.address}: there is no vms.a (write ${vms["a.b"].address})'),
    ],
)
def test_references(tmp_path: Path, written: str, message: str) -> None:
    text = f"""config: {{replicas: {{type: integer, default: 3}}}}
vms:
  db2: {{}}
  node: {{count: "${{config.replicas}}"}}
  none: {{count: 0}}
  a.b: {{}}
networks: {{back: }}
services: {{all: {{image: host}}}}
outputs:
  x: '{written}'
"""
    assert complaints(write(tmp_path, text)) == [f"13:6 outputs.x: {message}"]


@pytest.mark.parametrize(
    "inner", ["1 + 2", "a ? b : c", "vms.db .address", "", "upper(vms.db.name)", "vms.db[-1]", "vms..db", "$(id)"]
)
def test_anything_but_a_reference_is_refused(tmp_path: Path, inner: str) -> None:
    (found,) = complaints(write(tmp_path, f"outputs:\n  x: '${{{inner}}}'\n"))
    assert "inside ${ } stands a reference and nothing else" in found


def test_a_key_is_never_computed(tmp_path: Path) -> None:
    expect(
        tmp_path,
        "vms:\n  db: {labels: {'${config.x}': y}}\n",
        "5:17 vms.db.labels: the key '${config.x}' holds ${: references stand in values, not in keys",
    )


def test_a_cycle_is_shown_as_a_cycle(tmp_path: Path) -> None:
    expect(
        tmp_path,
        """
        containers:
          a: {image: host, environment: {B: "${containers.b.address}"}}
          b: {image: host, depends_on: [c]}
          c: {image: host, environment: {A: "${containers.a.address}"}}
        """,
        "5:37 containers.a: a cycle: containers.a -> containers.b -> containers.c -> containers.a"
        " (containers.a needs containers.b: line 5, column 37\n"
        "containers.b needs containers.c: line 6, column 33\n"
        "containers.c needs containers.a: line 7, column 37)",
    )


def test_a_resource_that_needs_itself_is_a_cycle(tmp_path: Path) -> None:
    (found,) = complaints(
        write(
            tmp_path, "vms:\n  a: {hostname: x}\n  b: {description: '${vms.b.name}'}\n".replace("{hostname: x}", "{}")
        )
    )
    assert "a cycle: vms.b -> vms.b" in found


def test_a_host_may_not_live_on_what_lives_on_it(tmp_path: Path) -> None:
    head = "stack: shop\nhosts:\n  kvm: {uri: 'qemu+ssh://root@${vms.a.address}/system'}\n"
    (found,) = complaints(write(tmp_path, "vms: {a: {}}\n", head=head))
    assert "a cycle: hosts.kvm -> vms.a -> hosts.kvm" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hosts: {}", "1:1 stack: the stack has no name (name the stack, as\n    stack: shop)"),
        ("- a", "1:1 None: a stack file is a map of sections (a stack begins with its name:\n    stack: shop)"),
        (
            "stack: [a]",
            "1:8 stack: this is no name: use letters, digits, '_', '.' and '-', at most 63, beginning with a letter or digit (name the stack, as\n    stack: shop)",
        ),
        ("stack: s\nvms: [a]", "2:6 vms: expected a map from names to their settings"),
        ("stack: s\nhosts: {h: 'namespace:///'}", "2:12 hosts.h: expected a map of settings"),
    ],
)
def test_the_outline(tmp_path: Path, text: str, expected: str) -> None:
    assert complaints(write(tmp_path, text, head="")) == [expected]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("stack: shop\nnetworks:\n  back: {}\n volumes: {}\n", "indented by 1 space, it belongs to no entry above"),
        ("stack: shop\nnetworks:\n  back: {}\n  - x: 1\n", "this is an item of a list among the keys of a map"),
        ("stack: shop\ncontainers:\n  web:\n    image: host\n      command: [a]\n", "indented further than the one before it"),
        ("stack: shop\nnetworks:\n\tback: {}\n", "YAML is indented by spaces; this line begins with a tab"),
    ],
)  # fmt: skip
def test_indentation_that_is_wrong_is_called_so(tmp_path: Path, text: str, hint: str) -> None:
    (found,) = complaints(write(tmp_path, text, head=""))
    assert "not valid YAML" in found and hint in found


def test_resources_need_a_host(tmp_path: Path) -> None:
    (found,) = complaints(write(tmp_path, "vms: {db: {}}\n", head="stack: shop\n"))
    assert "the stack has resources but no host" in found


@pytest.mark.parametrize(
    "name", ["-oProxyCommand=x", "../x", "a b", "$(x)", "a;b", "a\\nb", "`x`", "", "x" * 64, "a\\u202eb", "/x", "a\\0"]
)
def test_names_that_could_mean_something_else_are_refused(tmp_path: Path, name: str) -> None:
    (found,) = complaints(write(tmp_path, f'vms:\n  "{name}": {{}}\n'))
    assert "is no name" in found or "this is no name" in found
    assert found.isascii()


def test_count_must_be_known(tmp_path: Path) -> None:
    text = "vms:\n  a: {}\n  b: {count: '${vms.a.cpus}'}\n"
    assert "6:14 vms.b.count: count may use ${config...} only" in complaints(write(tmp_path, text))


def test_options_can_not_depend_on_resources(tmp_path: Path) -> None:
    text = "vms:\n  a: {}\n  b: {protect: '${vms.a.console}'}\n"
    expect(
        tmp_path,
        text,
        "6:16 vms.b.protect: protect can't depend on a resource (only ${config...} and ${index} are known before the run)",
    )


def test_a_wrong_count_is_told_once(tmp_path: Path) -> None:
    expect(tmp_path, "vms:\n  a: {count: -1}\n", "5:14 vms.a.count: expected a whole number from 0 to 10000, got -1")


def test_an_entry_with_count_0_is_checked(tmp_path: Path) -> None:
    (found,) = complaints(write(tmp_path, "vms:\n  a: {count: 0, cpus: x}\n"))
    assert "vms.a.cpus" in found


def test_two_resources_of_one_name(tmp_path: Path) -> None:
    text = "vms:\n  a-0: {}\n  a: {count: 1}\n"
    expect(tmp_path, text, "6:3 vms.a: there are two vms.a-0: one is made by count")


def test_each_instance_is_checked(tmp_path: Path) -> None:
    text = "containers:\n  a: {image: host, count: 3, ports: ['6543${index}:80']}\n  b: {image: host, count: 7, ports: ['6553${index}:80']}\n"
    (found,) = complaints(write(tmp_path, text))
    assert found.startswith("6:38 containers.b.ports[0]")


def test_an_ambiguous_dependency(tmp_path: Path) -> None:
    text = "vms: {x: {}}\nnetworks: {x: }\nvolumes: {y: {depends_on: [x]}}\n"
    expect(
        tmp_path, text, "6:28 volumes.y.depends_on[0]: 'x' may mean networks.x, vms.x (write the section and the name)"
    )


def test_a_network_on_another_host(tmp_path: Path) -> None:
    head = HEAD + "  there: {uri: 'docker:///'}\n"
    path = write(tmp_path, NETWORK + "vms:\n  a: {host: there, networks: [back]}\n", head=head)
    assert complaints(path) == [
        "8:31 vms.a.networks[0].network: networks.back is on the host here, but vms.a on there (put both on one host: host: here)"
    ]


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ("[{from: vms.old, to: vms.dbb}]", "5:29 moved[0].to: there is no vms.dbb (did you mean db?)"),
        ("[{from: vms.db, to: vms.db}]", "from and to are the same"),
        ("[{from: vms.x, to: networks.db}]", "must be in the same section"),
        ("[{from: vms.a, to: vms.b}, {from: vms.b, to: vms.a}]", "vms.a is moved in a circle"),
        ("[{from: vms.a, to: vms.db}, {from: vms.a, to: vms.db}]", "vms.a is moved twice"),
        ("{from: vms.a, to: vms.db}", "expected a list"),
        ("[{from: vms.a}]", "is required"),
    ],
)
def test_moves(tmp_path: Path, moves: str, expected: str) -> None:
    found = complaints(write(tmp_path, f"vms: {{db: {{}}}}\nmoved: {moves}\n"))
    assert any(expected in each for each in found), found


@pytest.mark.parametrize("source", [".", "./html", "../html", "~/html"])
def test_a_path_of_the_host_is_no_volume(tmp_path: Path, source: str) -> None:
    expect(
        tmp_path,
        f"containers: {{c: {{image: a, volumes: ['{source}:/srv']}}}}\n",
        "4:38 containers.c.volumes[0]: a path of the host is given in full, as /srv/data:/var/lib/data, got"
        f" '{source}:/srv'",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", "expected no, on-failure, always or unless-stopped, got true"),
        ("alway", "expected no, on-failure, always or unless-stopped, got 'alway' (did you mean always?)"),
    ],
)
def test_quotes_do_not_make_a_wrong_choice_right(tmp_path: Path, value: str, expected: str) -> None:
    text = f"containers: {{c: {{image: a, restart: {value}}}}}\n"
    expect(tmp_path, text, f"4:37 containers.c.restart: {expected}")


def test_a_thousand_wrong_references_do_not_take_long(tmp_path: Path) -> None:
    entries = "".join(
        f"  c{n}: {{image: host, environment: {{A: '${{containers.d{n}.address}}'}}}}\n" for n in range(3000)
    )
    found = complaints(write(tmp_path, "containers:\n" + entries))
    assert len(found) == 101


def test_an_ordinary_stack_has_no_errors(tmp_path: Path) -> None:
    assert len(load(write(tmp_path, NETWORK + "vms: {db: {networks: [back]}}\n")).declared) == 3
