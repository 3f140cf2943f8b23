"""virtwright: infrastructure as code for virtualized environments."""
