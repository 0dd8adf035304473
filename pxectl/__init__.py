"""pxectl network-boots machines: DHCP, proxyDHCP, TFTP, HTTP and the rules in front of them."""

__version__ = "0.1.0"
