"""The URLs of a client, with a note of what its script and templates asked them for."""

from dataclasses import dataclass, field, fields

from pxectl.boot.urls import Urls


@dataclass(frozen=True, slots=True)
class NotingUrls(Urls):
    """As `Urls`; what it notes grows."""

    files: set[str] = field(default_factory=set)
    """Files below `files/` and URLs."""
    fetched: set[str] = field(default_factory=set)
    """Those of them that come by way of the mirror, if they are URLs."""
    templates: list[str] = field(default_factory=list)

    @classmethod
    def like(cls, urls: Urls) -> "NotingUrls":
        """The same paths, and nothing noted yet."""
        return cls(**{one.name: getattr(urls, one.name) for one in fields(Urls)})

    def file(self, name: str) -> str:
        """As `Urls.file`."""
        self.files.add(name)
        return Urls.file(self, name)

    def fetch(self, file: str) -> str:
        """As `Urls.fetch`."""
        self.files.add(file)
        self.fetched.add(file)
        return Urls.fetch(self, file)

    def template(self, name: str) -> str:
        """As `Urls.template`."""
        self.templates.append(name)
        return Urls.template(self, name)
