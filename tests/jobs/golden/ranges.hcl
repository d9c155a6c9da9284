job "ranges" {
  type     = "system"
  priority = 101

  group "negative" {
    count = -1

    task "t" {
      driver       = "exec"
      kill_timeout = "-1s"

      resources {
        cpu        = 0
        memory     = 9
        memory_max = 8
        cores      = -1
      }

      logs {
        max_files     = 0
        max_file_size = 0
      }
    }
  }

  group "several" {
    count = 2

    task "t" {
      driver = "exec"

      resources {
        cpu    = 100
        cores  = 1
        memory = 400

        memory_max = 399
      }
    }
  }
}
