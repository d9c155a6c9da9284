"""What tasks ask of a machine: processor, memory, devices, networks, logs, mounts."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, flag, many, one, strings, text, texts, whole
from ostler.jobs.tables.placement import AFFINITY, CONSTRAINT

PORT = BlockType(
    "port",
    whole("static", "Value", 0),
    whole("to", "To", 0),
    text("host_network", "HostNetwork", "", default="default"),
    flag("ignore_collision", "IgnoreCollision", sparse=True),
    label="Label",
)

DNS = BlockType(
    "dns", texts("servers", "Servers"), texts("searches", "Searches"), texts("options", "Options")
)

CNI = BlockType("cni", strings("args", "Args", attribute=True))

NETWORK = BlockType(
    "network",
    text("mode", "Mode", ""),
    text("device", "Device", ""),
    text("cidr", "CIDR", ""),
    text("ip", "IP", ""),
    one("dns", "DNS", DNS),
    many("reserved_ports", "ReservedPorts", PORT),
    many("port", "DynamicPorts", PORT),
    whole("mbits", "MBits", default=0),
    text("hostname", "Hostname", sparse=True),
    one("cni", "CNI", CNI, sparse=True),
)

DEVICE = BlockType(
    "device",
    whole("count", "Count", default=1),
    many("constraint", "Constraints", CONSTRAINT),
    many("affinity", "Affinities", AFFINITY),
    label="Name",
)

NUMA = BlockType("numa", text("affinity", "Affinity", "", default="none"), texts("devices", "Devices"))

RESOURCES = BlockType(
    "resources",
    whole("cpu", "CPU"),
    whole("cores", "Cores", default=0),
    whole("memory", "MemoryMB", default=300),
    whole("memory_max", "MemoryMaxMB", default=0),
    whole("disk", "DiskMB", default=0),
    many("network", "Networks", NETWORK),
    many("device", "Devices", DEVICE),
    whole("iops", "IOPS", default=0),
    whole("secrets", "SecretsMB", sparse=True),
    one("numa", "NUMA", NUMA, sparse=True),
)

LOGS = BlockType(
    "logs",
    whole("max_files", "MaxFiles", default=10),
    whole("max_file_size", "MaxFileSizeMB", default=10),
    flag("disabled", "Disabled", sparse=True),
    flag("enabled", "Enabled", sparse=True),
)

VOLUME_MOUNT = BlockType(
    "volume_mount",
    text("volume", "Volume"),
    text("destination", "Destination"),
    flag("read_only", "ReadOnly", default=False),
    text("propagation_mode", "PropagationMode", default="private"),
    text("selinux_label", "SELinuxLabel", sparse=True),
)
