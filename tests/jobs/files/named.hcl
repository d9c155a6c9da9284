# The label is the name's default, also where the id differs.
job "label" {
  id       = "other-id"
  type     = "batch"
  priority = "70"
  region   = "eu"

  namespace    = "apps"
  datacenters  = ["dc1", "dc2"]
  all_at_once  = "true"
  consul_token = "one"
  vault_token  = "two"
}
