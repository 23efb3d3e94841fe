/** The records of `--json`: one object a line. Keys never change their meaning. record_schemas.ts has them all. @module */

import type { Records } from "./record_schemas.ts";

/** The name of a record in the schema, which verbs declare. */
export type RecordName = keyof Records;

/** A record that nobody prints with {@linkcode ResultRecord}: it arrives by itself, or it is an error. */
type OtherName =
  | "pending"
  | "overflow"
  | "wiring-change"
  | "wiring-removed"
  | "wiring-readable"
  | "wiring-lost"
  | "error";

/** The record of a verb that succeeded. */
export type ResultRecord = Records[Exclude<RecordName, OtherName>];

/** The record of a verb that failed. */
export type ErrorRecord = Records["error"];

/** One channel of a handle. */
export type ChannelStatus = Records["status"]["channels"][number];

/** The summary of a ping. */
export type PingRecord = Records["ping-summary"];

/** The events of one port, or of one device, in one interval. */
export type TopRecord = Records["top" | "top-device"];

/** A device of this domain's kernel, without its `op`. */
export type DeviceStatsRecord = Omit<Records["stats"], "op">;

/** What `stats` prints. */
export type StatsRecord = Records["stats" | "stats-shared" | "stats-cpu"];

/** The state of a port in Xen. */
export type PortRecord = Records["list"];

/** A port in the output of `xl debug-keys e`. */
export type DecodeRecord = Records["decode"];

/** An interrupt in the output of `xl debug-keys i`. */
export type DecodeIrqRecord = Records["decode-irq"];

/** A port that changed, or stayed pending, between two dumps. */
export type DecodeChangeRecord = Records["decode-change"];

/** Why a channel cannot be bound, or the state of a port. */
export type WhyRecord = Records["why"];

/** How many ports a domain uses. */
export type PortSummaryRecord = Records["list-summary"];

/** A process that has the event-channel device open. */
export type HolderRecord = Records["holders"];

/** A channel between a frontend and its backend, without its `op`. */
/** What a channel's record says of its device's handshake. */
export type HandshakeRecord = Partial<
  Pick<
    Records["wiring"],
    "owes" | "step" | "since" | "frontend_error" | "backend_error" | "hotplug_status" | "hotplug_error" | "online"
  >
>;

export type WiredChannelRecord = Omit<Records["wiring"], "op">;

/** All channels of a domain's frontends, counted, without its `op`. */
export type DomainSummaryRecord = Omit<Records["wiring-summary"], "op">;

/** A domain whose part of xenstore could not be read, without its `op`. */
export type UnreadDomainRecord = Omit<Records["wiring-unread"], "op">;

/** A change of the wiring, which arrives by itself. */
export type WiringEvent =
  Records["wiring-change" | "wiring-step" | "wiring-removed" | "wiring-readable" | "wiring-lost"];
