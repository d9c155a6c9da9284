"""What the code has no place for: a sentence for each key that is acted on, event and capability."""

from __future__ import annotations

from typing import Final

WITHOUT_DOCSTRING: Final = {
    "__version__": "The installed version of Ostler, as text.",
    "hookimpl": (
        "The decorator that marks a driver's method as the implementation of the hook of its name:\n"
        "`@hookimpl` above the method, and `@hookimpl(wrapper=True)` in a policy or an observer.\n"
        "The hooks are described in [hooks.md](hooks.md)."
    ),
    "ConfigFor": "The type of the function that turns an `Act` into the config of a task that does it.",
}

HOOKS: Final = {
    "fingerprint": "every driver",
    "validate": "every driver",
    "start": "every driver",
    "stop": "every driver",
    "wait": "a driver whose handles name no process of the executor",
    "signal": "a driver that declares `signals`",
    "execute": "a driver that declares `execute`",
}
BY_CHOICE: Final = "a driver that has something to say"
NOT_CALLED_YET: Final = {
    "stats": "no command asks for it",
    "signal": "no command asks for it",
    "execute": "no command asks for it",
}

AGENT: Final = {
    "data_dir": "The data directory, where neither `--data-dir` nor `$OSTLER_DATA_DIR` names one. "
    "A relative path starts at the file's own directory.",
    "datacenter": 'The node\'s datacenter; `"dc1"` by default.',
    "name": "The node's name; the host name by default.",
    "region": 'The node\'s region; `"global"` by default.',
    "client": "The block of the keys below.",
    "plugin": "One block per driver, labelled with its name.",
    "wrapper": "One block per policy or observer that is put round every driver, labelled with its name; the "
    "first is the outermost. What has no block is not used.",
    "client.gc_max_allocs": "How many directories of ended allocations `ostler run` keeps; 50 by default.",
    "client.max_kill_timeout": 'The longest `kill_timeout` that a job gets; `"30s"` by default.',
    "client.node_class": "The node's class, for constraints.",
    "client.node_pool": 'The node\'s pool; `"default"` by default.',
    "client.artifact": "What tasks may fetch; the keys below.",
    "client.chroot_env": "What a task under `exec` sees of the host: `host path = path in the task`; "
    "it replaces the default list.",
    "client.meta": "The node's meta, for constraints and `${meta.name}`.",
    "client.options": "The old options; the keys below.",
    "client.driver_deadlines": "How long a driver may take before Ostler goes on without it; the keys below.",
    "client.driver_deadlines.answer": 'A quick hook, and a stop beyond its kill_timeout; `"10s"` by default.',
    "client.driver_deadlines.destroy": 'Forgetting a task; `"60s"` by default.',
    "client.driver_deadlines.end": 'The end of a task, told after its stop; `"15s"` by default.',
    "client.driver_deadlines.open": 'Import, settings and constructor together; `"30s"` by default.',
    "client.artifact.allowed_paths": "The directories below which `file` URLs may read; none by default.",
    "client.artifact.allow_private": "Whether loopback and private addresses may be connected to; true by "
    "default. Link-local ones never are.",
    "client.artifact.allowed_hosts": 'The hosts that may be connected to, such as `"*.example.com"`; '
    "all by default.",
    "client.artifact.allowed_schemes": 'The URL schemes that may be fetched; `["gcs", "git", "gs", "http", '
    '"https", "s3", "tar", "zip"]` by default. See [artifacts](../how-to/artifacts.md).',
    "client.artifact.cache": "What was fetched is kept for the next task; the keys below.",
    "client.artifact.cache.enabled": "Whether anything is kept; true by default.",
    "client.artifact.cache.max_age": "How long a thing is kept that nobody asks for, 0 for no limit; "
    '`"720h"` by default.',
    "client.artifact.cache.max_size": 'How much is kept, 0 for no limit; `"10GiB"` by default. What was not '
    "asked for for longest goes first.",
    "client.artifact.decompression_file_count_limit": "The most files in one archive; 4096 by default.",
    "client.artifact.decompression_size_limit": 'What one archive may unpack to; `"100GB"` by default.',
    "client.artifact.disable_filesystem_isolation": "Whether the fetcher may reach all that Ostler can; "
    "false by default: Landlock holds it to what it needs.",
    "client.artifact.filesystem_isolation_extra_paths": "What the fetcher may reach beside, such as "
    '`"d:r:/etc/company"`; the letters are r, w, x and c.',
    "client.artifact.http_max_size": 'The largest file, over any scheme; `"100GB"` by default.',
    "client.artifact.http_read_timeout": 'The time for one artifact, over any scheme; `"30m"` by default.',
    "client.artifact.secret": "A credential that a job may name as `${secret.NAME}`; the keys below.",
    "client.artifact.set_environment_variables": "The variables of Ostler's environment that the fetcher "
    "sees, separated by commas.",
    "client.artifact.stall_timeout": "How long no byte may come before the line counts as cut; "
    '`"30s"` by default.',
    "client.artifact.secret.command": "A program and its arguments, which prints the secret.",
    "client.artifact.secret.env": "The variable of Ostler's own environment that holds it.",
    "client.artifact.secret.file": "The file that holds it; relative to the file's directory.",
    "client.artifact.secret.hosts": 'Required: whom it may be shown to, such as `"*.example.com"`, or `"*"`.',
    "client.artifact.secret.schemes": "The URL schemes by which it may be shown; all by default.",
    "plugin.limits": '`"required"` (the default) or `"best_effort"`: whether a limit that does not hold here '
    "refuses the start. It may stand in `config` too.",
    "plugin.config": "The driver's own settings; see the [drivers](drivers/README.md).",
    "wrapper.config": "The wrapper's own settings; `ostler driver list` shows what is installed.",
    "client.options.driver.allowlist": "The drivers that may be used, separated by commas; all by default.",
    "client.options.driver.denylist": "The drivers that may not be used.",
    "client.options.driver.whitelist": "The old name of `driver.allowlist`.",
    "client.options.driver.blacklist": "The old name of `driver.denylist`.",
    "client.options.env.denylist": "The host's variables that a task never inherits; names of well-known "
    "secrets by default.",
    "client.options.env.blacklist": "The old name of `env.denylist`.",
    "client.options.user.denylist": "The users that a job may not ask for; `root,Administrator` by default.",
    "client.options.user.blacklist": "The old name of `user.denylist`.",
    "client.options.user.checked_drivers": "The drivers that `user.denylist` holds for; by default all "
    "that give a task a root of its own.",
}

