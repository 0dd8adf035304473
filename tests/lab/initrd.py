"""The initrd that every lab machine ends in: it says what was booted and how, and powers off."""

import gzip
import stat
from pathlib import Path

INIT = r"""#!/bin/sh
export PATH=/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
# Write to the UART itself, so that a command line without console= is seen too.
out=/dev/console
for t in /dev/ttyS0 /dev/ttyAMA0; do if (echo > $t) 2>/dev/null; then out=$t; break; fi; done
exec > $out 2>&1
cat /modules.list | while read m; do insmod /modules/$m; done
echo; echo "NETLAB-KERNEL $(uname -rm)"
echo "NETLAB-CMDLINE $(cat /proc/cmdline)"
if [ -d /sys/firmware/efi ]; then echo "NETLAB-FIRMWARE efi"; else echo "NETLAB-FIRMWARE bios"; fi
ip link set lo up
for i in 1 2 3 4 5 6 7 8 9 10; do [ -e /sys/class/net/eth0 ] && break; sleep 0.2; done
ip link set eth0 up
echo "NETLAB-MAC $(cat /sys/class/net/eth0/address)"
udhcpc -i eth0 -q -n -t 8 -T 1 -s /udhcpc.sh -x hostname:netlab >/tmp.log 2>&1 || cat /tmp.log
cat /lease
image=$(sed -n 's/.*netlab.install=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -n "$image" ]; then
    wget -q -O - "$image" > /dev/vda && sync && echo "NETLAB-INSTALLED $(wc -c < /dev/vda)"
fi
if grep -q netlab.fetch /proc/cmdline; then
    # what its command line names is fetched, as the vendor's own program would
    for url in $(tr ' []' '\n\n\n' < /proc/cmdline | sed -n 's/.*\(http:\)/\1/p'); do
        echo "NETLAB-FETCHES $url"
        wget -q -O - "$url"
    done
fi
echo "NETLAB-BOOT-OK"
sleep 0.2
poweroff -f
"""

UDHCPC = r"""#!/bin/sh
case $1 in bound|renew)
    ip addr flush dev $interface
    ip addr add $ip/${mask:-24} dev $interface
    echo "NETLAB-LEASE ip=$ip router=$router server=$serverid hostname=$hostname" > /lease
esac
"""

# In the order of insmod; what is built into the kernel or absent is left out.
MODULES = ["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci"]
MODULES += ["virtio_mmio", "failover", "net_failover", "virtio_net", "virtio_blk"]
APPLETS = ["sh", "mount", "cat", "echo", "insmod", "uname", "ip", "sleep", "udhcpc", "poweroff"]
APPLETS += ["sed", "wget", "sync", "wc", "grep", "tr"]

FOLDER, FILE, PROGRAM = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
LINK, DEVICE = stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o600


def build(kernel_root: Path, busybox: Path) -> bytes:
    """The gzipped cpio of an unpacked kernel package and a static busybox."""
    entries = [(name, FOLDER, b"", (0, 0)) for name in ("bin", "dev", "proc", "sys", "modules")]
    entries.append(("dev/console", DEVICE, b"", (5, 1)))
    entries.append(("bin/busybox", PROGRAM, busybox.read_bytes(), (0, 0)))
    entries += [(f"bin/{name}", LINK, b"busybox", (0, 0)) for name in APPLETS]
    found = []
    for module in MODULES:
        for path in kernel_root.glob(f"lib/modules/*/kernel/**/{module}.ko"):
            entries.append((f"modules/{module}.ko", FILE, path.read_bytes(), (0, 0)))
            found.append(f"{module}.ko\n")
    entries.append(("modules.list", FILE, "".join(found).encode(), (0, 0)))
    entries.append(("init", PROGRAM, INIT.encode(), (0, 0)))
    entries.append(("udhcpc.sh", PROGRAM, UDHCPC.encode(), (0, 0)))
    return gzip.compress(cpio(entries), 6, mtime=0)


def cpio(entries: list[tuple[str, int, bytes, tuple[int, int]]]) -> bytes:
    """An archive in the kernel's newc form of (name, mode, content, device numbers)."""
    out = bytearray()
    for inode, (name, mode, content, (major, minor)) in enumerate(
        [*entries, ("TRAILER!!!", 0, b"", (0, 0))], 1
    ):
        size = len(content)
        fields = (inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4)
        out += content
        out += bytes(-len(out) % 4)
    return bytes(out)
