"""Names of hosts as browsers and operators write them: `your.host`, `192.168.1.5:8501`, `[::1]`, `https://your.host`."""

import ipaddress
import re
from dataclasses import dataclass

_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#@\\\s]+)", re.IGNORECASE)
_LONGEST = 253  # characters, as the internet's names
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Name:
    """A host, in small letters and without brackets, and its port where one was written."""

    host: str
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether it names the machine itself to whoever uses it."""
        if self.host == "localhost":
            return True
        address = self.address
        return address is not None and address.is_loopback

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address that it is; None for a name."""
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return None
        # How a socket that listens to both kinds writes a visitor's old-style address.
        return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address

    @property
    def is_name_of_one(self) -> bool:
        """Whether it can be the name of one machine: not "every address"."""
        return self.address is None or not self.address.is_unspecified

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def name(written: str) -> Name | None:
    """A host with or without a port, as in a Host header; None where it is none."""
    matched = _AUTHORITY.fullmatch(written)
    if matched is None:
        return None
    host = matched["host"].strip("[]").lower().rstrip(".")
    port = None if matched["port"] is None else int(matched["port"])
    return Name(host, port) if 0 < len(host) <= _LONGEST and (port is None or 0 < port < 65536) else None


def origin(written: str) -> Name | None:
    """Where a page comes from, with its port in any case; None where a browser would not say, as for `null`."""
    matched = _ORIGIN.fullmatch(written)
    named = matched and name(matched["authority"])
    if not matched or not named:
        return None
    return Name(named.host, named.port or _DEFAULT_PORTS[matched["scheme"].lower()])


def equal_hosts(one: Name, other: Name) -> bool:
    """Whether both name one host, however its address is written."""
    return one.host == other.host or (one.address is not None and one.address == other.address)
