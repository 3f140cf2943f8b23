"""Domain XML, as libvirt tells it, in the terms of the vocabulary. Pure.

https://libvirt.org/formatdomain.html
"""
