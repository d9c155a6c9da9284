# Made by `python -m tools.reference` of the tables of the job specification.

from collections.abc import Mapping

from attrs import frozen

@frozen(kw_only=True)
class Job:
    name: str | None
    region: str
    namespace: str
    id: str | None
    type: str
    priority: int
    all_at_once: bool
    datacenters: tuple[str, ...]
    constraint: tuple[Constraint, ...]
    affinity: tuple[Affinity, ...]
    group: tuple[Group, ...]
    update: Update | None
    multiregion: Multiregion | None
    spread: tuple[Spread, ...]
    periodic: Periodic | None
    parameterized: Parameterized | None
    reschedule: Reschedule | None
    migrate: Migrate | None
    meta: Mapping[str, str]
    consul_token: str
    vault_token: str
    node_pool: str
    ui: Ui | None

@frozen(kw_only=True)
class Constraint:
    attribute: str
    value: str
    operator: str

@frozen(kw_only=True)
class Affinity:
    attribute: str
    value: str
    operator: str
    weight: int

@frozen(kw_only=True)
class Group:
    name: str
    count: int | None
    constraint: tuple[Constraint, ...]
    affinity: tuple[Affinity, ...]
    task: tuple[Task, ...]
    spread: tuple[Spread, ...]
    volume: Mapping[str, Volume]
    restart: Restart | None
    reschedule: Reschedule | None
    ephemeral_disk: EphemeralDisk | None
    update: Update | None
    migrate: Migrate | None
    network: tuple[Network, ...]
    meta: Mapping[str, str]
    service: tuple[Service, ...]
    shutdown_delay_seconds: float | None
    stop_after_client_disconnect_seconds: float | None
    scaling: Scaling | None
    consul: Consul | None
    disconnect: Disconnect | None
    max_client_disconnect_seconds: float | None
    prevent_reschedule_on_lost: bool
    max_run_duration_seconds: float | None

@frozen(kw_only=True)
class Update:
    stagger_seconds: float
    max_parallel: int
    health_check: str
    min_healthy_time_seconds: float
    healthy_deadline_seconds: float
    progress_deadline_seconds: float
    canary: int
    auto_revert: bool
    auto_promote: bool

@frozen(kw_only=True)
class Multiregion:
    strategy: Strategy | None
    region: tuple[Region, ...]

@frozen(kw_only=True)
class Spread:
    attribute: str
    weight: int
    target: tuple[Target, ...]

@frozen(kw_only=True)
class Periodic:
    enabled: bool
    cron: str
    prohibit_overlap: bool
    time_zone: str
    crons: tuple[str, ...]

@frozen(kw_only=True)
class Parameterized:
    payload: str
    meta_required: tuple[str, ...]
    meta_optional: tuple[str, ...]

@frozen(kw_only=True)
class Reschedule:
    attempts: int | None
    interval_seconds: float | None
    delay_seconds: float | None
    delay_function: str | None
    max_delay_seconds: float | None
    unlimited: bool | None

@frozen(kw_only=True)
class Migrate:
    max_parallel: int
    health_check: str
    min_healthy_time_seconds: float
    healthy_deadline_seconds: float

@frozen(kw_only=True)
class Ui:
    description: str
    link: tuple[Link, ...]

@frozen(kw_only=True)
class Vault:
    policies: tuple[str, ...]
    namespace: str
    env: bool
    change_mode: str
    change_signal: str
    role: str
    cluster: str
    disable_file: bool
    allow_token_expiration: bool

@frozen(kw_only=True)
class Secret:
    name: str
    provider: str
    path: str
    config: Mapping[str, object]
    env: Mapping[str, str]

@frozen(kw_only=True)
class Task:
    name: str
    driver: str
    user: str
    lifecycle: Lifecycle | None
    config: Mapping[str, object]
    constraint: tuple[Constraint, ...]
    affinity: tuple[Affinity, ...]
    env: Mapping[str, str]
    service: tuple[Service, ...]
    resources: Resources | None
    restart: Restart | None
    meta: Mapping[str, str]
    kill_timeout_seconds: float
    logs: Logs | None
    artifact: tuple[Artifact, ...]
    vault: Vault | None
    template: tuple[Template, ...]
    dispatch_payload: DispatchPayload | None
    volume_mount: tuple[VolumeMount, ...]
    csi_plugin: CsiPlugin | None
    leader: bool
    shutdown_delay_seconds: float
    kill_signal: str
    kind: str
    scaling: tuple[TaskScaling, ...]
    consul: Consul | None
    identity: tuple[Identity, ...]
    secret: tuple[Secret, ...]
    action: tuple[Action, ...]
    schedule: Schedule | None

@frozen(kw_only=True)
class Volume:
    name: str
    type: str
    source: str
    read_only: bool
    access_mode: str
    attachment_mode: str
    mount_options: MountOptions | None
    per_alloc: bool
    sticky: bool | None

@frozen(kw_only=True)
class Restart:
    interval_seconds: float | None
    attempts: int | None
    delay_seconds: float | None
    mode: str | None
    render_templates: bool

