job "a" {
  type="batch"
    datacenters = ["dc1"]   # one
  count=1 // two

  # alone
  é = 2
  group    "g"    {   }
  task "t" { driver="exec" }
  resources { cpu=1 }   # of a block
  a=1   /* inline */
  bbb = /* before */ 2
  /* long
     comment */ c = 3
  env = {
    A=1, B = 2
    "C d":3   # colon
    (e) = 4
    long_one=[1,2]    # end
  }
  ab=[
  1,
    2, # two
      33333  # three
  ]
}
