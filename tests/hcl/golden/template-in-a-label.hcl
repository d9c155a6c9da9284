job "${name}" {
  count = 1
}
