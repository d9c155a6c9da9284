locals {
  names = uper("a")
}

job "made" {
  dynamic "group" {
    for_each = local.names
    labels   = [group.value]

    content {
      count = 1
    }
  }
}
