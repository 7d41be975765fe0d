"""From a derivation to the text of a module: rewrites, arithmetic, printer.  Knows no derivation rule and no JAX."""
