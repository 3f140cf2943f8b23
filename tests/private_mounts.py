"""Mount namespaces that tests make on the machine they run on."""

from typing import Final

LET_GO: Final = (
    "for place in $(awk '$3 ~ /^7:/ { print $5 }' /proc/self/mountinfo); do "
    """umount --lazy "$place" 2>/dev/null || ! mountpoint --quiet "$place"; done"""
)
"""For a shell that has just got a mount namespace of its own: let go of the copies of loop devices' mounts. The volumes of other
tests are such mounts, and could not be deleted while anybody holds a copy. One that is deleted meanwhile is gone here too."""
