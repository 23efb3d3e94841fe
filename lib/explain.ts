/**
 * What an errno means for the verb that met it, in an administrator's terms.
 *
 * @module
 */

import type { System } from "../ffi/abi.ts";
import type { Errno } from "../ffi/syscalls.ts";

/** Hints by verb and errno; `*` stands for every verb. */
type Hints = Readonly<Record<string, Readonly<Record<string, string>>>>;

const CLOSE_AND_BIND_AGAIN =
  "the ring overflowed and events were lost: this driver cannot reset it; close the handle and bind again";

const HINTS: Hints = {
  open: {
    ENOENT: "no such device: load the driver with `modprobe xen-evtchn`, or this is no Xen domain; " +
      "`--simulator` needs neither",
    ENODEV: "the driver is there but no Xen beneath it: this is no Xen domain",
    ENXIO: "nothing serves this name: it is no device, or one whose driver is not there",
    EACCES: "the device belongs to root: run it as root, or give your user the device with a udev rule",
    EPERM: "the device belongs to root: run it as root, or give your user the device with a udev rule",
    EAGAIN: "the driver has no handle left: it serves 255 at a time",
    EISDIR: "this is a folder: name the device itself, such as /dev/xen/evtchn",
    EMFILE: "this process has no descriptor left: see `ulimit -n`",
  },
  "bind-virq": {
    EEXIST: "somebody has bound it already: a VIRQ has one holder a domain or vCPU; `evtchn virqs` says who usually",
    EINVAL: "Xen knows VIRQs 0 to 23, and gives global ones to dom0 alone; `evtchn virqs` lists them",
    EBUSY: "this VIRQ is global and another domain is its handler",
    EACCES: "this handle is restricted to one domain and may bind no VIRQ",
    EPERM: "this domain may not bind it: global VIRQs are dom0's",
  },
  "bind-interdomain": {
    EINVAL: "the remote port is free, is bound already, or is reserved for another domain than this one",
    ESRCH: "there is no such domain: `xl list` shows the running ones",
    EACCES: "this handle is restricted to another domain",
    EPERM: "Xen's security policy does not allow this channel",
  },
  "alloc-unbound": {
    EACCES: "this handle is restricted to one domain and may allocate no port",
    ESRCH: "there is no such domain",
    EPERM: "Xen's security policy does not allow this channel",
  },
  unbind: {
    EINVAL: "this kernel has no channel with that number",
    EFAULT: "this kernel has no channel with that number",
  },
  notify: {
    EINVAL: "this kernel has no channel with that number",
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
    EFBIG: "the ring overflowed and events were lost: `evtchn reset --unmask` brings the handle back",
  },
  watch: {
    EFBIG: CLOSE_AND_BIND_AGAIN,
  },
  privcmd: {
    ENOENT: "no such device: load the driver with `modprobe xen-privcmd`, or this is no Xen domain; without it " +
      "/proc/interrupts names the programs that hold channels, and `evtchn decode` reads what `xl debug-keys e` prints",
    ENODEV: "the driver is there but no Xen beneath it: this is no Xen domain",
    EACCES: "hypercalls are root's: run it as root",
    EPERM: "hypercalls are root's: run it as root",
    EMFILE: "this process has no descriptor left: see `ulimit -n`",
    ENOTSUP: "evtchn looks into Xen through Linux's privcmd and xenstore devices alone; " +
      "`evtchn decode` reads what `xl debug-keys e` prints, from any system",
  },
  hypercall: {
    ENOENT: "privcmd is there, but no memory for its hypercalls: this kernel is older than Linux 4.18, which brought " +
      "/dev/xen/hypercall; `evtchn decode` reads what `xl debug-keys e` prints",
    EACCES: "hypercalls are root's: run it as root",
    EPERM: "hypercalls are root's: run it as root",
    EMFILE: "this process has no descriptor left: see `ulimit -n`",
  },
  list: {
    ESRCH: "there is no such domain: `xl list` shows the running ones",
    EPERM: "only the control domain sees the ports of others; a guest sees its own where its xen-privcmd was loaded " +
      "with unrestricted=1, or is an older one",
    ENOSYS: "Xen does not know the call: this is no Xen domain, or one whose hypercalls are filtered",
  },
  session: {
    ENOENT: "no such session: `evtchn session start` starts one; unset EVTCHN_SESSION to do without",
    ECONNREFUSED: "its process is gone, and its ports with it: `evtchn session start` starts another",
    ECONNRESET: "its process ended, and every port that it held is closed",
    ESHUTDOWN: "somebody stopped it: every port that it held is closed",
    ENOTSOCK: "this is no socket: EVTCHN_SESSION or --session names the socket of a session",
    ENOTDIR: "this is no folder",
    EPERM: "it belongs to another user: a session serves only who started it",
    EACCES: "others may enter its folder, and could act as you: only the owner may have access (chmod 700)",
    ENAMETOOLONG: "the path of a socket has 107 bytes at the most: set XDG_RUNTIME_DIR to a shorter one",
    EPROTO: "what listens there is no session of evtchn, or breaks its protocol",
    EPROTONOSUPPORT: "another version of evtchn started it: stop it with that one",
    EAGAIN: "it has as much to do as it takes: try again when some of it has ended",
    ETIMEDOUT: "its process is stopped or stuck, or what listens there is no session of evtchn",
    EEXIST: "`evtchn session stop` ends it; unset EVTCHN_SESSION to leave it and start another",
  },
  wiring: {
    ENOENT: "there is no such domain: `xl list` shows the running ones",
  },
  "xenstore-open": {
    EACCES: "xenstore is root's: run it as root",
    EPERM: "xenstore is root's: run it as root",
  },
  xenstore: {
    ENOENT:
      "no xenstore here: start xenstored in the control domain, or this is no Xen domain; `--simulator` needs neither",
    ENODEV: "the device is there but no Xen beneath it: this is no Xen domain",
    ENXIO: "nothing serves this name: it is no device, or one whose driver is not there",
    EACCES: "root reads everything in the control domain; a guest reads only what is its own or given to it",
    EINVAL: "a path is names of letters, digits, `-`, `_` and `@` with single `/` between them",
    E2BIG: "a message to xenstored has 4096 bytes at the most",
    EAGAIN: "the folder changed all the time: try again",
    ENOSPC: "this domain has as many nodes as xenstored lets it have, or one is too big",
    ETIMEDOUT: "xenstored hangs or is gone: `evtchn list DOM` needs none; a dead xenstored needs the host restarted",
    ECONNREFUSED: "xenstored is gone: its socket is left behind; the host has to be restarted",
    ECONNRESET: "xenstored ended, or it cut us off",
    EPROTO: "what answers there breaks xenstore's protocol",
    ECANCELED: "the connection was closed",
  },
  "*": {
    ENOTCONN: "this port is not bound on this handle: a port belongs to the handle that bound it and dies with it",
    ENOSPC: "no event-channel port is left: unbind some, or raise max_event_channels for this domain",
    ENOMEM: "the kernel has no memory left for it",
    EPERM: "this driver serves only a privileged caller: run it as root in the control domain",
    ENOTTY: "this is no event-channel device: the usual one is /dev/xen/evtchn",
    EBADF: "no such open descriptor: in the shell, `exec 3<>/dev/xen/evtchn` opens one as 3",
    ENOSYS: "this driver does not know the call",
    EFBIG: "the ring overflowed and events were lost: `evtchn reset --unmask` brings the handle back",
  },
};

