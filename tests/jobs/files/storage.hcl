# Volumes of both types, their mounts, and a plugin that offers some.
job "storage" {
  type = "system"

  group "nodes" {
    volume "dynamic" {
      type            = "host"
      source          = "scratch"
      sticky          = true
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
    }

    volume "block" {
      type            = "csi"
      source          = "raw[0]"
      access_mode     = "multi-node-multi-writer"
      attachment_mode = "block-device"
      read_only       = "true"
    }

    task "plugin" {
      driver = "docker"

      volume_mount {
        volume           = "dynamic"
        destination      = "/scratch"
        propagation_mode = "host-to-task"
        selinux_label    = "z"
      }

      volume_mount {
        volume      = "block"
        destination = "/dev/raw"
      }

      csi_plugin {
        id                     = "org.example.csi"
        type                   = "monolith"
        mount_dir              = "/csi"
        stage_publish_base_dir = "/local/csi"
        health_timeout         = "45s"
      }
    }
  }
}
