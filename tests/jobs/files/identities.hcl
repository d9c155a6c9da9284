# Tokens that name a task, and secrets that it is given.
job "identities" {
  secret "shared" {
    provider = "nomad"
    path     = "shared"
  }

  secret "key" {
    provider = "nomad"
    path     = "another"
  }

  task "t" {
    driver = "exec"

    identity {
      env  = true
      file = true
    }

    identity {
      name          = "vault_default"
      aud           = ["vault.io"]
      ttl           = "1h"
      change_mode   = "signal"
      change_signal = "SIGHUP"
      filepath      = "local/token"
      service_name  = "t"
    }

    secret "login" {
      provider = "vault"
      path     = "secret/data/login"

      config {
        engine = "kv_v2"
      }
    }

    secret "key" {
      provider = "nomad"
      path     = "app/key"

      env {
        REGION = "eu"
      }
    }

    action "reload" {
      command = "/bin/kill"
      args    = ["-HUP", 1]
    }

    action "dump" {
      command = "/bin/dump"
    }

    schedule {
      cron {
        start    = "0 8 * * *"
        end      = "0 18 * * *"
        timezone = "Europe/Berlin"
      }
    }
  }
}
