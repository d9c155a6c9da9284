# A system job runs on every node: it is restarted as a service, and never rescheduled.
job "system" {
  type = "system"

  group "g" {
    count = 0

    task "t" {
      driver = "exec"
    }
  }
}