const NO_DRIVER = "no such device: this kernel has no event-channel driver, or this is no Xen domain; " +
  "`--simulator` needs neither";

/** What an errno means on one system only. These come first, also those for every verb. */
const SYSTEM_HINTS: Readonly<Partial<Record<System, Hints>>> = {
  illumos: {
    open: { ENOENT: NO_DRIVER },
    // usr/src/uts/common/xen/io/evtchn_dev.c:336: before anything else, so it is hardly ever Xen's own
    "*": {
      EPERM: "this driver serves only a caller with the privilege xvm_control: run it as root in the control domain",
      EFBIG: CLOSE_AND_BIND_AGAIN,
    },
  },
  freebsd: { open: { ENOENT: NO_DRIVER } },
  netbsd: { open: { ENOENT: NO_DRIVER } },
};

/**
 * One line that helps with a refusal.
 *
 * @param op The verb that was refused.
 * @param errno What the kernel answered.
 * @param system Which kernel that is, where it is known.
 * @returns The hint, without a full stop; undefined where nothing more is known.
 */
export function explain(op: string, errno: Errno, system: System = "linux"): string | undefined {
  const own = SYSTEM_HINTS[system];
  return own?.[op]?.[errno] ?? own?.["*"]?.[errno] ?? HINTS[op]?.[errno] ?? HINTS["*"][errno];
}
