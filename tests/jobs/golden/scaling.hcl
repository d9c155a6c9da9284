job "scaling" {
  group "g" {
    scaling {
      type = "vertical"
    }

    task "t" {
      driver = "exec"

      scaling "disk" {}

      scaling "cpu" {
        type = "vertical_mem"
      }

      scaling "mem" {}

      scaling "mem" {}
    }
  }
}
