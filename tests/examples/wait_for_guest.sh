#!/bin/sh
# Waits until a guest connects.
#
#   wait_for_guest.sh GUEST [PERIOD]
#
# Makes a port that only GUEST may bind and prints it: tell the guest, as a rule through xenstore. Ends with status 0
# when the guest's first event has come, with 1 when none has within PERIOD (a minute). Binding alone is not heard on
# this side: Xen tells the one who binds, not the one who is bound to.

guest=${1:?usage: wait_for_guest.sh GUEST [PERIOD]}

exec evtchn run -e "port = alloc-unbound $guest" -e 'print $port' -e "expect \$port within ${2:-1m}"
