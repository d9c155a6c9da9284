"""The kernel's capabilities by name, and those that a task may have."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable "
    "net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot "
    "sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease "
    "audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read "
    "perfmon bpf checkpoint_restore"
)
CAPABILITIES: Final = {name: number for number, name in enumerate(_NAMES.split())}
# What Nomad leaves a task that is root: Docker's list without net_raw.
DEFAULT_CAPABILITIES: Final = (
    "audit_write",
    "chown",
    "dac_override",
    "fowner",
    "fsetid",
    "kill",
    "mknod",
    "net_bind_service",
    "setfcap",
    "setgid",
    "setpcap",
    "setuid",
    "sys_chroot",
)


def numbers(names: frozenset[str]) -> list[int]:
    """Give the kernel's numbers, in order; raises KeyError for a name that is none."""
    return sorted(CAPABILITIES[name] for name in names)
