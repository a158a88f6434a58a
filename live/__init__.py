"""How a number reaches a screen: feed -> board -> hub -> session -> door."""
