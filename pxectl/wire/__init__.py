"""Bytes <-> values: DHCP, PXE, TFTP and IP frames. Standard library only, no I/O."""
