job "periodic" {
  type = "batch"

  periodic {
    cron      = "*/15 * * *"
    crons     = ["@dayly", "61 * * * *", "0 3 31-1 * *", "0 0 * * mon-fri/2", "0 0 L * 5#3"]
    time_zone = "Europe/Berlyn"
  }

  task "t" {
    driver = "exec"

    schedule {
      cron {
        start    = "0 8 * * *"
        timezone = "Mars/Olympus"
      }
    }
  }
}
