import pytest

from pxectl.boot.esxi import moved_boot_cfg

# of the ISO of ESXi 8, shortened
BOOT_CFG = b"""bootstate=0
title=Loading ESXi installer
timeout=5
prefix=
kernel=/b.b00
kernelopt=runweasel cdromBoot
modules=/jumpstrt.gz --- /useropts.gz --- /features.gz --- /k.b00
build=8.0.2-0.0.22380479
updated=0
"""
PLACE = "http://10.77.0.1:8080/TOKEN/files/esxi/8.0"


def test_modules_come_from_where_the_medium_lies():
    assert (
        moved_boot_cfg(PLACE, BOOT_CFG).decode()
        == f"""bootstate=0
title=Loading ESXi installer
timeout=5
prefix={PLACE}
kernel=b.b00
kernelopt=runweasel cdromBoot
modules=jumpstrt.gz --- useropts.gz --- features.gz --- k.b00
build=8.0.2-0.0.22380479
updated=0
"""
    )


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"kernel\n", BOOT_CFG.replace(b"\n", b"\r\n")]
)
def test_whatever_the_file_holds_there_is_one_prefix(content):
    assert moved_boot_cfg(PLACE, content).decode().count("prefix=") == 1
