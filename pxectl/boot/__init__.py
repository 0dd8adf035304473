"""Values -> values: what a machine boots and what it is told. No I/O, no clock."""
