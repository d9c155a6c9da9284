# A group completes its policies by those of the job, key by key.
job "inherited" {
  update {
    max_parallel = 2
    canary       = 1
  }

  reschedule {
    delay     = "10s"
    max_delay = "2m"
  }

  migrate {
    max_parallel = 4
  }

  group "own" {
    update {
      canary       = 0
      auto_revert  = true
      health_check = "manual"
    }

    reschedule {
      delay = "1m"
    }

    migrate {
      health_check = "task_states"
    }

    task "t" {
      driver = "exec"
    }
  }

  group "none" {
    task "t" {
      driver = "exec"
    }
  }
}
