"""The keys of Nomad's agent: each of them is known, and has its fate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ostler.config.keys import ARTIFACT, CLIENT, OPTIONS, PLUGIN, TOP, Fate, Key

if TYPE_CHECKING:
    from collections.abc import Mapping

AGENT = """\
region datacenter name data_dir plugin_dir bind_addr ports addresses advertise log_level log_json
log_file client server plugin acl tls consul vault telemetry ui limits keyring"""
CLIENT_BLOCK = """\
enabled state_dir alloc_dir alloc_mounts_dir servers server_join node_class node_pool meta options
chroot_env reserved max_kill_timeout client_min_port client_max_port min_dynamic_port
max_dynamic_port network_interface network_speed preferred_address_family cpu_total_compute
memory_total_mb disk_total_mb disk_free_mb reservable_cores cpu_disable_dmidecode cgroup_parent
artifact template host_volume host_volumes_dir host_volume_plugin_dir common_plugin_dir host_network
bridge_network_name bridge_network_subnet bridge_network_hairpin_mode cni_path cni_config_dir users
gc_interval gc_parallel_destroys gc_disk_usage_threshold gc_inode_usage_threshold gc_max_allocs
disable_remote_exec no_host_uuid drain_on_shutdown nomad_service_discovery fingerprint
node_max_allocs default_ineligible"""
ARTIFACT_BLOCK = """\
http_read_timeout http_max_size gcs_timeout git_timeout hg_timeout s3_timeout
decompression_file_count_limit decompression_size_limit disable_artifact_inspection
disable_filesystem_isolation filesystem_isolation_extra_paths set_environment_variables"""


def test_no_key_of_nomads_agent_is_unknown() -> None:
    assert set(AGENT.split()) <= TOP.keys()
    assert set(CLIENT_BLOCK.split()) <= CLIENT.keys()
    assert set(ARTIFACT_BLOCK.split()) <= ARTIFACT.keys()


@pytest.mark.parametrize("table", [TOP, CLIENT, ARTIFACT, PLUGIN, OPTIONS])
def test_every_key_that_is_not_acted_on_says_why(table: Mapping[str, Key]) -> None:
    silent = [name for name, key in table.items() if key.fate is not Fate.ACTED and not key.why]
    assert silent == []
