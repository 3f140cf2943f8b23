"""First-boot configuration of machines: cloud-init's NoCloud seed, a small disk beside the machine's own.

https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html
"""
