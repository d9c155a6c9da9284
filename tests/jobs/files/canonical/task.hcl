# What belongs to one task: artifacts, templates, tokens, logs, devices and the like.
job "task" {
  vault {
    policies = ["read"]
  }

  group "g" {
    volume "data" {
      type   = "host"
      source = "disk"
    }

    task "t" {
      driver = "exec"

      artifact {
        source = "https://example.com/tool.bin"
        mode   = "file"
      }

      artifact {
        source = "https://example.com/tree.tar.gz"
      }

      template {
        data          = "x"
        destination   = "local/x"
        change_mode   = "signal"
        change_signal = "sigusr1"
      }

      template {
        data        = "y"
        destination = "local/y"
        change_mode = "signal"
        splay       = "0s"
      }

      template {
        source      = "local/z.tpl"
        destination = "local/z"
        change_mode = "script"

        change_script {
          command = "/bin/true"
        }
      }

      identity {
        env = true
      }

      identity {
        name          = "other"
        aud           = ["somebody"]
        change_mode   = "signal"
        change_signal = "sighup"
        ttl           = "1h"
      }

      logs {
        max_files = 3
        enabled   = false
      }

      resources {
        cores = 2

        device "nvidia/gpu" {
          affinity {
            attribute = "${device.attr.memory}"
            operator  = ">="
            value     = "4 GiB"
          }
        }

        numa {}
      }

      volume_mount {
        volume      = "data"
        destination = "/data"
      }

      csi_plugin {
        id   = "plug"
        type = "node"
      }
    }
  }
}
