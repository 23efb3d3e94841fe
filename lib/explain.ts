/** Hints for administrators: what an errno means for a verb. @module */

import type { System } from "../ffi/abi.ts";
import type { Errno } from "../ffi/syscalls.ts";

/** Hints by verb and errno. The verb `*` has those for any verb. */
type Hints = Readonly<Record<string, Readonly<Record<string, string>>>>;

const OVERFLOW = "the ring overflowed and events were lost: `evtchn reset --unmask` brings the handle back";
const OVERFLOW_NO_RESET =
  "the ring overflowed and events were lost: this driver cannot reset it; close the handle and bind again";
const ROOT_DEVICE = "the device belongs to root: run it as root, or give your user the device with a udev rule";
const ROOT_HYPERCALLS = "hypercalls are root's: run it as root";
const ROOT_XENSTORE = "xenstore is root's: run it as root";
const NO_XEN = "the device is there, but this is no Xen domain";
const NOT_SERVED = "no driver serves this device: check the path, or load the driver";
const NO_DESCRIPTOR = "this process has no descriptor left: see `ulimit -n`";
const NO_DOMAIN = "there is no such domain: `evtchn list --all` shows the ports of those that run";
const DECODE = "`evtchn decode` reads what Xen's debug key e prints";
const NO_CHANNEL = "this kernel has no channel with that number";
const POLICY = "Xen's security policy does not allow this channel";

const HINTS: Hints = {
  open: {
    ENOENT: "no such device: load the driver with `modprobe xen-evtchn`, or this is no Xen domain; " +
      "`--simulator` needs neither",
    ENODEV: NO_XEN,
    ENXIO: NOT_SERVED,
    EACCES: ROOT_DEVICE,
    EPERM: ROOT_DEVICE,
    EAGAIN: "the driver has no handle left: it allows 255",
    EISDIR: "this is a folder: name the device itself, such as /dev/xen/evtchn",
    EMFILE: NO_DESCRIPTOR,
  },
  "bind-virq": {
    EEXIST: "somebody has bound it already: a VIRQ has one holder a domain or vCPU; `evtchn virqs` says who usually",
    EINVAL: "Xen knows VIRQs 0 to 23, and gives global ones to dom0 alone; `evtchn virqs` lists them",
    EBUSY: "this VIRQ is global and another domain is its handler",
    EACCES: "this handle is restricted to one domain and may bind no VIRQ",
    EPERM: "only dom0 may bind a global VIRQ",
  },
  "bind-interdomain": {
    EINVAL: "the remote port is free, is bound already, or is reserved for another domain than this one",
    ESRCH: NO_DOMAIN,
    EACCES: "this handle is restricted to another domain",
    EPERM: POLICY,
  },
  "alloc-unbound": {
    EACCES: "this handle is restricted to one domain and may allocate no port",
    ESRCH: "there is no such domain",
    EPERM: POLICY,
  },
  "bind-static": {
    ENOSYS:
      "this driver does not have this call: Linux 6.6 and later has it; simulated, it is there with a setting such " +
      "as `sim:linux?static=1:9-2:11`",
    EISCONN: "this handle has bound this port already",
    EBUSY: "the kernel or another handle has bound this port",
    ENOMEM: "this kernel has no channel with that number, or is out of memory",
  },
  unbind: {
    EINVAL: NO_CHANNEL,
    EFAULT: NO_CHANNEL,
  },
  notify: {
    EINVAL: NO_CHANNEL,
  },
  restrict: {
    EACCES: "this handle is restricted already, and for ever: open a new one",
    EINVAL: "a handle can be restricted to a guest only: 1 to 32751",
    ENOSYS:
      "this driver cannot restrict a handle, only Linux's can: do not pass it on, since whoever has it may bind any port",
  },
  reset: {
    ENOSYS: "this driver cannot reset a handle: close it, open a new one and bind again",
  },
  read: {
    EAGAIN: "no event is waiting",
    EFBIG: OVERFLOW,
  },
  watch: {
    EFBIG: OVERFLOW_NO_RESET,
  },
  privcmd: {
    ENOENT: "no such device: load the driver with `modprobe xen-privcmd`, or this is no Xen domain; without it " +
      `/proc/interrupts names the programs that hold channels, and ${DECODE}`,
    ENODEV: NO_XEN,
    EACCES: ROOT_HYPERCALLS,
    EPERM: ROOT_HYPERCALLS,
    EMFILE: NO_DESCRIPTOR,
    ENOTSUP: `evtchn looks into Xen through Linux's privcmd and xenstore devices alone; ${DECODE}, from any system`,
  },
  hypercall: {
    ENOENT: `this kernel has no /dev/xen/hypercall: it is older than Linux 4.18; ${DECODE}`,
    EACCES: ROOT_HYPERCALLS,
    EPERM: ROOT_HYPERCALLS,
    EMFILE: NO_DESCRIPTOR,
  },
  sysctl: {
    EPERM: `only the control domain may look at this, as root; ${DECODE}`,
    ENOSYS: `this Xen was built without sysctl, or filters it; ${DECODE}`,
    ENODATA: "this Xen prints nothing for its debug key e",
    EACCES: `Xen's interface is of a version that evtchn does not know, or its security policy refuses; ${DECODE}`,
  },
  list: {
    ESRCH: NO_DOMAIN,
    EPERM: "only the control domain sees the ports of others; a guest sees its own where its xen-privcmd was loaded " +
      "with unrestricted=1, or is an older one",
    ENOSYS: "Xen does not know the call: this is no Xen domain, or one whose hypercalls are filtered",
  },
  holders: {
    EACCES: "other users' processes are root's to see, and all of them may be hidden: run it as root",
    ENOENT: "/proc is not mounted",
  },
  session: {
    ENOENT: "no such session: `evtchn session start` starts one; unset EVTCHN_SESSION to do without",
    ECONNREFUSED: "its process is gone, and its ports with it: `evtchn session start` starts another",
    ECONNRESET: "its process ended, and every port that it held is closed",
    ESHUTDOWN: "somebody stopped it: every port that it held is closed",
    ENOTSOCK: "this is no socket: EVTCHN_SESSION or --session names the socket of a session",
    ENOTDIR: "this is no folder",
    ELOOP: "its folder is a symlink, which may lead to another user's session",
    ESTALE: "its socket was removed or replaced at this moment: try again",
    EPERM: "it belongs to another user: a session serves only the user that started it",
    EACCES: "others may enter its folder, and could act as you: only the owner may have access (chmod 700)",
    ENAMETOOLONG: "the path of a socket has at most 107 bytes: set XDG_RUNTIME_DIR to a shorter one",
    EPROTO: "what listens there is no session of evtchn, or breaks its protocol",
    EPROTONOSUPPORT: "another version of evtchn started it: stop it with that one",
    EAGAIN: "it is at its limit: try again when it has less to do",
    ETIMEDOUT: "its process is stopped or stuck, or what listens there is no session of evtchn",
    EEXIST: "`evtchn session stop` ends it; unset EVTCHN_SESSION to leave it and start another",
  },
  stats: {
    ENOENT: "this kernel has no bus of Xen devices: this is no Xen domain; `--simulator` needs none",
  },
  "stats-counters": {
    ENOENT: "the kernel counts the events of each device since Linux 5.12; what /proc/interrupts counts is shown",
  },
  wiring: {
    ENOENT: NO_DOMAIN,
  },
  snapshot: {
    ENODATA: "`evtchn collect` on that host, as root, records all that evtchn looks at",
  },
  "xenstore-open": {
    EACCES: ROOT_XENSTORE,
    EPERM: ROOT_XENSTORE,
  },
  xenstore: {
    ENOENT:
      "no xenstore here: start xenstored in the control domain, or this is no Xen domain; `--simulator` needs neither",
    ENODEV: NO_XEN,
    ENXIO: NOT_SERVED,
    EACCES:
      "in the control domain root can read everything; a guest can read only its own nodes and those shared with it",
    EINVAL: "a path has names of letters, digits, `-`, `_` and `@`, and one `/` between two names",
    E2BIG: "a message to xenstored has at most 4096 bytes",
    EAGAIN: "the folder changed while it was read: try again",
    ENOSPC: "this domain is at its limit of nodes, or the value is too long",
    ETIMEDOUT: "xenstored does not answer, or is slow: --timeout gives it more time; `evtchn list DOM` needs none",
    ECONNREFUSED: "xenstored has ended and its socket is left: the host has to be restarted",
    ECONNRESET: "xenstored ended or closed the connection",
    EPROTO: "the answer breaks xenstore's protocol",
    ECANCELED: "the connection was closed",
  },
  "*": {
    ENODATA: "the snapshot does not have it: `evtchn collect` on that host, as root, records all that evtchn looks at",
    ENOTCONN: "this port is not bound on this handle: a port belongs to the handle that bound it and dies with it",
    ENOSPC: "no event-channel port is left: unbind some, or raise max_event_channels for this domain",
    ENOMEM: "the kernel is out of memory",
    EPERM: "this driver serves only a privileged caller: run it as root in the control domain",
    ENOTTY: "this is no event-channel device: the usual one is /dev/xen/evtchn",
    EBADF: "no such open descriptor: in the shell, `exec 3<>/dev/xen/evtchn` opens one as 3",
    ENOSYS: "this driver does not have this call",
    EFBIG: OVERFLOW,
  },
};

