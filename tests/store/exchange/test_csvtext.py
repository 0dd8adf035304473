from dataclasses import replace

import pytest
from hypothesis import given, settings

from pxectl.errors import ConfigError
from pxectl.store.exchange.csvtext import read_csv, write_csv
from pxectl.store.machines import machine_of
from tests.builders import MAC1, machine
from tests.store.exchange.inventories import inventories, on_the_wire

MAC = str(MAC1)


def read(text):
    haul = read_csv(text, "f.csv")
    assert haul.refused == ()
    return [(carried.name, carried.table) for carried in haul.machines]


@pytest.mark.parametrize(
    "text",
    [
        f"mac,name,tags\n{MAC} 52:54:00:77:00:02,node1,gpu rack-3\n",
        f"Mac;NAME;tags\n{MAC.upper()} 5254.0077.0002;node1;gpu rack-3\n",
        f"mac\tname\ttags\n{MAC};525400770002\tnode1\tgpu;rack-3\n",
        f'# ours\n\n"mac", name, tags\n{MAC};52-54-00-77-00-02, node1,"gpu;rack-3"\n,,\n',
    ],
)
def test_cells_stand_between_commas_semicolons_or_tabs(text):
    table = {"mac": [MAC, "52:54:00:77:00:02"], "tags": ["gpu", "rack-3"]}
    assert read(text) == [("node1", table)]


def test_every_key_has_its_type():
    header = "mac,address,hostname,arch,serial,netboot,profile,dhcp,options.routers,quirks.blksize"
    row = f"{MAC},10.77.0.21,h,x86_64,S 1,once,debian,no,10.77.0.1 10.77.0.2,1024"
    [(name, table)] = read(
        f"{header},options.mtu-interface,options.121,vars.disk,vars.n,vars.b,vars.l,vars.z\n"
        f'{row},1500,10.0.0.0/8 via 10.77.0.9;0.0.0.0/0 via 10.77.0.1,/dev/x,7,true,"[""a""]",007\n'
    )
    assert name == "52-54-00-77-00-01"
    assert table == {
        "mac": [MAC],
        "address": "10.77.0.21",
        "hostname": "h",
        "arch": "x86_64",
        "serial": "S 1",
        "netboot": "once",
        "profile": "debian",
        "dhcp": False,
        "options": {
            "routers": ["10.77.0.1", "10.77.0.2"],
            "mtu-interface": 1500,
            "121": ["10.0.0.0/8 via 10.77.0.9", "0.0.0.0/0 via 10.77.0.1"],
        },
        "quirks": {"blksize": 1024},
        "vars": {"disk": "/dev/x", "n": 7, "b": True, "l": ["a"], "z": "007"},
    }
    machine_of(dict(table), name, "f")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.csv: has no header line"),
        ("name,address\n", "f.csv, line 1: there is no column `mac`"),
        ("mac,adress\n", "f.csv, line 1: there is no column `adress`"),
        ("mac,mac\n", "the column `mac` stands there twice"),
        ("mac,vars.\n", "there is no column `vars.`"),
        ('mac,name\n"' + "x" * 200_000, "f.csv: line 2: field larger than"),
    ],
)
def test_a_header_that_can_not_be_is_no_file(text, told):
    with pytest.raises(ConfigError) as error:
        read_csv(text, "f.csv")
    assert told in error.value.message
    assert error.value.hint


def test_one_broken_row_is_refused_with_its_line():
    haul = read_csv(
        f"mac,options.router,dhcp\nzz,,\n{MAC},x,\n,10.77.0.1,\n{MAC},,,x\n{MAC},,true\n", "f"
    )
    assert [error.message.split(": ")[0] for error in haul.refused] == [
        f"f, line {n}" for n in (2, 3, 4, 5)
    ]
    assert "options.router: `['x']` is no value" in haul.refused[1].message
    assert len(haul.machines) == 1


@settings(max_examples=150, deadline=None)
@given(inventories())
def test_whatever_is_exported_is_imported_again(machines):
    held = [
        replace(one, tags=tuple(t for t in one.tags if ";" not in t and t == t.strip()))
        for one in machines
    ]
    written = write_csv(machines, {})
    haul = read_csv(written.text, "f")

    assert haul.refused == ()
    found = [machine_of(dict(c.table), c.name, "f") for c in haul.machines]
    assert on_the_wire(found) == on_the_wire(held)
    assert len(written.notes) == sum(one != two for one, two in zip(held, machines, strict=True))


@pytest.mark.parametrize(
    "text", ["0\r", "\r0", "a\nb", "a\r\nb", 'say "so"', "a,b", "a;b\tc", "#1"]
)
def test_a_text_that_could_end_a_row_or_a_cell_comes_back_whole(text):
    held = [machine(options={"root-path": text})]
    haul = read_csv(write_csv(held, {}).text, "f")
    [found] = [machine_of(dict(c.table), c.name, "f") for c in haul.machines]
    assert found.options == {"root-path": text}


def test_only_columns_that_are_used_are_written():
    two = [machine(), machine(name="n2", macs=(MAC1,), address=None, profile="", vars={"a": "5"})]
    assert write_csv(two, {}).text == (
        f'name,mac,address,profile,vars.a\nnode1,{MAC},10.77.0.21,debian,\nn2,{MAC},,,"""5"""\n'
    )
