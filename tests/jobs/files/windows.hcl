job "windows" {
  datacenters = ["dc1"]

  task "t" {
    driver = "raw_exec"

    template {
      destination = "local/x"
      data        = <<EOT
one
two
EOT
    }
  }
}
