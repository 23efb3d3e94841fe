/**
 * The records of `--json` as JSON Schemas: the one place that says which records and keys there are. The types in
 * records.ts come from here, and docs/records.md and docs/records.schema.json are written from here. The program
 * imports nothing of this file but types, so no command loads it.
 *
 * @module
 */

import { type Static, type TProperties, Type } from "typebox";

const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const micros = (description: string) => Type.Number({ minimum: 0, description });
const yes = (description: string) => Type.Literal(true, { description });
const optionalCount = (description: string) => Type.Optional(count(description));
const list = <S extends ReturnType<typeof text> | ReturnType<typeof count>>(items: S, description: string) =>
  Type.Array(items, { description });

/** A time in UTC with microseconds. */
const MICROSECONDS = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$";

const VIRQ = "The name of a VIRQ, as in `evtchn virqs`; its number where Xen has no such VIRQ";

/** The keys. A key means the same in every record. */
const KEY = {
  after: Type.Record(Type.String(), Type.Unknown(), { description: "The record as it is in the later snapshot" }),
  anew: yes("The counters began anew in the interval: another device has its place, or it is new"),
  answered: count("How many events were answered"),
  backend_domain: count("The domain of the device's backend, from xenstore"),
  backend_error: text("What the backend's driver left in xenstore as its last error"),
  backend_port: count("The backend's port, where Xen has the frontend's port bound to it"),
  backend_state: text("The state of the backend in xenstore; in quotes a text that is no known state"),
  before: Type.Record(Type.String(), Type.Unknown(), { description: "The record as it was in the earlier snapshot" }),
  bound: Type.Array(
    Type.Object({
      domain: Type.Optional(count("The domain; left out for a real device's own")),
      count: count("How many ports it has bound"),
    }, { additionalProperties: false }),
    { description: "The domains that have ports bound in the session" },
  ),
  bytes: count("How many bytes the driver took"),
  change: Type.Enum(["new", "gone", "changed", "bound", "bits", "stays"], {
    description: "`new`, `gone`: on one side alone; `changed`: another record; of a port in two dumps `bound`: to " +
      "something else; `bits`: pending or masked changed; `stays`: pending in both",
  }),
  channel_count: count("How many channels the domain's frontends have"),
  channel: text("A channel: `7`, `virq:dom_exc`, `5:12` or `5:any`"),
  claims: Type.Array(
    Type.Object({
      device: text("The device"),
      domain: count("The domain of its frontend"),
      key: text("The key of the channel below the device"),
    }, { additionalProperties: false }),
    { description: "All devices that claim the port, if there are several" },
  ),
  check: text("What was looked at, such as `privcmd`"),
  clients: count("How many clients are connected, without the one that asks"),
  command: text("The first 15 bytes of the name of a process, which may be any"),
  cpu: count("A processor of this domain, by its number in /proc/interrupts"),
  cpu_count: count("How many processors of this domain are online"),
  cure: text("What to do so that it is `ok`"),
  cut: count("How many channels of the device are left out, because it has too many"),
  detail: text("What was found; its wording may change"),
  device: text("A device of a frontend, such as `vif/0`"),
  device_count: count("How many devices have these channels"),
  device_domain: count("The domain of the frontend of `device`"),
  device_name: text("What people call the disk `device`, such as `xvda`, by its number"),
  domain: count(
    "The domain whose port, device or event it is, or that was acted on; 32752 is the own domain where its number is " +
      "not known",
  ),
  duration_us: micros("How long it took, microseconds"),
  end: Type.Enum(["backend", "frontend"], { description: "Which end of the device this domain's kernel has" }),
  eoi_delayed_jiffies: count("For how long the kernel kept channels of the device masked, in its jiffies"),
  eoi_delayed_ms: micros("The same, milliseconds; left out where the kernel does not tell how long a jiffy is"),
  eoi_delayed_ms_per_s: micros(
    "For how long the kernel kept channels masked, milliseconds of a second, in the interval",
  ),
  errno: text("The errno that a client of the session gets, which does not run"),
  error: text(
    "An errno; `usage`: the words are wrong; `fault`: a statement looked and found something wrong; `permission`: Deno " +
      "was not given one; `protocol` or `limit`: a session refused a request",
  ),
  event_abi: Type.Enum(["2-level", "fifo"], {
    description: "How Xen tells the domain of events: it decides how many ports the domain can have at most",
  }),
  event_channels: count("How many channels the kernel has bound for the device"),
  events: count("How many events came, or were sent"),
  fate: Type.Enum(["alive", "dying", "gone", "unknown"], {
    description: "What became of the domain; `unknown`: Xen does not tell",
  }),
  fault_count: count("How many of these channels have something wrong"),
  frontend_error: text("What the frontend's driver left in xenstore as its last error"),
  frontend_state: text("The state of the frontend in xenstore; in quotes a text that is no known state"),
  handle_count: count("How many descriptors of the process are the event-channel device"),
  handle: text("A handle of a script, such as `@1/b`"),
  hidden: yes("Another process may have bound it too, which could not be seen"),
  hint: text("What to do about it"),
  host: text(
    "The host that was looked at: its own name for itself, or where several are asked the name it was asked by",
  ),
  histogram: Type.Array(
    Type.Object({
      from_us: micros("The shortest, microseconds"),
      to_us: micros("The longest, exclusive, microseconds"),
      count: count("How many answers took that long"),
    }, { additionalProperties: false }),
    { description: "How many answers took how long" },
  ),
  holder: Type.Object({ domain: count("Its domain"), port: count("The port") }, {
    additionalProperties: false,
    description: "The port that holds the VIRQ, or that the channel is bound to",
  }),
  holds: text("What a session holds: a device's path, `sim:linux` or the like, or `descriptor 3`"),
  hotplug_error: text("What the backend's hotplug script left in xenstore when it failed"),
  hotplug_status: text("What the backend's hotplug script left in xenstore, such as `connected`"),
  in_flight: count("How many domains are not done with the interrupt yet"),
  initial: yes("The bind itself caused the event"),
  interdomain_count: count("How many ports of the domain are bound to another port"),
  ipi_count: count("How many ports of the domain are interrupts between its vCPUs"),
  kernel: Type.Boolean({ description: "Whether this kernel itself may have bound them" }),
  interrupt: text("The name of interrupts in /proc/interrupts, such as `blkif-backend`"),
  interrupts: count("How many interrupts there were, by /proc/interrupts"),
  irq: count("The host's number of an interrupt"),
  irq_type: text("What delivers the interrupt, such as `IO-APIC-level`"),
  key: text("The key of the channel below its device in xenstore, such as `event-channel-tx`"),
  kind: Type.Enum(["port", "virq", "interdomain", "unbound"], { description: "What the port was bound as" }),
  last: Type.Union([Type.String(), Type.Null()], { description: "When the last event was read; null: none came yet" }),
  late: count("How many answers came too late"),
  line: Type.Integer({ minimum: 1, description: "The line of the script whose statement it is" }),
  lost: count("How many requests were never answered"),
  masked: Type.Boolean({ description: "Whether the port is masked: it gives no event until it is unmasked" }),
  max_us: micros("The longest, microseconds"),
  mean_us: micros("The mean, microseconds"),
  meaning: text("When it fires"),
  median_us: micros("The median of the newest 1,048,576, microseconds"),
  message: text("A sentence for people; its wording may change"),
  min_us: micros("The shortest, microseconds"),
  name: text("The name that a domain was given"),
  name_port_count: count("How many ports /proc/interrupts has by the name of the process, of all that have it"),
  number: count("The number of the VIRQ in Xen"),
  online: text("Whether the toolstack wants the device, as it left it in xenstore: `1`; `0`: it takes it away"),
  others: count("How many records were no events"),
  over_limit: yes("The domain uses as much of its limit as was asked for with `--limit`, or more"),
  overflows: count("At how many places events are missing"),
  owes: Type.Enum(["frontend", "backend"], {
    description: "Which end has to go on, so that the device is connected or closed",
  }),
  owner: text("Who usually binds it"),
  p99_us: micros("What 99 of 100 do not exceed, of the newest 1,048,576, microseconds"),
  path: text("A node of xenstore"),
  pending: Type.Boolean({ description: "Whether an event waits at the port" }),
  pid: count("A process; of a session, the one that serves it"),
  pirq_count: count("How many ports of the domain are physical interrupts"),
  pirq: count("The number of a physical interrupt"),
  port: count("A port, of `domain` or else of the own domain"),
  port_count: count("How many ports of the domain are in use, without those that Xen itself holds"),
  port_limit: count("How many ports of the domain can be in use"),
  port_limit_guess: count(
    "Where the limit is not known: how many ports can be in use if nobody configured another number",
  ),
  ports: list(count("A port"), "Ports, in order"),
  processes: Type.Array(
    Type.Object({ pid: count("The process"), command: text("The first 15 bytes of its name") }, {
      additionalProperties: false,
    }),
    { description: "The processes that may have bound what it is about: which of them has, Linux does not tell" },
  ),
  queues: Type.Array(
    Type.Object({
      irq: count("The number that Linux gave it, which says nothing of the port"),
      interrupt: text("Its name in /proc/interrupts, such as `vif1.0-q0-tx`"),
      interrupts: count("How many there were"),
      cpus: Type.Array(
        Type.Object({ cpu: count("The processor"), interrupts: count("How many it took") }, {
          additionalProperties: false,
        }),
        { description: "The processors that took any" },
      ),
    }, { additionalProperties: false }),
    { description: "The interrupts that, by their names, are this device's and no other's" },
  ),
  rate_per_s: Type.Number({ minimum: 0, description: "Events a second, in the last interval" }),
  readable: yes("The domain's part of xenstore can be read again"),
  reason: text("Why the verdict is what it is, and what to do"),
  remote_domain: count(
    "The domain at the other end: that the port is bound to, or reserved for, as Xen has it; or the device's other end",
  ),
  remote_name: text("The name of `remote_domain` in xenstore"),
  remote_port: count("The port of `remote_domain`, as Xen has it"),
  removed: yes("The channel is in xenstore no more"),
  result: text("`ok`, or the errno of the bind"),
  revents: list(text("A bit of poll(2)"), "What poll(2) returned"),
  scope: Type.Enum(["vcpu", "domain", "global"], { description: "Bound once a vCPU, a domain, or a host" }),
  silent: yes("The device is connected, and the kernel has not counted a single event of it"),
  sent: count("How many requests were sent"),
  seq: Type.Integer({ minimum: 1, description: "A running number" }),
  session: text("The socket of the session"),
  since: Type.String({ pattern: MICROSECONDS, description: "When it began, UTC with microseconds" }),
  skipped: count("How many events were not sent, because a bind causes them"),
  sharers: Type.Array(
    Type.Object({ device: text("The device"), device_domain: optionalCount("The domain of its frontend") }, {
      additionalProperties: false,
    }),
    { description: "Which devices have interrupts of that name" },
  ),
  spurious_events: count("In how many of the events the driver found no work"),
  spurious_per_s: micros("Events without work a second, in the interval"),
  stale: yes("The port was closed before the event was read"),
  state: Type.Enum(["running", "silent", "other-version", "unusable", "ok", "missing", "refused", "unknown"], {
    description:
      "What a session is: it runs, it does not answer, another version of evtchn serves it, or no client may " +
      "use it. What evtchn needs is `ok`, is not there, may not be used, or that cannot be told",
  }),
  status: text(
    "What the port is in Xen: `unbound`, `interdomain`, `virq`, `pirq`, `ipi` or `closed`; or the errno of asking",
  ),
  stddev_us: micros("The standard deviation, microseconds"),
  step: Type.Enum(["InitWait", "Initialised", "Connected", "Closing", "Closed"], {
    description: "The state that it has to go to",
  }),
  storm: yes(
    "The kernel made events of the device wait in the interval: its guard against a rogue other end (XSA-332)",
  ),
  stuck: text("Why the port looks stuck"),
  stuck_end: Type.Enum(["frontend", "backend"], { description: "At which end of a stuck channel the event waits" }),
  subject: text("What the error is about: a port, a channel, a path"),
  text: text("What was printed"),
  time: Type.String({
    pattern: MICROSECONDS,
    description: "When it was read or seen, UTC with microseconds",
  }),
  timed_out: yes("No answer came in time"),
  too_late: yes("The answer came after the timeout"),
  total: count("Events since the command began"),
  unbound_count: count("How many ports of the domain wait to be bound"),
  uid: count("The user of the process"),
  unasked: count("How many events came that nothing had asked for"),
  use: text("What a port without a device is for, such as the name of an interrupt, where anything tells it"),
  vcpu: count("The vCPU that gets the port's events"),
  uncounted: yes("The kernel counts no events of the device: it does for backends alone"),
  unknown_count: count("Of how many of these channels Xen could not be asked"),
  verdict: Type.Enum(
    [
      "ok",
      "idle",
      "waiting",
      "unwritten",
      "invalid",
      "closed",
      "unbound",
      "elsewhere",
      "gone",
      "shared",
      "stuck",
      "unknown",
    ],
    { description: "What is wrong with a channel; `ok` and `idle`: nothing. `evtchn wiring --help` explains them" },
  ),
  virq_count: count("How many ports of the domain are virtual interrupts"),
  virq: text(VIRQ),
  was: Type.Object({
    status: text("What the port was in Xen"),
    remote_domain: Type.Optional(count("The domain that it was bound to, or reserved for")),
    remote_port: Type.Optional(count("The port of that domain")),
    virq: Type.Optional(text(VIRQ)),
    pirq: Type.Optional(count("The number of a physical interrupt")),
    pending: Type.Boolean({ description: "Whether an event waited at the port" }),
    masked: Type.Boolean({ description: "Whether the port was masked" }),
  }, { additionalProperties: false, description: "What the port was in the older dump" }),
} as const;

