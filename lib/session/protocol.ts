/**
 * The protocol of a session: JSON Lines on a unix socket, version 1.
 *
 * A line is one JSON object in UTF-8 and a newline. The server speaks first:
 *
 *     {"protocol":"evtchn-session","version":1,"system":"linux"}
 *
 * `system` is the one whose driver answers, where it is known. A client that knows another version, or sees no such line, closes the connection before it asks for anything. A
 * server that has {@linkcode CLIENT_LIMIT} clients says an error with `"id":null` in place of that line and closes.
 *
 * **Requests** are `{"id":1,"verb":"notify","args":{"port":7},"as":1}`. `id` is a whole number of the client's choice,
 * not one that still waits; `args` has exactly the members that `requests.ts` lists for the verb; `as` is there for
 * another domain than the session's own, in a session that holds a simulator. A line has {@linkcode LINE_LIMIT} bytes
 * at the most, its newline not counted.
 *
 * **Answers** are `{"id":1,"result":...}` or `{"id":1,"error":{...}}`, one for each request, in the order of the
 * requests; only a `poll` that waits answers when its wait is over. What each verb gives:
 *
 *     bind-virq {virq}, bind-interdomain {domain,port}, alloc-unbound {domain}     the port
 *     unbind {port}, notify {port}, unmask-all {}, reset {}, restrict {domain}     null
 *     unmask {ports}                                                               the bytes that the driver took
 *     read {bytes}                                                                 the ports; or an errno, as text
 *     poll {events,timeout}                                                        the bits; or an errno, as text
 *     status {}                                                                    the channels: see `records.ts`
 *     own-domain {}                                                                the domain; null: nobody tells
 *     port-status {domain,port}                                                    the port as Xen has it, see
 *                                                                                  `port_status.ts`; or an errno
 *     port-table {domain}                                                          those that are not closed
 *     store-read {path}, store-directory {path}                                    the value, the names; null: no
 *                                                                                  such node in xenstore
 *     channel {op,channel}                                                         {"port":7,"channel":"5:12"}: found
 *                                                                                  by name, else bound
 *     watch {ports?,limit?,unmask?}                                                null: see below
 *     cancel {id}                                                                  null, also if nothing waits there
 *     stop {}                                                                      null, once the session has ended
 *
 * An **error** is what the verb would say in the client's own process: `{"error":"ENOTCONN","op":"notify",
 * "subject":"7","message":"Cannot notify port 7","hint":"..."}`, the message without the errno. `"error":"usage"` is a
 * request that asks for what cannot be, and has no subject; `"error":"protocol"` one that the protocol does not know:
 * an unknown verb, an argument that is missing, superfluous or out of range, an id that is taken; `"error":"limit"`
 * one too many of {@linkcode WAIT_LIMIT} that wait. After each of these the connection goes on.
 *
 * A **broken line** (too long, no UTF-8, no JSON, no object, no valid `id`) is answered by a protocol error with
 * `"id":null`, and then the server closes the connection.
 *
 * A **watch** goes on after its result, until its end:
 *
 *     {"id":2,"time":1767322445678901,"events":[{"port":7,"channel":"5:12","seq":1,"initial":true}, ...]}
 *     {"id":2,"time":1767322445678901,"overflow":true}       events were lost before what comes next
 *     {"id":2,"end":"limit"}                                 all that were asked for have been sent
 *     {"id":2,"end":"cancelled"}                             by a cancel, which is answered after it
 *     {"id":2,"end":"stopped"}                               the session ends
 *     {"id":2,"error":{...}}                                 the handle failed
 *
 * `time` is that of the read, in microseconds since 1970. Members that are false are left out.
 *
 * **A client that does not read** delays itself alone. The server keeps {@linkcode OUTBOX_LIMIT} characters for it and
 * at the most one answer more; beyond that it takes no request of it and no event out of its watchers' queues, which
 * are bounded and say what they lost. A client that leaves ends its own watches and waits, and nothing else: ports are
 * the session's.
 *
 * @module
 */

import type { System } from "../../ffi/abi.ts";

/** What the first line calls it. */
export const PROTOCOL = "evtchn-session";

/** The version that this file describes. */
export const VERSION = 1;

/** The longest request, bytes. */
export const LINE_LIMIT = 65_536;

/** The longest line that a client takes from a server, bytes: the status of as many ports as there can be fits. */
export const ANSWER_LIMIT = 33_554_432;

/** How many watches and polls of one client may wait at once. */
export const WAIT_LIMIT = 64;

/** How many clients are served at once. */
export const CLIENT_LIMIT = 512;

/** How many characters wait for a client that does not read, before it is asked for nothing more. */
export const OUTBOX_LIMIT = 262_144;

/** The most ports in one request. */
export const PORTS_LIMIT = 4096;

/** The most events in one line. */
export const BATCH_LIMIT = 512;

/** An error as it is carried. */
export interface WireError {
  /** An errno by name, or `usage`, `protocol`, `limit`. */
  readonly error: string;
  readonly op?: string;
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string;
}

/** One event as it is carried. */
export interface WireEvent {
  readonly port: number;
  readonly channel: string;
  readonly seq: number;
  readonly initial?: true;
  readonly stale?: true;
}

/** Why a watch ended. */
export type WatchStop = "limit" | "cancelled" | "stopped";

/** What a server says. */
export type Frame =
  | { readonly protocol: string; readonly version: number; readonly system?: System }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number | null; readonly error: WireError }
  | { readonly id: number; readonly time: number; readonly events: readonly WireEvent[] }
  | { readonly id: number; readonly time: number; readonly overflow: true }
  | { readonly id: number; readonly end: WatchStop };

/** The line of a frame or a request, with its newline. */
export function encode(frame: Frame | { readonly id: number; readonly verb: string }): string {
  return JSON.stringify(frame) + "\n";
}
