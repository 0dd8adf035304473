"""The registry of DHCP options: code, name and type of each (RFC 2132 and followers).

Names are IANA's "Name" column ("BOOTP Vendor Extensions and DHCP Options") in lower case with
dashes, without the words OPTION and option. People write options by them in the site's files
(`router = ["10.77.0.1"]`), and see them in captures and `rules test`; `aliases.py` has the names of
other programs. An option that is not in the table is `option-NNN`, in hexadecimal. `values.py`
reads and writes the octets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from pxectl.wire.aliases import ALIASES


class Kind(Enum):
    """How an option's octets are read; the value tells a person what to write."""

    ADDRESS = "address"
    ADDRESSES = "addresses"
    TEXT = "text"
    U8 = "number up to 255"
    U16 = "number up to 65535"
    U32 = "number up to 4294967295"
    I32 = "number"
    U8S = "list of numbers up to 255"
    U16S = "list of numbers up to 65535"
    BOOL = "true or false"
    DOMAINS = "list of domains"
    ROUTES = "list of routes"
    HEX = "octets in hexadecimal"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the registry."""

    code: int
    """1 to 254."""
    name: str
    kind: Kind


_K = Kind
_TABLE: tuple[tuple[int, str, Kind], ...] = (
    (1, "subnet-mask", _K.ADDRESS), (2, "time-offset", _K.I32), (3, "router", _K.ADDRESSES),
    (4, "time-server", _K.ADDRESSES), (5, "name-server", _K.ADDRESSES),
    (6, "domain-name-server", _K.ADDRESSES), (7, "log-server", _K.ADDRESSES),
    (8, "quotes-server", _K.ADDRESSES), (9, "lpr-server", _K.ADDRESSES),
    (10, "impress-server", _K.ADDRESSES), (11, "rlp-server", _K.ADDRESSES),
    (12, "hostname", _K.TEXT), (13, "boot-file-size", _K.U16), (14, "merit-dump-file", _K.TEXT),
    (15, "domain-name", _K.TEXT), (16, "swap-server", _K.ADDRESS), (17, "root-path", _K.TEXT),
    (18, "extension-file", _K.TEXT), (19, "forward-on-off", _K.BOOL),
    (20, "srcrte-on-off", _K.BOOL), (21, "policy-filter", _K.ADDRESSES),
    (22, "max-dg-assembly", _K.U16), (23, "default-ip-ttl", _K.U8), (24, "mtu-timeout", _K.U32),
    (25, "mtu-plateau", _K.U16S), (26, "mtu-interface", _K.U16), (27, "mtu-subnet", _K.BOOL),
    (28, "broadcast-address", _K.ADDRESS), (29, "mask-discovery", _K.BOOL),
    (30, "mask-supplier", _K.BOOL), (31, "router-discovery", _K.BOOL),
    (32, "router-request", _K.ADDRESS), (33, "static-route", _K.ADDRESSES),
    (34, "trailers", _K.BOOL), (35, "arp-timeout", _K.U32), (36, "ethernet", _K.BOOL),
    (37, "default-tcp-ttl", _K.U8), (38, "keepalive-time", _K.U32), (39, "keepalive-data", _K.BOOL),
    (40, "nis-domain", _K.TEXT), (41, "nis-servers", _K.ADDRESSES),
    (42, "ntp-servers", _K.ADDRESSES), (43, "vendor-specific", _K.HEX),
    (44, "netbios-name-srv", _K.ADDRESSES), (45, "netbios-dist-srv", _K.ADDRESSES),
    (46, "netbios-node-type", _K.U8), (47, "netbios-scope", _K.TEXT),
    (48, "x-window-font", _K.ADDRESSES), (49, "x-window-manager", _K.ADDRESSES),
    (50, "address-request", _K.ADDRESS), (51, "address-time", _K.U32), (52, "overload", _K.U8),
    (53, "dhcp-msg-type", _K.U8), (54, "dhcp-server-id", _K.ADDRESS),
    (55, "parameter-list", _K.U8S), (56, "dhcp-message", _K.TEXT),
    (57, "dhcp-max-msg-size", _K.U16), (58, "renewal-time", _K.U32), (59, "rebinding-time", _K.U32),
    (60, "class-id", _K.TEXT), (61, "client-id", _K.HEX), (62, "netware-ip-domain", _K.TEXT),
    (63, "netware-ip-option", _K.HEX), (64, "nis-domain-name", _K.TEXT),
    (65, "nis-server-addr", _K.ADDRESSES), (66, "server-name", _K.TEXT),
    (67, "bootfile-name", _K.TEXT), (68, "home-agent-addrs", _K.ADDRESSES),
    (69, "smtp-server", _K.ADDRESSES), (70, "pop3-server", _K.ADDRESSES),
    (71, "nntp-server", _K.ADDRESSES), (72, "www-server", _K.ADDRESSES),
    (73, "finger-server", _K.ADDRESSES), (74, "irc-server", _K.ADDRESSES),
    (75, "streettalk-server", _K.ADDRESSES), (76, "stda-server", _K.ADDRESSES),
    (77, "user-class", _K.TEXT), (78, "directory-agent", _K.HEX), (79, "service-scope", _K.HEX),
    (80, "rapid-commit", _K.HEX), (81, "client-fqdn", _K.HEX),
    (82, "relay-agent-information", _K.HEX), (83, "isns", _K.HEX),
    (85, "nds-servers", _K.ADDRESSES), (86, "nds-tree-name", _K.TEXT), (87, "nds-context", _K.TEXT),
    (88, "bcmcs-controller-domain-name-list", _K.DOMAINS),
    (89, "bcmcs-controller-ipv4-address", _K.ADDRESSES), (90, "authentication", _K.HEX),
    (91, "client-last-transaction-time", _K.U32), (92, "associated-ip", _K.ADDRESSES),
    (93, "client-system", _K.U16S), (94, "client-ndi", _K.HEX), (95, "ldap", _K.TEXT),
    (97, "uuid-guid", _K.HEX), (98, "user-auth", _K.TEXT), (99, "geoconf-civic", _K.HEX),
    (100, "pcode", _K.TEXT), (101, "tcode", _K.TEXT), (108, "ipv6-only-preferred", _K.U32),
    (109, "dhcp4o6-s46-saddr", _K.HEX), (112, "netinfo-address", _K.ADDRESSES),
    (113, "netinfo-tag", _K.TEXT), (114, "dhcp-captive-portal", _K.TEXT),
    (116, "auto-config", _K.U8), (117, "name-service-search", _K.U16S),
    (118, "subnet-selection", _K.ADDRESS), (119, "domain-search", _K.DOMAINS),
    (120, "sip-servers", _K.HEX), (121, "classless-static-route", _K.ROUTES), (122, "ccc", _K.HEX),
    (123, "geoconf", _K.HEX), (124, "v-i-vendor-class", _K.HEX),
    (125, "v-i-vendor-specific-information", _K.HEX),
    # 128 to 135 are what each vendor makes of them (RFC 4578 section 2.4)
    (128, "tftp-server-ip-address", _K.HEX), (129, "call-server-ip-address", _K.HEX),
    (130, "discrimination-string", _K.HEX), (131, "remote-statistics-server-ip-address", _K.HEX),
    (132, "ieee-802-1q-vlan-id", _K.HEX), (133, "ieee-802-1d-p-layer-2-priority", _K.HEX),
    (134, "diffserv-code-point", _K.HEX),
    (135, "http-proxy-for-phone-specific-applications", _K.HEX), (136, "pana-agent", _K.ADDRESSES),
    (137, "v4-lost", _K.DOMAINS), (138, "capwap-ac-v4", _K.ADDRESSES),
    (139, "ipv4-address-mos", _K.HEX), (140, "ipv4-fqdn-mos", _K.HEX),
    (141, "sip-ua-configuration-service-domains", _K.DOMAINS),
    (142, "ipv4-address-andsf", _K.ADDRESSES), (143, "v4-sztp-redirect", _K.HEX),
    (144, "geoloc", _K.HEX), (145, "forcerenew-nonce-capable", _K.HEX),
    (146, "rdnss-selection", _K.HEX), (147, "v4-dots-ri", _K.DOMAINS),
    (148, "v4-dots-address", _K.ADDRESSES), (150, "tftp-server-address", _K.ADDRESSES),
    (151, "status-code", _K.HEX), (152, "base-time", _K.U32), (153, "start-time-of-state", _K.U32),
    (154, "query-start-time", _K.U32), (155, "query-end-time", _K.U32), (156, "dhcp-state", _K.U8),
    (157, "data-source", _K.U8), (158, "v4-pcp-server", _K.HEX), (159, "v4-portparams", _K.HEX),
    (161, "mud-url-v4", _K.TEXT), (162, "v4-dnr", _K.HEX), (175, "ipxe-encapsulated", _K.HEX),
    (176, "ip-telephone", _K.HEX), (177, "packetcable-and-cablehome", _K.HEX),
    (208, "pxelinux-magic", _K.HEX), (209, "configuration-file", _K.TEXT),
    (210, "path-prefix", _K.TEXT), (211, "reboot-time", _K.U32), (212, "6rd", _K.HEX),
    (213, "v4-access-domain", _K.DOMAINS), (220, "subnet-allocation", _K.HEX),
    (221, "virtual-subnet-selection", _K.HEX),
    (249, "ms-classless-static-route", _K.ROUTES),  # Microsoft's copy of 121; not IANA's
)  # fmt: skip

SERVERS_OWN: Mapping[int, str] = {
    50: "clients ask for an address with it",
    52: "the server never splits options over other fields",
    53: "the server writes what kind of message it is",
    54: "the server writes its own address",
    55: "clients say with it what they want",
    57: "clients say with it how much they can take",
    61: "clients name themselves with it, and get it back",
    80: "the server makes an offer first, always",
    82: "relays write it, and get it back",
    97: "clients name themselves with it, and get it back",
}
"""Options that no site can set, and why: their values are a matter between server and client."""

_BY_CODE = {code: Meaning(code, name, kind) for code, name, kind in _TABLE}
_BY_NAME = {meaning.name: meaning for meaning in _BY_CODE.values()}


def meaning_of(option: int | str) -> Meaning:
    """The row of an option.

    Args:
        option: its code, 1 to 254, its IANA name in any spelling (`MTU Interface`), a name that
            other servers use, or `option-NNN`.

    Raises:
        ValueError: no such code or name; the message, fit for a person, holds the nearest name.
    """
    if isinstance(option, int):
        if not 1 <= option <= 254:
            raise ValueError(f"there is no DHCP option {option}: codes are 1 to 254")
        return _BY_CODE.get(option) or Meaning(option, f"option-{option}", Kind.HEX)
    name = re.sub(r"[^a-z0-9]+", "-", option.lower().replace("+", "plus")).strip("-")
    if name in ALIASES:
        return _BY_CODE[ALIASES[name]]
    if name in _BY_NAME:
        return _BY_NAME[name]
    numbered = re.fullmatch(r"(?:option-|unknown-)?([0-9]{1,3})", name)  # dhcpd says unknown
    if numbered:
        return meaning_of(int(numbered[1]))
    raise ValueError(f"there is no DHCP option `{option}`{_nearest(name)}")


def _nearest(name: str) -> str:
    nearest = get_close_matches(name, [*_BY_NAME, *ALIASES], n=1)
    return f", did you mean `{nearest[0]}`?" if nearest else ""
