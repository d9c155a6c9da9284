job "names" {
  meta = {
    "dotted.name" = 1.50
    plain         = true
  }

  group "g" {
    meta {
      big      = 12345678901234567890
      fraction = 0.1
      negative = -3
      long     = 0.123456789012345678901234567890123456789
      zeros    = 100.0
    }

    task "t" {
      env = {
        "A.B" : "colon",
        REF     = "${meta.owner}"
      }

      meta {}
    }

    task "u" {
      env {
        X = "${NOMAD_PORT_http}"
        Y = node.unique.name
      }
    }
  }
}
