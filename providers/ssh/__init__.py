"""The one SSH transport: a connection for each host that container hosts and hypervisors share."""
