client {
  enabeld          = true
  max_kill_timeout = "30"
  gc_max_allocs    = "many"
  node_class       = "a"
  node_class       = "b"
  meta {
    racks = ["r7"]
  }
  chroot_env {
    "etc" = "/etc"
  }
  options {
    "driver.allowlst"         = "exec"
    "driver.raw_exec.enable"  = "yes"
    "docker.volumes.enabled"  = "true"
    whatever                  = "x"
  }
  artifact {
    http_max_size                  = "10 gigs"
    http_read_timeout              = "-1m"
    decompression_file_count_limit = -1
    allowed_paths                  = { a = "b" }
    allowed_path                   = ["x"]
  }
}
client {
  enabled = true
}
