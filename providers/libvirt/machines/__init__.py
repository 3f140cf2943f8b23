"""Virtual machines: from inputs to domains of libvirt and back, changed with the least harm."""
