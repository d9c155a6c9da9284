# first

   // second
a {   # after the brace
# inside
      /* block */
  b=1 # x
  ccc=[ # y
    1, # z
    # lonely
    22 # zz
  ] # end
# last
}   # after the end
/* a */ d /* b */ = /* c */ 1 /* d */ # e
