"""A client that is played on the wire, for `pxectl probe`."""
