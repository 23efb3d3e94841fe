#!/bin/sh
# Prints how many events a second come in on a channel, a line for each interval.
#
#   events_per_second.sh CHANNEL [INTERVAL [TIMES]]
#
# The interval is 1s, and it prints ten times. Events that come while the port is masked count as one.

channel=${1:?usage: events_per_second.sh CHANNEL [INTERVAL [TIMES]]}

evtchn top "$channel" --json --interval "${2:-1s}" --refreshes "${3:-10}" |
  sed -n 's/.*"rate_per_s":\([0-9.]*\).*/\1/p'
