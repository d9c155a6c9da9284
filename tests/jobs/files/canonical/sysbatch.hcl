# A sysbatch job is restarted as a batch job, and rescheduled nowhere.
job "sysbatch" {
  type = "sysbatch"

  task "t" {
    driver = "exec"
  }
}
