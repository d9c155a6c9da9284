# A batch job has other policies, and is neither rolled out nor migrated.
job "batch" {
  type = "batch"

  group "g" {
    count = 3

    restart {
      attempts = 5
    }

    task "t" {
      driver = "exec"

      restart {
        mode = "delay"
      }
    }
  }
}
