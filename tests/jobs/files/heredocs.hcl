# Texts over several lines, in both forms.
job "heredocs" {
  task "t" {
    driver = "exec"

    config {
      command = "/bin/sh"
      args    = ["-c", <<SCRIPT
  set -e
echo "$HOME" \n
SCRIPT
      ]
    }

    template {
      destination = "local/a"
      data        = <<-TEXT
          four
        two

        ${node.unique.name} and $${kept}
        TEXT
    }

    template {
      destination = "local/b"
      data        = <<EOF2
{{ with $x := key "a" }}{{ $x }}{{ end }}
EOF2
    }
  }
}
