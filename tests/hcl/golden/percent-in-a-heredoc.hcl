job "web" {
  args = ["-c", <<-EOF
    curl -w "%{http_code}" $URL
    EOF
  ]
  count = 1 1
}
