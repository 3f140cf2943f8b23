"""Domain XML from inputs. Pure: what only the host knows comes in as a ``Place``.

https://libvirt.org/formatdomain.html
"""
