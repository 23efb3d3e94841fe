#!/bin/sh
# Runs a command for each event of a VIRQ.
#
#   virq_handler.sh VIRQ COMMAND [ARGS...]
#
# With EVENTS in the environment it ends after so many. The command's standard input is empty, so that it takes no
# events away. Events that come while the command runs wait for it; several may be one by then. virq_handler_test.sh
# tests this script.

virq=${1:?usage: virq_handler.sh VIRQ COMMAND [ARGS...]}
shift

evtchn watch "virq:$virq" ${EVENTS:+-n "$EVENTS"} --format %c |
  while read -r channel; do
    "$@" </dev/null || echo "$channel: the handler ended with $?" >&2
  done