const optional = Type.Optional;

const of = <P extends TProperties>(properties: P, description: string, example: Record<string, unknown>) =>
  Type.Object(
    { ...properties, line: optional(KEY.line), host: optional(KEY.host) },
    { description, examples: [example], additionalProperties: false },
  );

/** What a command or a statement answers. The example is given without its `op`. */
const answer = <const O extends string, P extends TProperties>(
  op: O,
  description: string,
  properties: P,
  example: Record<string, unknown> = {},
) => of({ op: Type.Literal(op), ...properties }, description, { op, ...example });

/** What arrives by itself. */
const arrival = <const E extends string, P extends TProperties>(
  event: E,
  description: string,
  properties: P,
  example: Record<string, unknown>,
) => of({ event: Type.Literal(event), time: KEY.time, ...properties }, description, { event, time: TIME, ...example });

const TIME = "2026-01-02T03:04:05.678901Z";

const { channel, device, domain, port, ports } = KEY;

/** Whose a port is, where that is known. */
const NAMES = {
  remote_name: optional(KEY.remote_name),
  device: optional(device),
  device_name: optional(KEY.device_name),
  device_domain: optional(KEY.device_domain),
  key: optional(KEY.key),
};

/** What Xen says of a port. Keys that its state does not have, or that are not known, are left out. */
const PORT = {
  domain,
  port,
  status: KEY.status,
  vcpu: KEY.vcpu,
  remote_domain: optional(KEY.remote_domain),
  remote_port: optional(KEY.remote_port),
  virq: optional(KEY.virq),
  pirq: optional(KEY.pirq),
  ...NAMES,
  claims: optional(KEY.claims),
  use: optional(KEY.use),
};

