# Every key of what a task is given by Vault, and of its cluster of Consul.
job "tokens" {
  group "g" {
    consul {
      namespace = "team"
    }

    task "t" {
      driver = "exec"

      vault {
        role                   = "reader"
        policies               = []
        namespace              = "ns"
        cluster                = "other"
        env                    = false
        disable_file           = true
        change_mode            = "signal"
        change_signal          = "SIGUSR2"
        allow_token_expiration = true
      }

      consul {
        cluster = "third"
      }
    }
  }
}
