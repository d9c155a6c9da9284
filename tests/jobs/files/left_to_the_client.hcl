# Names that only the machine knows stay as they are written.
job "left-to-the-client" {
  constraint {
    attribute = attr.kernel.name
    value     = "linux"
  }

  constraint {
    attribute = "${node.class}"
    operator  = "!="
    value     = "${meta.forbidden}"
  }

  group "g" {
    task "t" {
      driver = "exec"
      user   = "${meta.user}"

      config {
        command = "/bin/echo"
        args    = ["${NOMAD_TASK_NAME}-${NOMAD_ALLOC_INDEX}", env["odd name"], "${attr.cpu.arch}"]
      }

      env {
        NODE = node.unique.id
        BOTH = "${attr.os.name}/${attr.os.version}"
      }

      template {
        data        = "{{ env \"NOMAD_PORT_http\" }}"
        destination = "${NOMAD_SECRETS_DIR}/x"
      }
    }
  }
}
