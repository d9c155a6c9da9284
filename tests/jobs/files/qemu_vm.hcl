job "qemu-vm" {
  task "vm" {
    driver = "qemu"

    config {
      image_path        = "local/disk.img"
      accelerator       = "kvm"
      graceful_shutdown = true
      args              = ["-nodefaults", "-m", 512]

      port_map {
        ssh  = 22
        http = 80
      }
    }

    resources {
      network {
        mbits = 1

        port "ssh" {}

        port "http" {
          static = 8080
        }
      }
    }
  }
}