/** Who owes the next step of a device that is not connected, and what xenstore says of its trouble. */
const HANDSHAKE = {
  owes: optional(KEY.owes),
  step: optional(KEY.step),
  since: optional(KEY.since),
  frontend_error: optional(KEY.frontend_error),
  backend_error: optional(KEY.backend_error),
  hotplug_status: optional(KEY.hotplug_status),
  hotplug_error: optional(KEY.hotplug_error),
  online: optional(KEY.online),
};

/** A channel between a frontend and its backend. Without `status` Xen was not asked. */
const WIRED = {
  domain,
  device,
  device_name: optional(KEY.device_name),
  key: KEY.key,
  port: optional(port),
  status: optional(KEY.status),
  backend_domain: optional(KEY.backend_domain),
  backend_port: optional(KEY.backend_port),
  remote_domain: optional(KEY.remote_domain),
  remote_port: optional(KEY.remote_port),
  frontend_state: optional(KEY.frontend_state),
  backend_state: optional(KEY.backend_state),
  verdict: KEY.verdict,
  reason: optional(KEY.reason),
  ...HANDSHAKE,
  stuck_end: optional(KEY.stuck_end),
  silent: optional(KEY.silent),
  cut: optional(KEY.cut),
};
const WIRED_EXAMPLE = {
  domain: 1,
  device: "vbd/51712",
  device_name: "xvda",
  key: "event-channel",
  port: 63,
  status: "closed",
  backend_domain: 0,
  frontend_state: "Connected",
  backend_state: "Connected",
  verdict: "closed",
  reason: "port 63 is closed in Xen: the frontend has let go of it",
};

