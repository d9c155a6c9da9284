name = upper("n1")
client {
  node_klass = "a"
  meta {
    rack = var.rack
    row  = 1 < 2
  }
}
