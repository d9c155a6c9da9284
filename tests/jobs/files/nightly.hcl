# A backup that runs at night, with its environment as an attribute.
job "nightly" {
  type = "batch"

  periodic {
    cron             = "30 2 * * *"
    prohibit_overlap = true
  }

  group "backup" {
    restart {
      attempts = 1
      mode     = "fail"
    }

    task "dump" {
      driver = "exec"
      user   = "backup"

      config {
        command = "/usr/bin/dump"
        args    = ["--all", "--to", "${NOMAD_ALLOC_DIR}/data"]
      }

      env = {
        "LANG"     = "C"
        RETRIES    = 3
        FRACTION   = 0.50
        COMPRESSED = true
      }

      kill_timeout = "2m"
    }
  }
}
