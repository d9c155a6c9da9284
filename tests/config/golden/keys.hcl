regionn = "eu"
data_dir = 3
name = ["n1"]
datacenter {
  x = 1
}
clients {
}
server {
  anything = "goes"
}
