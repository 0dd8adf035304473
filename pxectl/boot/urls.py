"""Paths and URLs that a client is told; `route` reads them back (without a token: `newcomer`).

TOKEN/boot.ipxe          its script
TOKEN/ipxe.efi           an iPXE binary, by the name that it has on the wire
TOKEN/files/PATH         a file below files/
TOKEN/named/NAME         a file that a flag named
TOKEN/templates/PATH     a template, rendered for it
TOKEN/mirror/SEAL/https/HOST/PATH  a file of another server (`boot/mirrored.py`)
TOKEN/esxi/PATH/boot.cfg ESXi's list of modules, with where they are
TOKEN/iso/NAME           the ISO image of its profile, with its command line in it
iso/TOKEN/NAME           the same for its BMC: the token does not expire
TOKEN/booted             says that all has been loaded and is started now
"""

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from urllib.parse import quote

from pxectl.boot.client import Client, Firmware
from pxectl.boot.mirrored import Seal
from pxectl.boot.site import HTTPS, Serving, Site
from pxectl.boot.token import make_lasting_token, make_token
from pxectl.mac import MAC
from pxectl.wire.iana import IPXEFeature

SCRIPT = "boot.ipxe"
IPXE = "ipxe"
AUTOEXEC = "autoexec.ipxe"
"""EFI iPXE asks for it beside its own file and wants a "no" at once (lab.md pitfalls 4)."""
BOOTED = "booted"
ISO = "iso"
FILES, NAMED, TEMPLATES = "files", "named", "templates"
ESXI, BOOT_CFG = "esxi", "/boot.cfg"


@dataclass(frozen=True, slots=True)
class Urls:
    """What one client is told. Made for its MAC; templates see it as `urls`."""

    base: str
    """`http://10.77.0.1:8080`, `https://10.77.0.1:8443` or `tftp://10.77.0.1`."""
    token: str
    """Empty for a client whose MAC is not known: its paths carry none."""
    _seal: Seal | None = field(default=None, compare=False, repr=False)
    """None: nothing is mirrored."""
    plain_base: str = ""
    """`http://10.77.0.1:8080` where `base` is HTTPS; empty: it is not, or there is no other."""

    @property
    def plain(self) -> "Urls":
        """The same without HTTPS, for what knows nothing of the firmware's CA: boot loaders other
        than iPXE, kernels and the systems that they start."""
        return replace(self, base=self.plain_base, plain_base="") if self.plain_base else self

    @property
    def is_https(self) -> bool:
        """True if what it is told is fetched by HTTPS."""
        return self.base.startswith("https:")

    def path(self, name: str) -> str:
        """The path of `name`, without a leading slash: what TFTP clients are told."""
        return f"{self.token}/{name}" if self.token else name

    def url(self, name: str) -> str:
        """The URL of `name`."""
        return f"{self.base}/{self.path(quote(name))}"

    @property
    def script(self) -> str:
        """The client's iPXE script."""
        return self.url(SCRIPT)

    @property
    def booted(self) -> str:
        """What a script fetches when it has loaded all: `netboot = "once"` is over then."""
        return self.url(BOOTED)

    def file(self, name: str) -> str:
        """A file or folder below `files/`; a URL stays as it is."""
        return name if is_url(name) else self.url(f"{FILES}/{name}")

    def name(self, file: str) -> str | None:
        """What a file below `files/`, or a URL, is called here: for `path` and `url`.

        None: it is a URL that the client has to fetch from where it is.
        """
        if not is_url(file):
            return f"{FILES}/{file}"
        return None if self._seal is None else self._seal.path(file)

    def fetch(self, file: str) -> str:
        """A file below `files/`, or a URL: by way of the mirror."""
        name = self.name(file)
        return file if name is None else self.url(name)

    def iso(self, image: str) -> str:
        """The ISO image of the client's profile, with its command line in it."""
        return self.url(f"{ISO}/{image.rpartition('/')[2]}")

    def template(self, name: str) -> str:
        """A text below `templates/`, rendered for this client."""
        return self.url(f"{TEMPLATES}/{name}")

    def boot_cfg(self, folder: str) -> str:
        """The boot.cfg of an ESXi whose medium lies in `folder` below `files/`."""
        return self.url(f"{ESXI}/{folder}{BOOT_CFG}")


def medium_url(mac: MAC, iso: str, address: IPv4Address, site: Site) -> str:
    """Where a machine's BMC finds the ISO image of its profile; people type it there once.

    Args:
        mac: the machine's.
        iso: the image as its profile names it.
        address: our address.
        site: what listens, and the key of the tokens.
    """
    host = site.serving.advertise or address
    token = make_lasting_token(site.secret, mac)
    name = quote(iso.rpartition("/")[2])
    return f"http://{host}:{site.serving.http_port}/{ISO}/{token}/{name}"


def is_url(name: str) -> bool:
    """True for `http://…` and the like: something that is fetched from elsewhere."""
    scheme, colon, _ = name.partition("://")
    return bool(colon) and scheme.isalnum()


def urls_for(client: Client, address: IPv4Address, site: Site, now: float) -> Urls:
    """The URLs of one client.

    Args:
        client: who will fetch them.
        address: our address where it asked.
        site: what listens, and the key of the tokens.
        now: seconds since 1970.
    """
    host = site.serving.advertise or address
    token = make_token(site.secret, client.mac, now) if client.mac is not None else ""
    seal = Seal(site.secret, client.mac) if site.mirroring.enabled else None
    plain = f"http://{host}:{site.serving.http_port}"
    if _is_told_https(client, site.serving):
        https = f"https://{host}:{site.serving.https_port}"
        return Urls(https, token, seal, plain if site.serving.http else "")
    # an old iPXE without HTTP (VirtualBox: netboot.md 3.1, 19) gets everything over TFTP
    lacks_http = bool(client.features) and IPXEFeature.HTTP not in client.features
    if site.serving.tftp and (not site.serving.http or (client.is_ipxe and lacks_http)):
        return Urls(f"tftp://{host}", token, seal)
    return Urls(plain, token, seal)


def _is_told_https(client: Client, serving: Serving) -> bool:
    """Only to whom can: firmware of an unknown kind would find nothing at all (netboot.md 3.3)."""
    match serving.https:
        case HTTPS.IPXE:
            told = client.is_ipxe
        case HTTPS.ALL:
            told = client.is_ipxe or client.firmware is Firmware.UEFI_HTTP
        case _:
            told = False
    return told and (not client.is_ipxe or IPXEFeature.HTTPS in client.features)