JOB: Final = {
    "job.id": "The job's id; the block's label by default.",
    "job.name": "The job's name; its id by default.",
    "job.type": "`service` (the default), `batch`, `system` or `sysbatch`. A service is restarted when it "
    "succeeds too.",
    "job.constraint": "What the machine has to be.",
    "job.group": "Tasks that run together.",
    "job.task": "A task that stands alone; it becomes a group of its own.",
    "job.meta": "Free texts, which become `NOMAD_META_...` variables.",
    "group.count": "How many allocations of the group run side by side; 1 by default.",
    "group.constraint": "As in the job, for this group.",
    "group.task": "One task.",
    "group.meta": "As in the job; it wins over the job's.",
    "group.restart": "The restart policy of the group's tasks.",
    "task.driver": "The name of the driver.",
    "task.user": "The user that the task runs as.",
    "task.config": "The driver's settings; see the [drivers](drivers/README.md).",
    "task.env": "Variables for the task's environment.",
    "task.meta": "As in the group; it wins over the group's.",
    "task.resources": "What the task asks of the machine.",
    "task.constraint": "As in the job, for this task.",
    "task.restart": "The restart policy, key by key over the group's.",
    "task.logs": "How much of the output is kept.",
    "task.artifact": "Something to fetch before the start.",
    "task.kill_timeout": 'The grace between the polite signal and the kill; `"5s"` by default.',
    "task.kill_signal": "The polite signal; the driver's own by default.",
    "resources.cpu": "A share of the processor, in MHz; 100 by default.",
    "resources.cores": "Whole cores for the task alone, for as long as it runs; `cpu` may not be given too.",
    "resources.memory": "Memory in MB; 300 by default.",
    "resources.memory_max": "The hard limit in MB where it is larger than `memory`; `-1` for none.",
    "restart.attempts": "How many restarts within the interval.",
    "restart.interval": "The time within which restarts are counted.",
    "restart.delay": "The pause before a restart; up to a quarter is added at random.",
    "restart.mode": "`fail` ends the task when the attempts are used up, `delay` waits out the interval.",
    "logs.max_files": "How many files of each stream are kept; 10 by default.",
    "logs.max_file_size": "The size of each file in MB; 10 by default.",
    "logs.disabled": "Keep no output.",
    "logs.enabled": "The old opposite of `disabled`.",
    "artifact.source": "The URL; query parameters such as `archive` and `checksum` are read.",
    "artifact.options": "What would stand in the query: `checksum`, `archive`, `filename`.",
    "artifact.headers": "HTTP headers to send.",
    "artifact.mode": "`any` (the default: unpack an archive, else one file), `file` or `dir`.",
    "artifact.destination": "Where it goes, in the task's directory; `local/` by default.",
    "artifact.insecure": "Do not check the server's certificate.",
    "artifact.chown": "Give what was fetched to the task's user.",
}

EVENTS: Final = {
    "Received": "The task is known and about to be prepared; the details name the directory of its logs.",
    "Setup Failure": "Its directories or outputs could not be made.",
    "Failed Validation": "Its config is wrong, or a limit that it asks for would not hold.",
    "Downloading Artifacts": "Its artifacts are being fetched.",
    "Failed Artifact Download": "An artifact could not be had.",
    "Driver": "The driver has something to say; also which limits do not hold under best effort.",
    "Driver Failure": "The driver could not start or stop the task.",
    "Started": "The task runs; the details are what the driver says of it.",
    "Terminated": "The task ended; the event carries the exit.",
    "Killing": "The task was asked to end.",
    "Killed": "It ended because it was asked to.",
    "Restarting": "It will be started again; the details say after how long.",
    "Not Restarting": "It failed and will not be started again.",
    "Sibling Task Failed": "Another task of its group failed, so this one is stopped.",
}

REASONS: Final = {
    "exited": "It ended by itself, with any code.",
    "signaled": "A signal ended it that Ostler did not send.",
    "oom": "The kernel killed the main process because memory ran out; read from the kernel's counter. "
    "Where memory is only watched, Ostler did.",
    "timeout": "It ran longer than `timeout`.",
    "stopped": "It was asked to end.",
    "output_limit": "It wrote more to stdout and stderr than `output_limit`.",
    "pids_limit": "It had more processes and threads than `pids_limit`, where that is watched.",
    "disk_limit": "Its directory held more than `disk_limit` or `inodes_limit`, or could not be measured.",
    "lost": "Its end can't be known: the machine restarted, its init was killed, or its driver only fails.",
    "driver_error": "The driver failed.",
}
