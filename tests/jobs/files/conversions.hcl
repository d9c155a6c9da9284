job "conversions" {
  datacenters = [1, true, "three"]

  group "g" {
    count = "3"

    ephemeral_disk {
      size   = "500"
      sticky = "true"
    }

    restart {
      attempts = 4.0
      interval = 60000000000
      delay    = "1m0.5s"
      mode     = "delay"
    }

    task "t" {
      driver       = "exec"
      user         = 1000
      kill_timeout = "1h1m1s1ms1us1ns"

      resources {
        cpu    = "250"
        memory = 64
      }

      logs {
        max_files     = "2"
        max_file_size = 3
      }
    }
  }
}
