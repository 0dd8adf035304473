"""Sockets: receive, ask the core, send, emit."""
