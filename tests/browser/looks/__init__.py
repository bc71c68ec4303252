"""How the dashboard looks: what is measured of every page and view, in both themes and at every usual width."""
