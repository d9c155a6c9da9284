# A batch job that fetches an archive of this repository and counts what is in it.
#
#     ostler run --config examples/agent.hcl examples/hello.nomad.hcl
#
# `make demo` packs the archive first.

job "hello" {
  type = "batch"

  group "greeter" {
    task "hello" {
      driver = "exec"

      artifact {
        source      = "../build/demo/repository.zip"
        destination = "local/repository"
      }

      env {
        KERNEL = "${attr.kernel.name}"
      }

      config {
        command = "/bin/sh"
        args = [
          "-c",
          "echo \"hello from $NOMAD_TASK_NAME on $KERNEL: $(find \"$NOMAD_TASK_DIR/repository\" -type f | wc -l) files\"",
        ]
        timeout = "30s"
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
