"""How clients choose among servers, and what they make of what they get: for `pxectl probe`."""