@frozen(kw_only=True)
class EphemeralDisk:
    sticky: bool
    migrate: bool
    size: int

@frozen(kw_only=True)
class Network:
    mode: str
    device: str
    cidr: str
    ip: str
    dns: Dns | None
    reserved_ports: tuple[Port, ...]
    port: tuple[Port, ...]
    mbits: int
    hostname: str | None
    cni: Cni | None

@frozen(kw_only=True)
class Service:
    id: str
    name: str
    tags: tuple[str, ...]
    canary_tags: tuple[str, ...]
    enable_tag_override: bool
    port: str
    address_mode: str
    check: tuple[Check, ...]
    check_restart: CheckRestart | None
    connect: Connect | None
    meta: Mapping[str, str]
    canary_meta: Mapping[str, str]
    task: str
    on_update: str
    address: str | None
    provider: str
    cluster: str
    kind: str | None
    tagged_addresses: Mapping[str, str]
    identity: Identity | None
    weights: Weights | None

@frozen(kw_only=True)
class Scaling:
    min: int | None
    max: int | None
    policy: Mapping[str, object]
    enabled: bool
    type: str

@frozen(kw_only=True)
class Consul:
    namespace: str
    cluster: str
    partition: str | None

@frozen(kw_only=True)
class Disconnect:
    lost_after_seconds: float | None
    stop_on_client_after_seconds: float | None
    replace: bool
    reconcile: str

@frozen(kw_only=True)
class Strategy:
    max_parallel: int
    on_failure: str

@frozen(kw_only=True)
class Region:
    name: str
    count: int
    datacenters: tuple[str, ...]
    meta: Mapping[str, str]
    node_pool: str | None

@frozen(kw_only=True)
class Target:
    value: str
    percent: int

@frozen(kw_only=True)
class Link:
    label: str
    url: str

@frozen(kw_only=True)
class Lifecycle:
    hook: str
    sidecar: bool

@frozen(kw_only=True)
class Resources:
    cpu: int | None
    cores: int
    memory: int
    memory_max: int
    disk: int
    network: tuple[Network, ...]
    device: tuple[Device, ...]
    iops: int
    secrets: int | None
    numa: Numa | None

@frozen(kw_only=True)
class Logs:
    max_files: int
    max_file_size: int
    disabled: bool | None
    enabled: bool | None

@frozen(kw_only=True)
class Artifact:
    source: str
    options: Mapping[str, str]
    headers: Mapping[str, str]
    mode: str
    destination: str | None
    insecure: bool
    chown: bool

@frozen(kw_only=True)
class Template:
    source: str
    destination: str
    data: str
    change_mode: str
    change_signal: str | None
    splay_seconds: float
    perms: str
    left_delimiter: str
    right_delimiter: str
    env: bool
    vault_grace_seconds: float
    change_script: ChangeScript | None
    once: bool
    uid: int | None
    gid: int | None
    wait: Wait | None
    error_on_missing_key: bool

@frozen(kw_only=True)
class DispatchPayload:
    file: str

@frozen(kw_only=True)
class VolumeMount:
    volume: str | None
    destination: str | None
    read_only: bool
    propagation_mode: str
    selinux_label: str | None

@frozen(kw_only=True)
class CsiPlugin:
    id: str | None
    type: str | None
    mount_dir: str
    stage_publish_base_dir: str
    health_timeout_seconds: float

@frozen(kw_only=True)
class TaskScaling:
    name: str
    min: int | None
    max: int | None
    policy: Mapping[str, object]
    enabled: bool
    type: str

@frozen(kw_only=True)
class Identity:
    name: str
    aud: tuple[str, ...]
    change_mode: str
    change_signal: str
    env: bool
    file: bool
    filepath: str
    service_name: str
    ttl_seconds: float
    extra_claims: Mapping[str, str]

@frozen(kw_only=True)
class Action:
    name: str
    command: str
    args: tuple[str, ...]

@frozen(kw_only=True)
class Schedule:
    cron: Cron | None

@frozen(kw_only=True)
class MountOptions:
    fs_type: str
    mount_flags: tuple[str, ...]

@frozen(kw_only=True)
class Dns:
    servers: tuple[str, ...]
    searches: tuple[str, ...]
    options: tuple[str, ...]

@frozen(kw_only=True)
class Port:
    label: str
    static: int
    to: int
    host_network: str
    ignore_collision: bool | None

@frozen(kw_only=True)
class Cni:
    args: Mapping[str, str]

@frozen(kw_only=True)
class Check:
    id: str
    name: str
    type: str
    command: str
    args: tuple[str, ...]
    path: str
    protocol: str
    port: str
    expose: bool
    address_mode: str
    interval_seconds: float
    timeout_seconds: float
    initial_status: str
    tls_skip_verify: bool
    header: Mapping[str, tuple[str, ...]]
    method: str
    check_restart: CheckRestart | None
    grpc_service: str
    grpc_use_tls: bool
    task: str
    success_before_passing: int
    failures_before_critical: int
    body: str
    on_update: str
    advertise: str | None
    tls_server_name: str | None
    failures_before_warning: int | None
    notes: str | None

