variable "broken" {
  default = 5

  validation {
    condition     = var.broken < 5
    error_message = "There are four at most."
  }

  validation {
    condition     = var.broken != 5
    error_message = "Five is out of the question!"
  }
}

variable "unconditional" {
  default = 1

  validation {
    error_message = "What for?"
  }
}

variable "silent" {
  default = 1

  validation {
    condition = var.silent == 1
  }
}

variable "elsewhere" {
  default = 1

  validation {
    condition     = var.broken == 5 && attr.x == local.y
    error_message = "It looks at the wrong variable."
  }
}

variable "nothing" {
  default = 1

  validation {
    condition     = true
    error_message = "It looks at nothing."
  }
}

variable "mumbled" {
  default = 1

  validation {
    condition     = var.mumbled == 1
    error_message = "no sentence"
  }
}

variable "odd" {
  default = "x"

  validation {
    condition     = var.odd
    error_message = "It is neither true nor false."
  }
}

variable "none" {
  default = 1

  validation {
    condition     = var.none == 1 ? null : true
    error_message = "It is null."
  }
}

variable "reads" {
  default = "/etc/hostname"

  validation {
    condition     = file(var.reads) != ""
    error_message = "It is empty."
  }
}

variable "fails" {
  default = "x"

  validation {
    condition     = var.fails.y == 1
    error_message = "It has no attributes."
  }
}

job "validation" {
  group "g" {
    task "t" {
      driver = "exec"
    }
  }
}
