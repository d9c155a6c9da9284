variable "any" {
  type = any
}

variable "within" {
  type = map(any)
}

variable "misspelt" {
  type = strng
}

variable "quoted" {
  type    = "string"
  default = "x"
}

variable "incomplete" {
  type = list
}

variable "wrong" {
  type    = list(number)
  default = [1, "two", 3]
}

variable "refers" {
  default = var.wrong
}

variable "asks" {
  default = "${attr.kernel.name}-x"
}

variable "calls" {
  default = upper("x")
}

variable "bare" {
  default = word
}

variable "2nd" {
  default = 2
}

variable "twice" {
  default = 1
}

variable "twice" {
  default = 2
}

variable "unknown" {
  defualt   = 1
  sensitive = true
}

variable "described" {
  description = ["x"]
  default     = 1
}

variable "missing" {
  type = object({ port = number })
}

variables {
  twice = 3
  self  = var.self

  nested {
    a = 1
  }
}

variables "named" {
  a = 1
}

job "variables" {
  group "g" {
    count = var.missing.port

    task "t" {
      driver = var.drivr
      user   = var.calls
    }
  }
}
