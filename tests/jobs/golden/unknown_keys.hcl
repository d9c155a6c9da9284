job "unknown" {
  tipe = "batch"

  grupe "g" {}

  group "g" {
    cuont = 1

    task "t" {
      driver = "exec"
      image  = "x"

      enviroment {
        A = "b"
      }

      config = {
        command = "/bin/true"
      }

      resources {
        mem = 10
      }

      resources {
        memory = 10
      }

      logs = {}
    }

    task {
      driver = "exec"
    }

    restart "x" {}
  }
}
