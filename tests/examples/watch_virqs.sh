#!/bin/sh
# Watches several VIRQs at once, a line for each event.
#
#   watch_virqs.sh [VIRQ...]
#
# Without arguments: those that nobody else holds, as a rule. A VIRQ has one holder: where another has one of them,
# this says which, and ends. REHEARSE holds statements to run once all are bound: on the simulator, 'raise tbuf'.

[ $# -gt 0 ] || set -- tbuf debugger mem_event enomem

{
  for virq; do echo "port = bind-virq $virq"; done
  printf '%s\n' "$REHEARSE"
  echo "watch --format '%U %c'"
} | evtchn run -
