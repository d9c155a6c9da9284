acl {
  enabled = true
}
audit {
  enabled = "true"
}
sentinel {
}
tls {
  http = true
}
vault {
  enabled = true
}
client {
  cgroup_parent = "/ours"
  host_volume "certs" {
    path = "/etc/ssl"
  }
  host_network "public" {
    cidr = "203.0.113.0/24"
  }
}
