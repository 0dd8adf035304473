"""Every error that leaves pxectl's own code.

PxectlError               what is wrong, and a hint for the mend: two lines, no traceback
├── MalformedPacketError  the one exception of every parser in wire/
├── ConfigError           a file of the site: names file and key
├── HostError             this host: a port, a privilege, an interface, a missing program
├── UpstreamError         a file of another server that can not be had
└── RefusedError          the answer is no: exit code 1 instead of 2
"""


class PxectlError(Exception):
    """An error for the user.

    Attributes:
        message: what is wrong and where, one line, no full stop.
        hint: what to do about it, one line; empty when there is nothing to say.
        exit_code: what the process ends with (DESIGN.md 3): 2 unless a subclass says otherwise.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class MalformedPacketError(PxectlError):
    """Bytes that are not what they should be. Nothing else may leave a parser in `wire/`."""


class ConfigError(PxectlError):
    """A file of the site that can not be used; the message names file and key."""


class HostError(PxectlError):
    """This host can not do what was asked: a port is taken, a privilege or an interface missing."""


class UpstreamError(PxectlError):
    """A file of another server that can not be had, or is not what it should be.

    Attributes:
        status: what a client that asks for it is told, as in HTTP: 404, 502, 507.
        is_passing: who asks again at once may get it.
    """

    exit_code = 1

    is_passing = False

    def __init__(self, message: str, *, status: int = 502, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class RefusedError(PxectlError):
    """A request that was understood and refused, such as a second machine with the same MAC."""

    exit_code = 1