const UNREAD = { domain, verdict: KEY.verdict, reason: KEY.reason };
const UNREAD_EXAMPLE = { domain: 9, verdict: "unknown", reason: "Cannot read the domain: EACCES" };

/** A device of this domain's kernel. The counters are left out where the kernel shows none. */
const DEVICE_STATS = {
  time: KEY.time,
  device,
  device_name: optional(KEY.device_name),
  device_domain: optional(KEY.device_domain),
  end: KEY.end,
  remote_domain: optional(KEY.remote_domain),
  remote_name: optional(KEY.remote_name),
  event_channels: optional(KEY.event_channels),
  events: optional(KEY.events),
  spurious_events: optional(KEY.spurious_events),
  eoi_delayed_jiffies: optional(KEY.eoi_delayed_jiffies),
  eoi_delayed_ms: optional(KEY.eoi_delayed_ms),
  uncounted: optional(KEY.uncounted),
  silent: optional(KEY.silent),
  rate_per_s: optional(KEY.rate_per_s),
  spurious_per_s: optional(KEY.spurious_per_s),
  eoi_delayed_ms_per_s: optional(KEY.eoi_delayed_ms_per_s),
  storm: optional(KEY.storm),
  anew: optional(KEY.anew),
  queues: KEY.queues,
};
const DEVICE_STATS_EXAMPLE = {
  time: TIME,
  device: "vif/0",
  device_domain: 1,
  end: "backend",
  remote_domain: 1,
  remote_name: "web",
  event_channels: 2,
  events: 120,
  spurious_events: 2,
  eoi_delayed_jiffies: 0,
  eoi_delayed_ms: 0,
  queues: [{ irq: 44, interrupt: "vif1.0-q0-tx", interrupts: 100, cpus: [{ cpu: 0, interrupts: 100 }] }],
};