@frozen(kw_only=True)
class CheckRestart:
    limit: int
    grace_seconds: float
    ignore_warnings: bool

@frozen(kw_only=True)
class Connect:
    native: bool
    gateway: Gateway | None
    sidecar_service: SidecarService | None
    sidecar_task: SidecarTask | None

@frozen(kw_only=True)
class Weights:
    passing: int
    warning: int

@frozen(kw_only=True)
class Device:
    name: str
    count: int
    constraint: tuple[Constraint, ...]
    affinity: tuple[Affinity, ...]

@frozen(kw_only=True)
class Numa:
    affinity: str
    devices: tuple[str, ...]

@frozen(kw_only=True)
class ChangeScript:
    command: str
    args: tuple[str, ...]
    timeout_seconds: float
    fail_on_error: bool
    run_on_first_render: bool

@frozen(kw_only=True)
class Wait:
    min_seconds: float | None
    max_seconds: float | None

@frozen(kw_only=True)
class Cron:
    start: str
    end: str
    timezone: str

@frozen(kw_only=True)
class Gateway:
    proxy: Proxy | None
    ingress: Ingress | None
    terminating: Terminating | None
    mesh: Mesh | None

@frozen(kw_only=True)
class SidecarService:
    tags: tuple[str, ...]
    port: str
    proxy: SidecarServiceProxy | None
    disable_default_tcp_check: bool
    meta: Mapping[str, str]

@frozen(kw_only=True)
class SidecarTask:
    name: str
    driver: str
    user: str
    config: Mapping[str, object]
    env: Mapping[str, str]
    resources: Resources | None
    meta: Mapping[str, str]
    kill_timeout_seconds: float
    logs: Logs | None
    shutdown_delay_seconds: float
    kill_signal: str
    volume_mount: tuple[VolumeMount, ...]
    identity: tuple[Identity, ...]

@frozen(kw_only=True)
class Proxy:
    connect_timeout_seconds: float
    envoy_gateway_bind_tagged_addresses: bool
    envoy_gateway_bind_addresses: Mapping[str, EnvoyGatewayBindAddresses]
    envoy_gateway_no_default_bind: bool
    envoy_dns_discovery_type: str
    config: Mapping[str, object]

@frozen(kw_only=True)
class Ingress:
    tls: Tls | None
    listener: tuple[Listener, ...]

@frozen(kw_only=True)
class Terminating:
    service: tuple[TerminatingService, ...]

@frozen(kw_only=True)
class Mesh: ...

@frozen(kw_only=True)
class SidecarServiceProxy:
    local_service_address: str
    local_service_port: int
    expose: Expose | None
    upstreams: tuple[Upstreams, ...]
    config: Mapping[str, object]
    transparent_proxy: TransparentProxy | None

@frozen(kw_only=True)
class EnvoyGatewayBindAddresses:
    name: str
    address: str
    port: int

@frozen(kw_only=True)
class Tls:
    enabled: bool
    tls_min_version: str | None
    tls_max_version: str | None
    cipher_suites: tuple[str, ...]
    sds: Sds | None

@frozen(kw_only=True)
class Listener:
    port: int
    protocol: str
    service: tuple[ListenerService, ...]

@frozen(kw_only=True)
class TerminatingService:
    name: str
    ca_file: str
    cert_file: str
    key_file: str
    sni: str

@frozen(kw_only=True)
class Expose:
    path: tuple[Path, ...]

@frozen(kw_only=True)
class Upstreams:
    destination_name: str
    local_bind_port: int
    datacenter: str
    local_bind_address: str
    mesh_gateway: MeshGateway | None
    destination_namespace: str | None
    destination_partition: str | None
    destination_peer: str | None
    destination_type: str | None
    local_bind_socket_path: str | None
    local_bind_socket_mode: str | None
    config: Mapping[str, object]

@frozen(kw_only=True)
class TransparentProxy:
    uid: str
    outbound_port: int
    exclude_inbound_ports: tuple[str, ...]
    exclude_outbound_ports: tuple[int, ...]
    exclude_outbound_cidrs: tuple[str, ...]
    exclude_uids: tuple[str, ...]
    no_dns: bool

@frozen(kw_only=True)
class Sds:
    cluster_name: str
    cert_resource: str

@frozen(kw_only=True)
class ListenerService:
    name: str
    hosts: tuple[str, ...]
    tls: Tls | None
    request_headers: RequestHeaders | None
    response_headers: ResponseHeaders | None
    max_connections: int | None
    max_pending_requests: int | None
    max_concurrent_requests: int | None

@frozen(kw_only=True)
class Path:
    path: str
    protocol: str
    local_path_port: int
    listener_port: str

@frozen(kw_only=True)
class MeshGateway:
    mode: str

@frozen(kw_only=True)
class RequestHeaders:
    add: Mapping[str, str]
    set: Mapping[str, str]
    remove: tuple[str, ...]

@frozen(kw_only=True)
class ResponseHeaders:
    add: Mapping[str, str]
    set: Mapping[str, str]
    remove: tuple[str, ...]
