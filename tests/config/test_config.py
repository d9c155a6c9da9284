"""What an agent's file comes to mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from ostler.config import ArtifactPolicy, ClientConfig, check_plugins, default, load, loads
from ostler.drivers import setting
from ostler.drivers.settings import Located, check, read
from ostler.errors import MistakeError
from ostler.sizes import size_bytes

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = """
datacenter = "dc7"
region     = "eu"
name       = "n1"
data_dir   = "/srv/ostler"

client {
  node_class       = "big"
  node_pool        = "gpu"
  max_kill_timeout = "1m30s"
  gc_max_allocs    = 7

  meta {
    rack = "r7"
  }
  chroot_env {
    "/opt/tools" = "/tools"
  }
  options {
    "driver.allowlist" = "exec, java"
  }
  artifact {
    http_max_size   = "10GiB"
    allowed_schemes = ["https"]
    allowed_paths   = ["/srv/builds"]
  }
}

plugin "exec" {
  limits = "best_effort"
  config {
    colour = "red"
  }
}
"""

JSON = """{
  "datacenter": "dc7", "region": "eu", "name": "n1", "data_dir": "/srv/ostler",
  "client": {
    "node_class": "big", "node_pool": "gpu", "max_kill_timeout": "1m30s", "gc_max_allocs": 7,
    "meta": {"rack": "r7"},
    "chroot_env": {"/opt/tools": "/tools"},
    "options": {"driver.allowlist": "exec, java"},
    "artifact": {"http_max_size": "10GiB", "allowed_schemes": ["https"], "allowed_paths": ["/srv/builds"]}
  },
  "plugin": {"exec": {"limits": "best_effort", "config": {"colour": "red"}}}
}"""


def test_native_syntax_and_json_mean_the_same() -> None:
    native, json = loads(NATIVE, "agent.hcl"), loads(JSON, "agent.json")
    assert native.client == json.client
    assert (native.datacenter, native.region, native.name, native.data_dir) == (
        json.datacenter,
        json.region,
        json.name,
        json.data_dir,
    )
    assert native.plugins["exec"].config.value == json.plugins["exec"].config.value == {"colour": "red"}
    assert native.plugins["exec"].limits == json.plugins["exec"].limits == "best_effort"


def test_every_key_that_is_acted_on_arrives() -> None:
    assert loads(NATIVE, "agent.hcl").client == ClientConfig(
        meta={"rack": "r7"},
        options={"driver.allowlist": "exec, java"},
        node_class="big",
        node_pool="gpu",
        chroot_env={"/opt/tools": "/tools"},
        driver_allowlist=frozenset({"exec", "java"}),
        max_kill_timeout_seconds=90.0,
        gc_max_allocs=7,
        artifact=ArtifactPolicy(
            schemes=frozenset({"https"}), file_paths=("/srv/builds",), max_size_bytes=10 * 2**30
        ),
    )


def test_an_empty_file_means_what_no_file_means() -> None:
    found = loads("", "agent.hcl")
    assert (found.client, found.plugins, found.notes) == (default().client, {}, ())


def test_no_file_of_the_host_may_be_fetched_by_default() -> None:
    assert default().client.artifact.file_paths == ()
    assert default().client.artifact.schemes == {"gcs", "git", "gs", "http", "https", "s3", "tar", "zip"}


def test_relative_paths_start_at_the_files_directory(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "agent.hcl"
    file.parent.mkdir()
    file.write_text(
        'data_dir = "state"\nclient {\n  artifact {\n    allowed_paths = ["../build", "/abs"]\n  }\n}\n'
    )
    found = load(file)
    assert found.data_dir == f"{tmp_path}/etc/state"
    assert found.client.artifact.file_paths == (f"{tmp_path}/build", "/abs")
    assert found.directory == f"{tmp_path}/etc"


def test_json_is_told_by_its_content_too(tmp_path: Path) -> None:
    file = tmp_path / "agent"
    file.write_text('\n {"name": "n1"}')
    assert load(file).name == "n1"


@pytest.mark.parametrize(
    "text",
    [
        'client { options { "driver.denylist" = "exec" } }',
        'client { options = { "driver.denylist" = "exec" } }',
        'client = { options = { "driver.denylist" = "exec", } }',
        'client {\n  options {\n    driver.denylist = "exec"\n  }\n}',
    ],
)
def test_the_forms_of_older_agent_files_are_read(text: str) -> None:
    assert loads(text, "agent.hcl").client.driver_denylist == {"exec"}


def test_values_of_a_native_file_convert_where_nothing_is_lost() -> None:
    found = loads(
        'client {\n  gc_max_allocs = "7"\n  node_class = 3\n  meta {\n    on = true\n  }\n}', "a.hcl"
    ).client
    assert (found.gc_max_allocs, found.node_class, found.meta) == (7, "3", {"on": "true"})


def test_what_is_not_acted_on_is_one_note_for_the_file() -> None:
    text = 'server {\n  x = 1\n}\nports {\n  http = 1\n}\ntelemetry {\n}\nkeyring "aead" {\n}\n'
    text += "client {\n  enabled = true\n  reserved { cpu = 1 }\n"
    text += '  options { "fingerprint.denylist" = "x" }\n}\n'
    text += 'plugin "exec" {\n  args = ["-x"]\n}\n'
    (note,) = loads(text, "agent.hcl").notes
    assert note == (
        "agent.hcl: not acted on: server, ports, telemetry, keyring.aead, client.enabled, client.reserved, "
        "client.options.fingerprint.denylist, plugin.exec.args"
    )


def test_what_would_be_refused_is_noted_while_it_is_off() -> None:
    text = 'acl {\n  enabled = false\n}\nvault {\n  address = "x"\n}\ntls {\n  rpc = false\n}\naudit {\n}\n'
    assert loads(text, "agent.hcl").notes == ("agent.hcl: not acted on: acl, vault, tls, audit",)


def test_the_old_option_enables_a_driver_and_is_answered_with_the_new_form() -> None:
    found = loads('client {\n  options {\n    "driver.raw_exec.enable" = "1"\n  }\n}\n', "agent.hcl")
    assert found.plugins["raw_exec"].config.value == {"enabled": True}
    assert found.notes == (
        (
            "agent.hcl:3:32: client.options.driver.raw_exec.enable: an old form; "
            'write instead: plugin "raw_exec" { config { enabled = true } }'
        ),
    )


def test_a_plugin_block_counts_more_than_the_old_option() -> None:
    text = 'client {\n  options {\n    "driver.raw_exec.enable" = true\n  }\n}\n'
    text += 'plugin "raw_exec" {\n  config {\n    enabled = false\n  }\n}\n'
    found = loads(text, "agent.hcl")
    assert found.plugins["raw_exec"].config.value == {"enabled": False}
    assert found.notes == (
        (
            "agent.hcl:3:32: client.options.driver.raw_exec.enable: "
            'not acted on, because plugin "raw_exec" has a block of its own'
        ),
    )


def _client(options: str) -> ClientConfig:
    return loads(f"client {{\n  options {{\n{options}\n  }}\n}}", "agent.hcl").client


def test_the_first_name_of_a_list_counts() -> None:
    found = _client('"driver.whitelist" = "a"\n"driver.allowlist" = "b"\n"env.blacklist" = "X,Y"')
    assert found.driver_allowlist == {"b"}
    assert found.env_denylist == {"X", "Y"}


def test_a_list_that_is_written_replaces_the_default() -> None:
    assert _client('"env.denylist" = ""').env_denylist == frozenset()
    assert _client('"user.denylist" = "nobody"').user_denylist == {"nobody"}
    assert _client('"user.checked_drivers" = "exec,java"').user_checked_drivers == frozenset({"exec", "java"})


def test_secrets_of_the_host_are_denied_by_default() -> None:
    assert {"AWS_SECRET_ACCESS_KEY", "VAULT_TOKEN"} <= default().client.env_denylist
    assert default().client.user_denylist == {"root", "Administrator"}


def test_limits_may_stand_in_the_config_block_too() -> None:
    block = loads(
        'plugin "exec" {\n  config {\n    limits = "best_effort"\n    a = 1\n  }\n}', "agent.hcl"
    ).plugins["exec"]
    assert block.limits == "best_effort"
    assert block.config.value == {"a": 1}


@pytest.mark.parametrize("limits", ['"x"', "5", "true"])
def test_wrong_limits_in_the_config_block_are_told_there_with_the_drivers_own_mistakes(limits: str) -> None:
    @frozen
    class Settings:
        colour: int = setting(default=0, help="A number.")

    body = f'    color  = 1\n    limits = {limits}\n    colour = "red"\n'
    text = f'plugin "exec" {{\n  config {{\n{body}  }}\n}}\n'
    config = loads(text, "agent.hcl").plugins["exec"].config
    assert check(Settings, config, path="plugin.exec.config").problems[0].where == "agent.hcl:4:14"
    with pytest.raises(MistakeError) as raised:
        read(Settings, config, path="plugin.exec.config")
    assert [(each.where, each.path) for each in raised.value.problems] == [
        ("agent.hcl:3:5", "plugin.exec.config.color"),
        ("agent.hcl:4:14", "plugin.exec.config.limits"),
        ("agent.hcl:5:14", "plugin.exec.config.colour"),
    ]
    assert "expected one of 'required', 'best_effort', found" in raised.value.problems[1].text


def test_a_block_named_limits_in_the_config_is_the_drivers() -> None:
    config = loads(
        'plugin "exec" {\n  config {\n    limits {\n      a = 1\n    }\n  }\n}\n', "a.hcl"
    ).plugins["exec"]
    assert (config.limits, config.config.value) == ("required", {"limits": [{"a": 1}]})


def test_a_plugins_config_knows_where_everything_stands() -> None:
    text = 'plugin "exec" {\n  config {\n    mounts {\n      source = "/a"\n    }\n  }\n}\n'
    config = loads(text, "agent.hcl").plugins["exec"].config
    assert config.lenient
    assert config.value == {"mounts": [{"source": "/a"}]}
    assert config.where(("mounts", "source")) == "agent.hcl:4:16"


def test_a_plugins_config_in_json_is_exact() -> None:
    config = loads('{"plugin": {"exec": {"config": {"a": "1"}}}}', "agent.json").plugins["exec"].config
    assert config == Located(
        value={"a": "1"},
        positions={(): "agent.json:1:32", ("a",): "agent.json:1:38"},
        names={("a",): "agent.json:1:33"},
        lenient=False,
    )


def test_a_plugin_block_of_a_driver_that_is_not_installed_says_what_to_install() -> None:
    config = loads('plugin "exec" {\n}\nplugin "exek" {\n}\nplugin "podman" {\n}\n', "agent.hcl")
    assert [str(problem) for problem in check_plugins(config, ["exec", "java"])] == [
        (
            "agent.hcl:3:1: plugin.exek: no driver named 'exek' is installed; did you mean 'exec'? "
            "Else install its package, by convention ostler-driver-exek (installed: exec, java)"
        ),
        (
            "agent.hcl:5:1: plugin.podman: no driver named 'podman' is installed; "
            "install its package, by convention ostler-driver-podman (installed: exec, java)"
        ),
    ]


def test_the_files_of_a_directory_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "10.hcl").write_text(
        'name = "a"\nregion = "eu"\nclient {\n  meta {\n    x = 1\n    y = 1\n  }\n  artifact {\n'
        '    http_max_size = "1GB"\n    allowed_paths = ["b"]\n  }\n}\n'
        'plugin "exec" {\n  config {\n    a = 1\n    b = 1\n  }\n}\nserver {\n}\n'
    )
    (tmp_path / "20.json").write_text(
        '{"name": "b", "client": {"meta": {"y": "2"}, "artifact": {"http_max_size": "2GB"}},'
        ' "plugin": {"exec": {"config": {"b": 2}}}, "telemetry": {}}'
    )
    found = load(tmp_path)
    assert (found.name, found.region, found.client.meta) == ("b", "eu", {"x": "1", "y": "2"})
    assert found.client.artifact.max_size_bytes == 2 * 10**9
    assert found.client.artifact.file_paths == (f"{tmp_path}/b",)
    assert found.plugins["exec"].config.value == {"b": 2}
    assert found.notes == (
        f"{tmp_path}/10.hcl: not acted on: server",
        f"{tmp_path}/20.json: not acted on: telemetry",
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("512B", 512),
        ("1kB", 1000),
        ("1.5 GB", 1_500_000_000),
        ("10GiB", 10 * 2**30),
        ("2m", 2_000_000),
    ],
)
def test_sizes_are_powers_of_1000_or_with_an_i_of_1024(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1 gig", "1iB", "1Gi", "1e3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        size_bytes(text)


SECRETS = """
client {
  artifact {
    allow_private = false
    allowed_hosts = ["*.Example.com"]
    secret "token" {
      file    = "token"
      hosts   = ["*.example.com"]
      schemes = ["https"]
    }
  }
}
"""
SECRETS_IN_JSON = """{"client": {"artifact": {
  "allow_private": false, "allowed_hosts": ["*.Example.com"],
  "secret": {"token": {"file": "token", "hosts": ["*.example.com"], "schemes": ["https"]}}
}}}"""


@pytest.mark.parametrize(("text", "name"), [(SECRETS, "agent.hcl"), (SECRETS_IN_JSON, "agent.json")])
def test_secrets_and_hosts_of_artifacts_are_read(text: str, name: str) -> None:
    found = loads(text, f"/etc/ostler/{name}").client.artifact
    secret = found.secrets["token"]
    assert (secret.file, secret.hosts, secret.schemes) == (
        "/etc/ostler/token",
        ("*.example.com",),
        ("https",),
    )
    assert (found.allow_private, found.hosts) == (False, ("*.example.com",))


def test_a_secret_says_where_it_is_and_whom_it_is_for() -> None:
    with pytest.raises(MistakeError) as caught:
        loads('client {\n artifact {\n secret "a" {\n env = "A"\n file = "b"\n }\n }\n }', "agent.hcl")
    assert [str(each).partition(": ")[2] for each in caught.value.problems] == [
        "client.artifact.secret.a: needs one of env, file and command, which says where the secret is",
        "client.artifact.secret.a.hosts: required, but missing",
    ]
