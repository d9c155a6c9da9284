# Durations as texts and as whole nanoseconds.
job "durations" {
  group "g" {
    shutdown_delay = 0

    restart {
      interval = "1h30m5s"
      delay    = "0"
    }

    task "a" {
      driver         = "exec"
      kill_timeout   = "1500ms"
      shutdown_delay = "2us"
    }

    task "b" {
      driver       = "exec"
      kill_timeout = "0.25h"
    }

    task "c" {
      driver       = "exec"
      kill_timeout = 7
    }
  }
}
