job "logs" {
  group "g" {
    ephemeral_disk {
      size = 100
    }

    task "default" {
      driver = "exec"
    }

    task "large" {
      driver = "exec"

      logs {
        max_files     = 20
        max_file_size = 5
      }
    }
  }
}
