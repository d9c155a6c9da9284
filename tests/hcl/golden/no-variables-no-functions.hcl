job "web" {
  count  = 1 + 2
  driver = upper("exec")
  args   = [var.x, local.y, [for x in [] : x], "${max(1, 2)}", a.*.b, true ? 1 : 2]
}
