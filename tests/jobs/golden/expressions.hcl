variable "ports" {
  default = { http = 80 }
}

variable "list" {
  default = ["a", "b"]
}

job "expressions" {
  meta {
    sum        = 1 + true
    difference = "a" - 1
    divided    = 1 / 0
    remainder  = 1 % 0
    negative   = -"x"
    not        = !"x"
    and        = "x" && true
    compared   = "a" < "b"
    condition  = "x" ? 1 : 2
    branches   = true ? [1] : { a = 1 }
    attribute  = var.ports.https
    index      = var.list[2]
    key        = var.list["a"]
    text       = "x".y
    splat      = [for each in 5 : each]
    keyed      = { for each in var.list : null => 1 }
    twice      = { for each in var.list : "k" => each }
    later      = attr.cpu.numcores + 1
    list       = var.list
    null       = null
    unknown    = uper("x")
    few        = split(",")
    many       = upper("x", "y")
    argument   = length(5)
    spread     = max(5...)
    parsed     = parseint("z", 10)
    pattern    = regex_replace("x", "(", "")
    decoded    = jsondecode("{")
    power      = pow(10, 1e9)
    much       = range(1000000000)
    converted  = convert("x", number)
    chosen     = try(var.list[7], var.ports.z)
  }

  group "g" {
    task "t" {
      driver = "exec"

      config {
        command = "a${var.list}b"
        args = [
          "%{ for each in 5 }x%{ endfor }",
          "%{ if "maybe" }x%{ endif }",
          "${var.nope}",
          var.list[*].x,
        ]
      }
    }
  }
}
