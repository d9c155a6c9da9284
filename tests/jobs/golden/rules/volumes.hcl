job "volumes" {
  group "g" {
    count = 2

    update {
      canary = 1
    }

    ephemeral_disk {
      size = 9
    }

    volume "none" {}

    volume "none" {}

    volume "nfs" {
      type   = "nfs"
      source = "a"
    }

    volume "host" {
      type        = "host"
      source      = "a"
      access_mode = "multi-node-multi-writer"

      mount_options {
        fs_type = "ext4"
      }
    }

    volume "csi" {
      type   = "csi"
      source = "a"
    }

    volume "reader" {
      type            = "csi"
      source          = "a"
      access_mode     = "single-node-reader-only"
      attachment_mode = "block-device"

      mount_options {
        fs_type = "ext4"
      }
    }

    volume "writer" {
      type            = "csi"
      source          = "a"
      access_mode     = "single-node-writer"
      attachment_mode = "filesystem"
    }

    volume "each" {
      type      = "host"
      source    = "a"
      per_alloc = true
    }

    task "t" {
      driver = "exec"

      volume_mount {
        volume      = "hots"
        destination = "/a"
      }

      volume_mount {
        destination      = "/b"
        propagation_mode = "shared"
        selinux_label    = "x"
      }

      csi_plugin {
        type                   = "nodes"
        mount_dir              = "/csi"
        stage_publish_base_dir = "/csi/staged"
      }
    }
  }
}
