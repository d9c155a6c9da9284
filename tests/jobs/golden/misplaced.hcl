job "j" {
  driver = "exec"

  group "g" {
    resources {
      cpu = 100
    }

    config {
      command = "/bin/true"
    }

    template {
      data = "x"
    }

    task "t" {
      driver = "exec"
      count  = 3
      memory = 64

      network {
        port "http" {}
      }

      group "inner" {}
    }
  }
}