/** Where evtchn can list no domains. */
const NO_DOMAIN_HERE = { "bind-interdomain": { ESRCH: "there is no such domain" } };

const NO_DRIVER = "no such device: this kernel has no event-channel driver, or this is no Xen domain; " +
  "`--simulator` needs neither";

/** Hints for one system only. All of them take precedence over {@linkcode HINTS}. */
const SYSTEM_HINTS: Readonly<Partial<Record<System, Hints>>> = {
  illumos: {
    ...NO_DOMAIN_HERE,
    open: { ENOENT: NO_DRIVER },
    // usr/src/uts/common/xen/io/evtchn_dev.c:336 checks this first, so EPERM is rarely Xen's
    "*": {
      EPERM: "this driver serves only a caller with the privilege xvm_control: run it as root in the control domain",
      EFBIG: OVERFLOW_NO_RESET,
    },
  },
  freebsd: { ...NO_DOMAIN_HERE, open: { ENOENT: NO_DRIVER } },
  netbsd: { ...NO_DOMAIN_HERE, open: { ENOENT: NO_DRIVER } },
};

/** The hint for an errno of a verb, without a full stop; undefined if there is none. */
export function explain(op: string, errno: Errno, system: System = "linux"): string | undefined {
  const own = SYSTEM_HINTS[system];
  return own?.[op]?.[errno] ?? own?.["*"]?.[errno] ?? HINTS[op]?.[errno] ?? HINTS["*"][errno];
}
