"""Machines and volumes on their way from one libvirt host to another."""
