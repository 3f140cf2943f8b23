"""Services on plain Docker hosts: copies of one container, numbered, spread over hosts, replaced one after another."""
