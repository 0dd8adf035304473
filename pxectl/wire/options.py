"""DHCP options as tag, length, value (RFC 2132), long ones split and joined (RFC 3396).

An option's value stays bytes here; `values.py` knows what each means. A `dict` keeps the order on
the wire, which matters to firmware (`boot/reply.py`).
"""

from collections.abc import Mapping

from pxectl.errors import MalformedPacketError
from pxectl.wire.iana import OpenEnum

PAD = 0
END = 255


class Option(OpenEnum):
    """Option codes that code refers to; `values.py` has the whole registry by name."""

    SUBNET_MASK = 1
    ROUTER = 3
    DOMAIN_NAME_SERVER = 6
    HOST_NAME = 12
    BOOT_FILE_SIZE = 13
    DOMAIN_NAME = 15
    BROADCAST_ADDRESS = 28
    VENDOR_SPECIFIC = 43
    REQUESTED_ADDRESS = 50
    LEASE_TIME = 51
    OVERLOAD = 52
    MESSAGE_TYPE = 53
    SERVER_IDENTIFIER = 54
    PARAMETER_REQUEST_LIST = 55
    MESSAGE = 56
    MAXIMUM_MESSAGE_SIZE = 57
    RENEWAL_TIME = 58
    REBINDING_TIME = 59
    VENDOR_CLASS = 60
    CLIENT_IDENTIFIER = 61
    TFTP_SERVER_NAME = 66
    BOOTFILE_NAME = 67
    USER_CLASS = 77  # RFC 3004
    RELAY_AGENT_INFORMATION = 82  # RFC 3046
    CLIENT_ARCH = 93  # RFC 4578
    CLIENT_NDI = 94
    CLIENT_UUID = 97
    IPXE = 175

    @classmethod
    def _prefix(cls) -> str:
        return "OPTION"


def parse_options(data: bytes, what: str = "options") -> dict[int, bytes]:
    """The options in `data`, which starts at the first tag.

    An option that stands there more than once is one long option (RFC 3396). What follows END is
    padding; a missing END is forgiven, as many servers do.

    Args:
        data: tags, lengths and values.
        what: name of the field, for the error.

    Raises:
        MalformedPacketError: a length reaches beyond the end.
    """
    options: dict[int, bytes] = {}
    at, end = 0, len(data)
    while at < end:
        code = data[at]
        if code == END:
            break
        if code == PAD:
            at += 1
            continue
        start = at + 2
        if start > end:
            raise MalformedPacketError(f"{what}: option {code} has no length")
        stop = start + data[at + 1]
        if stop > end:
            raise MalformedPacketError(
                f"{what}: option {code} claims {stop - start} octets, {end - start} are left"
            )
        value = data[start:stop]
        options[code] = options[code] + value if code in options else value
        at = stop
    return options


def pack_options(options: Mapping[int, bytes]) -> bytes:
    """`options` in their order with END behind; values above 255 octets are split (RFC 3396).

    Args:
        options: value by code, 1 to 254.
    """
    packed = bytearray()
    for code, value in options.items():
        while len(value) > 255:
            packed += bytes((code, 255)) + value[:255]
            value = value[255:]
        packed.append(code)
        packed.append(len(value))
        packed += value
    packed.append(END)
    return bytes(packed)


def parse_suboptions(data: bytes, what: str) -> dict[int, bytes]:
    """Sub-options of an encapsulating option: 43 (PXE), 82 (RFC 3046) or 175 (iPXE).

    The same shape as options, but for 0, which is a tag like any other in option 82 and padding in
    43 and 175.

    Raises:
        MalformedPacketError: a length reaches beyond the end.
    """
    if what != "option 82":
        return parse_options(data, what)
    suboptions: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            raise MalformedPacketError(f"{what}: sub-option {data[at]} reaches beyond the end")
        stop = at + 2 + data[at + 1]
        suboptions[data[at]] = suboptions.get(data[at], b"") + data[at + 2 : stop]
        at = stop
    return suboptions
