"""The mirror: files of other servers, fetched once and kept."""
