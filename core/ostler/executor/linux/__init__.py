"""All that only Linux has: namespaces, cgroups, pidfds, splice."""
