"""The command line: parse, wire together, exit."""
