#!/bin/sh
# Waits until a guest has bound a port that is offered to it.
#
#   wait_for_guest.sh GUEST [PERIOD]
#
# Prints the port: tell it to the guest, as a rule through xenstore. Exit status 0 when the guest has bound it, 124 when
# it has not within PERIOD (a minute). In a session the port stays bound afterwards; without one the script makes a
# session for itself.

guest=${1:?usage: wait_for_guest.sh GUEST [PERIOD]}
[ -n "$EVTCHN_SESSION" ] || exec evtchn session run -- sh "$0" "$@"

port=$(evtchn alloc-unbound "$guest") || exit
echo "$port"
exec evtchn wait "$port" --timeout "${2:-1m}"
