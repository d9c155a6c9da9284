# What a condition, an operator and a for expression make.
variable "tier" {
  type    = string
  default = "gold"

  validation {
    condition     = contains(["gold", "iron"], var.tier)
    error_message = "The tier has to be gold or iron."
  }
}

locals {
  gold    = var.tier == "gold"
  squares = { for number in [1, 2, 3] : "n${number}" => number * number if number != 2 }
  grouped = { for word in ["ant", "bee", "ape"] : substr(word, 0, 1) => word... }
}

job "with-conditions" {
  priority    = local.gold && !false ? 80 : 20
  all_at_once = !local.gold || 1 >= 2

  group "g" {
    task "t" {
      driver = "exec"

      meta {
        squares = jsonencode(local.squares)
        grouped = jsonencode(local.grouped)
        rest    = -7 % 3
        sum     = 0.1 + 0.2
        mixed   = (1 + 2) * 3 - 4 / 2
        nested  = "a${local.gold ? "b${"c"}" : "d"}e"
      }

      config {
        flag   = local.gold
        number = 2 / 4
        list   = [for key, value in local.squares : "${key}:${value}"]
      }
    }
  }
}