/** One channel of a handle. `status` and what follows it are there where Xen can be asked. */
const CHANNEL = Type.Object({
  port,
  channel,
  kind: KEY.kind,
  masked: KEY.masked,
  events: KEY.events,
  status: optional(KEY.status),
  remote_domain: optional(KEY.remote_domain),
  remote_port: optional(KEY.remote_port),
  ...NAMES,
}, { additionalProperties: false });

const bound = <const O extends string>(op: O, example: string) =>
  answer(op, "A port was bound", { port, channel }, { port: 27, channel: example });

/** Every record by the name that verbs declare it with. */
export const RECORDS = {
  "bind-virq": bound("bind-virq", "virq:dom_exc"),
  "bind-interdomain": bound("bind-interdomain", "5:12"),
  "alloc-unbound": bound("alloc-unbound", "5:any"),
  "bind-static": answer("bind-static", "A port that Xen made at boot was bound", { port, channel }, {
    port: 9,
    channel: "9",
  }),
  "unbind": answer("unbind", "A port was closed", { port }, { port: 27 }),
  "notify": answer("notify", "Xen accepted an event for the other end of a port", { port }, { port: 27 }),
  "unmask": answer("unmask", "Ports were written to the driver, which takes four bytes for each", {
    ports,
    bytes: KEY.bytes,
  }, { ports: [27, 28], bytes: 8 }),
  "reset": answer("reset", "The handle's ring is empty", {}),
  "restrict": answer("restrict", "The handle binds ports of one domain alone", { domain }, { domain: 5 }),
  "wait": answer(
    "wait",
    "With `N:any` the port that the other end has to bind; then, when it has, the other end as the channel",
    { port, channel },
    { port: 27, channel: "5:12" },
  ),
  "ping": answer("ping", "An answer", {
    seq: KEY.seq,
    duration_us: KEY.duration_us,
    too_late: optional(KEY.too_late),
  }, { seq: 1, duration_us: 214.2 }),
  "ping-port": answer("ping", "A port was allocated for the ping: the other end has to bind it", { port, channel }, {
    port: 27,
    channel: "5:any",
  }),
  "ping-timeout": answer(
    "ping",
    "A request without an answer in time",
    { seq: KEY.seq, timed_out: KEY.timed_out },
    { seq: 2, timed_out: true },
  ),
  "ping-summary": answer("ping", "The summary of a ping; without answers it has no times", {
    sent: KEY.sent,
    answered: KEY.answered,
    late: KEY.late,
    lost: KEY.lost,
    unasked: KEY.unasked,
    min_us: optional(KEY.min_us),
    median_us: optional(KEY.median_us),
    p99_us: optional(KEY.p99_us),
    max_us: optional(KEY.max_us),
    mean_us: optional(KEY.mean_us),
    stddev_us: optional(KEY.stddev_us),
    histogram: KEY.histogram,
  }, { sent: 1, answered: 0, late: 0, lost: 1, unasked: 0, histogram: [] }),
  "ping-answer": answer("ping-answer", "`ping --answer` has bound its port", { port, channel }, {
    port: 9,
    channel: "0:any",
  }),
  "ping-answered": answer("ping-answer", "`ping --answer` has ended", { answered: KEY.answered }, { answered: 3 }),
  "read": answer("read", "What one read(2) returned", { ports }, { ports: [27] }),
  "poll": answer("poll", "What one poll(2) returned", { revents: KEY.revents }, { revents: ["POLLIN", "POLLRDNORM"] }),
  "top": answer("top", "The events of one port in one interval", {
    time: KEY.time,
    port,
    channel,
    rate_per_s: KEY.rate_per_s,
    total: KEY.total,
    last: KEY.last,
    ...NAMES,
  }, { time: TIME, port: 27, channel: "5:12", rate_per_s: 12.5, total: 50, last: null }),
  "top-device": answer("top-device", "`top --host`: a device of this domain's kernel in one interval", {
    ...DEVICE_STATS,
    total: KEY.total,
    last: KEY.last,
  }, { ...DEVICE_STATS_EXAMPLE, rate_per_s: 12.5, total: 50, last: null }),
  "stats": answer(
    "stats",
    "A device of this domain's kernel, and what the kernel counts of it; rates with --interval alone",
    DEVICE_STATS,
    DEVICE_STATS_EXAMPLE,
  ),
  "stats-shared": answer(
    "stats",
    "Interrupts of one name that several devices have: which is whose the kernel does not tell",
    { interrupt: KEY.interrupt, interrupts: KEY.interrupts, sharers: KEY.sharers },
    {
      interrupt: "blkif-backend",
      interrupts: 12,
      sharers: [{ device: "vbd/51712", device_domain: 1 }, { device: "vbd/51712", device_domain: 2 }],
    },
  ),
  "stats-cpu": answer(
    "stats",
    "One processor takes every interrupt of the kernel's channels, and the others take none",
    { cpu: KEY.cpu, cpu_count: KEY.cpu_count, hint: KEY.hint },
    { cpu: 0, cpu_count: 4, hint: "let irqbalance run, or write processors to /proc/irq/N/smp_affinity_list" },
  ),
  "status": answer("status", "The channels of a handle", { channels: Type.Array(CHANNEL) }, {
    channels: [{
      port: 27,
      channel: "5:any",
      kind: "unbound",
      masked: false,
      events: 3,
      status: "interdomain",
      remote_domain: 5,
      remote_port: 12,
    }],
  }),
  "list": answer("list", "A port of a domain; `--pending` adds its bits", {
    ...PORT,
    pending: optional(KEY.pending),
    masked: optional(KEY.masked),
  }, { domain: 1, port: 3, status: "virq", vcpu: 0, virq: "timer" }),
  "snapshot": answer("snapshot", "With --from and --host, before all others: whose answers follow, and of when", {
    time: optional(KEY.time),
  }, { host: "xen1", time: TIME }),
  "diff": answer("diff", "With --diff: a record that is new, gone, or another; status 3 if there is one", {
    change: KEY.change,
    before: optional(KEY.before),
    after: optional(KEY.after),
  }, { change: "new", after: { op: "list", domain: 1, port: 3, status: "virq", vcpu: 0, virq: "timer" } }),
  "list-summary": answer("list-summary", "`list --summary`: how many ports a domain uses", {
    domain,
    name: optional(KEY.name),
    fate: optional(KEY.fate),
    port_count: KEY.port_count,
    unbound_count: KEY.unbound_count,
    interdomain_count: KEY.interdomain_count,
    virq_count: KEY.virq_count,
    pirq_count: KEY.pirq_count,
    ipi_count: KEY.ipi_count,
    event_abi: optional(KEY.event_abi),
    port_limit: optional(KEY.port_limit),
    port_limit_guess: optional(KEY.port_limit_guess),
    over_limit: optional(KEY.over_limit),
  }, {
    domain: 1,
    name: "web",
    fate: "alive",
    port_count: 8,
    unbound_count: 0,
    interdomain_count: 2,
    virq_count: 2,
    pirq_count: 0,
    ipi_count: 4,
    port_limit_guess: 1023,
  }),
  "decode": answer("decode", "A port of a dump", {
    ...PORT,
    pending: KEY.pending,
    masked: KEY.masked,
    stuck: optional(KEY.stuck),
  }, { domain: 0, port: 22, status: "virq", vcpu: 0, virq: "dom_exc", pending: false, masked: true }),
  "decode-irq": answer(
    "decode-irq",
    "`decode`: an interrupt of the host that a domain has bound, from the debug key i",
    {
      irq: KEY.irq,
      irq_type: KEY.irq_type,
      in_flight: KEY.in_flight,
      domain,
      pirq: KEY.pirq,
      port: optional(port),
      pending: optional(KEY.pending),
      masked: optional(KEY.masked),
    },
    { irq: 9, irq_type: "IO-APIC-level", in_flight: 0, domain: 0, pirq: 9, port: 15, pending: false, masked: false },
  ),
  "decode-change": answer("decode-change", "`decode --diff`: a port that changed, or stayed pending", {
    ...PORT,
    change: KEY.change,
    pending: KEY.pending,
    masked: KEY.masked,
    was: optional(KEY.was),
  }, {
    domain: 0,
    port: 27,
    status: "interdomain",
    vcpu: 0,
    remote_domain: 1,
    remote_port: 9,
    change: "bits",
    pending: true,
    masked: true,
    was: { status: "interdomain", remote_domain: 1, remote_port: 9, pending: false, masked: false },
  }),
  "wiring": answer("wiring", "A channel between a frontend and its backend", WIRED, WIRED_EXAMPLE),
  "wiring-unread": answer("wiring", "A domain whose part of xenstore could not be read", UNREAD, UNREAD_EXAMPLE),
  "wiring-summary": answer(
    "wiring",
    "`wiring --summary`: a domain, with the worst verdict on its channels; `idle`: it has none",
    {
      domain,
      name: optional(KEY.name),
      device_count: KEY.device_count,
      channel_count: KEY.channel_count,
      fault_count: KEY.fault_count,
      unknown_count: KEY.unknown_count,
      verdict: KEY.verdict,
      reason: optional(KEY.reason),
    },
    {
      domain: 1,
      name: "web",
      device_count: 4,
      channel_count: 5,
      fault_count: 1,
      unknown_count: 0,
      verdict: "closed",
    },
  ),
  "why": answer("why", "Why a channel cannot be bound, or what a port is", {
    channel,
    result: KEY.result,
    message: KEY.message,
    hint: optional(KEY.hint),
    holder: optional(KEY.holder),
    processes: optional(KEY.processes),
    hidden: optional(KEY.hidden),
  }, { channel: "virq:timer", result: "EEXIST", message: "port 1 of this domain holds it" }),
  "doctor": answer("doctor", "One thing that evtchn needs", {
    check: KEY.check,
    state: KEY.state,
    detail: KEY.detail,
    cure: optional(KEY.cure),
    duration_us: optional(KEY.duration_us),
  }, { check: "xenstore", state: "ok", detail: "xenstored answers", duration_us: 214.2 }),
  "holders": answer("holders", "A process that has the event-channel device open; of a session also its ports", {
    pid: KEY.pid,
    command: KEY.command,
    uid: optional(KEY.uid),
    since: optional(KEY.since),
    handle_count: KEY.handle_count,
    name_port_count: optional(KEY.name_port_count),
    session: optional(KEY.session),
    ports: optional(ports),
  }, { pid: 412, command: "xenstored", uid: 0, since: TIME, handle_count: 1, name_port_count: 9 }),
  "holders-domain": answer(
    "holders-domain",
    "A domain that is dead or was asked for: the ports of this domain that are bound to it, and who may have them",
    {
      domain,
      name: optional(KEY.name),
      fate: KEY.fate,
      ports,
      processes: KEY.processes,
      kernel: KEY.kernel,
      hidden: optional(KEY.hidden),
    },
    { domain: 5, fate: "gone", ports: [31], processes: [{ pid: 412, command: "xenstored" }], kernel: false },
  ),
  "virqs": answer("virqs", "A virtual interrupt", {
    virq: KEY.virq,
    number: KEY.number,
    scope: KEY.scope,
    owner: KEY.owner,
    meaning: KEY.meaning,
  }, { virq: "tbuf", number: 4, scope: "global", owner: "xentrace", meaning: "trace buffers have records" }),
  "replay": answer("replay", "A recording was sent", {
    events: KEY.events,
    skipped: KEY.skipped,
    overflows: KEY.overflows,
    others: KEY.others,
  }, { events: 4, skipped: 1, overflows: 0, others: 0 }),
  "session-start": answer("session-start", "A session serves its socket", { session: KEY.session, pid: KEY.pid }, {
    session: "/run/evtchn/session-1",
    pid: 4711,
  }),
  "session-list": answer("session-list", "A session of this user; one that does not run has only its state", {
    session: KEY.session,
    state: KEY.state,
    errno: optional(KEY.errno),
    pid: optional(KEY.pid),
    holds: optional(KEY.holds),
    since: optional(KEY.since),
    clients: optional(KEY.clients),
    bound: optional(KEY.bound),
  }, {
    session: "/run/evtchn/session-1",
    state: "running",
    pid: 4711,
    holds: "sim:linux",
    since: TIME,
    clients: 0,
    bound: [{ domain: 0, count: 2 }],
  }),
  "session-stop": answer("session-stop", "A session has ended", { session: KEY.session }, {
    session: "/run/evtchn/session-1",
  }),
  "expect": answer("expect", "The events came in time", { port, events: KEY.events }, { port: 27, events: 1 }),
  "open": answer("open", "A handle is open", { handle: KEY.handle }, { handle: "@1" }),
  "close": answer("close", "A handle and its ports are closed", { handle: KEY.handle }, { handle: "@1" }),
  "sleep": answer("sleep", "The time is over", { duration_us: KEY.duration_us }, { duration_us: 250000 }),
  "print": answer("print", "A text was printed", { text: KEY.text }, { text: "port 27" }),
  "raise": answer(
    "raise",
    "A VIRQ was raised; without `port` nobody has bound it, and it is lost",
    { channel, port: optional(port) },
    { channel: "virq:tbuf", port: 27 },
  ),
  "create": answer("create", "A simulated domain was made", { domain, name: optional(KEY.name) }, {
    domain: 9,
    name: "web",
  }),
  "destroy": answer("destroy", "A simulated domain was destroyed", { domain }, { domain: 9 }),
  "device": answer(
    "device",
    "A simulated device was made; the ports are its frontend's",
    { domain, device, backend_domain: KEY.backend_domain, ports },
    { domain: 1, device: "vif/0", backend_domain: 0, ports: [9, 10] },
  ),
  "store-write": answer("store-write", "A node of xenstore was written", { path: KEY.path }, { path: "device/vif/0" }),
  "store-rm": answer("store-rm", "A node of xenstore was removed", { path: KEY.path }, { path: "device/vif/0" }),
  "pending": arrival("pending", "An event of a port", {
    port,
    channel,
    seq: KEY.seq,
    initial: optional(KEY.initial),
    stale: optional(KEY.stale),
    domain: optional(domain),
    ...NAMES,
  }, { port: 7, channel: "5:12", seq: 1 }),
  "overflow": arrival("overflow", "The driver's ring was full: events were lost at or before that time", {
    domain: optional(domain),
  }, {}),
  "wiring-change": arrival("wiring", "`wiring --watch`: a channel is new, or something of it changed", WIRED, {
    ...WIRED_EXAMPLE,
  }),
  "wiring-step": arrival(
    "wiring",
    "`wiring --watch`: a device that is not connected, or was not, has made a step, or still waits for one; " +
      "`duration_us` is how long it was in the states before, or has been in these",
    {
      domain,
      device,
      device_name: optional(KEY.device_name),
      frontend_state: optional(KEY.frontend_state),
      backend_state: optional(KEY.backend_state),
      duration_us: optional(KEY.duration_us),
      ...HANDSHAKE,
    },
    {
      domain: 1,
      device: "vif/0",
      frontend_state: "Connected",
      backend_state: "InitWait",
      duration_us: 12000000,
      owes: "backend",
      step: "Connected",
      since: "2026-01-02T03:04:05.678901Z",
    },
  ),
  "wiring-removed": arrival("wiring", "`wiring --watch`: a channel is gone", {
    domain,
    device,
    key: KEY.key,
    removed: KEY.removed,
  }, { domain: 1, device: "vif/0", key: "event-channel-tx", removed: true }),
  "wiring-readable": arrival(
    "wiring",
    "`wiring --watch`: a domain's part of xenstore can be read again",
    { domain, readable: KEY.readable },
    { domain: 9, readable: true },
  ),
  "wiring-lost": arrival(
    "wiring",
    "`wiring --watch`: a domain's part of xenstore cannot be read any more",
    UNREAD,
    UNREAD_EXAMPLE,
  ),
  "error": of(
    {
      op: Type.String({ description: "The command or the statement; empty where none was understood" }),
      error: KEY.error,
      subject: optional(KEY.subject),
      message: KEY.message,
      hint: optional(KEY.hint),
    },
    "Anything that failed: on stderr; in `run --json` on stdout, among the other records",
    { op: "notify", error: "ENOTCONN", subject: "7", message: "Cannot notify port 7: ENOTCONN" },
  ),
} as const;

/** The type of a schema's values, which nobody may change. */
type Frozen<T> = T extends readonly (infer E)[] ? readonly Frozen<E>[]
  : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> }
  : T;

/** The records by their names. */
export type Records = { readonly [N in keyof typeof RECORDS]: Frozen<Static<typeof RECORDS[N]>> };
