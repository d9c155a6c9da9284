job "volumes" {
  group "g" {
    volume "certs" {
      type      = "host"
      source    = "ca"
      read_only = true
    }

    volume "store" {
      type            = "csi"
      source          = "disk"
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
      per_alloc       = true

      mount_options {
        fs_type     = "ext4"
        mount_flags = ["ro", "noatime"]
      }
    }

    task "t" {
      volume_mount {
        volume           = "certs"
        destination      = "/etc/ssl"
        read_only        = true
        propagation_mode = "private"
      }

      csi_plugin {
        id        = "plugin"
        type      = "node"
        mount_dir = "/csi"
      }
    }
  }
}
