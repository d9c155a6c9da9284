job "web" {
  args = [<<EOF
    hello
  EOFF
  ]
}
