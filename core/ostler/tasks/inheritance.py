"""Decide which of the host's variables a task inherits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.drivers.values import Filesystem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# Nomad's default `env.denylist`: the host's credentials.
DENIED: Final = frozenset(
    {
        "CONSUL_TOKEN",
        "CONSUL_HTTP_TOKEN",
        "CONSUL_HTTP_TOKEN_FILE",
        "NOMAD_TOKEN",
        "VAULT_TOKEN",
        "CONSUL_LICENSE",
        "NOMAD_LICENSE",
        "VAULT_LICENSE",
        "CONSUL_LICENSE_PATH",
        "NOMAD_LICENSE_PATH",
        "VAULT_LICENSE_PATH",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_METADATA_URL",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
    }
)
_HARMLESS: Final = frozenset({"PATH", "LANG", "TZ"})


def keeps(filesystem: Filesystem, *, denied: Collection[str] = DENIED) -> Callable[[str], bool]:
    """Return the test that a host variable's name has to pass.

    A task that runs plainly on the host inherits all but the ``denied`` names, as with Nomad.  One with
    a private root, or held back on the host's paths, inherits only PATH, LANG, LC_* and TZ, so that no
    secret of the host leaks into it.  One in an image inherits nothing.
    """
    if filesystem is Filesystem.NONE:
        return lambda name: name not in denied
    if filesystem in {Filesystem.CHROOT, Filesystem.UNVEIL}:
        return lambda name: name not in denied and (name in _HARMLESS or name.startswith("LC_"))
    return lambda _: False


def inherit(host: Mapping[str, str], keep: Callable[[str], bool]) -> dict[str, str]:
    """Return those of the host's variables whose name passes ``keep``."""
    return {name: value for name, value in host.items() if keep(name)}
