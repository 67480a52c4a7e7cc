#!/bin/bash
# What run.sh does in a chroot, in the virtual machine, where systemd runs.
export PACKAGING_PLACE=vm
exec bash "$(dirname "$0")/run.sh" "$@"
