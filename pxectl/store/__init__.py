"""Files and services <-> values: the site, its machines, the binaries found on this host."""
