"""From ``menus.yaml`` to the hall, and what is wrong with it, and where."""
