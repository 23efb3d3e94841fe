/** A script of two domains, and the part of it that one domain can run, also on the real driver. @module */

/** Statements for one domain with two handles. */
export const ONE_DOMAIN = `# One domain: both ends of its channels are its own, on two handles.
virqs
p = alloc-unbound self
@/b q = bind-interdomain self $p
@/b expect $q within 5s                    # what binding itself causes
@/b notify $q
expect $p within 5s
notify $p
@/b watch -n 1 --timeout 5s $q
status
@/b status
notify $p $p $p                            # some of them become one
@/b expect $q within 5s
t = bind-virq tbuf
bind-virq tbuf                             # its second holder is refused
watch $t --timeout 20ms
unbind $t
unbind $t
@/c r = alloc-unbound self
notify $r                                  # a port of another handle
@/c close
@/b unbind $q
notify $p                                  # nobody hears it, and it is accepted
unmask $p
poll --events all
read 2
reset --unmask
@/d restrict 5
@/d restrict 5
@/d bind-virq tbuf
@/d close
bind-interdomain self 4000
unbind 9999
notify 200000
expect $p within 10ms
print "port $p"
sleep 1ms
close
`;

/** How many rounds of ping-pong the whole script has. */
const ROUNDS = 30;

/** 200 statements: those of one domain, a ping-pong with a guest, and those that need a simulated host. */
export const TWO_DOMAINS = `${ONE_DOMAIN}
# Two domains: a backend and a guest play ping-pong.
back = alloc-unbound 1
@1 front = bind-interdomain 0 $back
@1 expect $front within 1ms
${
  `@1 notify $front
expect $back within 1ms
notify $back
@1 watch -n 1 --timeout 1ms
sleep 250us
`.repeat(ROUNDS)
}
tbuf = bind-virq tbuf
raise tbuf
watch
@1 unbind $front
notify $back
destroy 1
create 1
@1 poll
@1 status
status
`;
