job "vaults" {
  vault {
    policies = ["job"]
  }

  group "inherits" {
    task "t" {}
  }

  group "own" {
    vault {
      policies      = ["group"]
      env           = false
      change_mode   = "signal"
      change_signal = "SIGUSR1"
    }

    task "from-group" {}

    task "from-task" {
      vault {
        policies  = ["task"]
        namespace = "n"
      }
    }
  }

  task "alone" {}
}
