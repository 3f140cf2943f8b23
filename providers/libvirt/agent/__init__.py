"""What runs inside a guest and answers for it: QEMU's guest agent.

https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
"""
