/**
 * The protocol of a session, version 1: JSON Lines on a unix socket.
 *
 * A line is one JSON object in UTF-8 and a newline. The server sends the first line:
 *
 *     {"protocol":"evtchn-session","version":1,"system":"linux","domain":0}
 *
 * `system` is the driver's, and is left out if unknown; `domain` is the session's own on a simulator, and is left out on
 * a real device. A client that gets another version, or another line, closes the
 * connection. A server that has {@linkcode CLIENT_LIMIT} clients sends an error with `"id":null` instead and closes.
 *
 * **Requests** are `{"id":1,"verb":"notify","args":{"port":7},"as":1}`. The client chooses `id`, a whole number that no
 * waiting request has. `args` has exactly the members that `requests.ts` lists for the verb. `as` names another domain
 * than the session's own, if the session holds a simulator. A line has at most {@linkcode LINE_LIMIT} bytes without its
 * newline.
 *
 * **Answers** are `{"id":1,"result":...}` or `{"id":1,"error":{...}}`, one for each request, in the order of the
 * requests. Only a `poll` that waits is answered later. The results:
 *
 *     bind-virq {virq}, bind-interdomain {domain,port}, alloc-unbound {domain}     the port
 *     bind-static {port}                                                           that port
 *     unbind {port}, notify {port}, unmask-all {}, reset {}, restrict {domain}     null
 *     unmask {ports}                                                               the bytes that the driver took
 *     read {bytes}                                                                 the ports; or an errno, as text
 *     poll {events,timeout}                                                        the bits; or an errno, as text
 *     status {}                                                                    the channels: see `records.ts`
 *     own-domain {}                                                                the domain; null: unknown
 *     port-status {domain,port}                                                    the port, see `port_status.ts`; or
 *                                                                                  an errno
 *     port-table {domain}                                                          the ports that are not closed
 *     xen-dump {key}                                                               what Xen prints for a debug key
 *     xen-domains {}                                                               Xen's domains, see `xen_control.ts`
 *     file-read {path}, file-link {path}                                           {"text":"..."}: a file below /proc or
 *                                                                                  /sys, where a link points; or an
 *                                                                                  errno
 *     file-list {path}                                                             the names in a folder; or an errno
 *     store-timeout {milliseconds}                                                 null: xenstored may be silent so long,
 *                                                                                  and is asked anew if it was given up
 *     store-read {path}, store-directory {path}                                    the value, the names; null: no such
 *                                                                                  node in xenstore
 *     store-watch {path}                                                           null, then paths: see below
 *     raise {virq}, create {domain,name?}, destroy {domain,held?},                 on a simulated host, else a usage
 *     store-write {path,value}, store-rm {path}                                    error: a number; or an errno
 *     device {kind,domain,index?,backend,queues?,fault?}                           {"device":"vif/0","backend":0,
 *                                                                                  "ports":[9]}; or an errno
 *     channel {op,channel}                                                         {"port":7,"channel":"5:12"}: found
 *                                                                                  by name, else bound
 *     watch {ports?,limit?,unmask?}                                                null, then events: see below
 *     cancel {id}                                                                  null, even if nothing waits
 *     stop {}                                                                      null, once the session has ended
 *     about {}                                                                     {"pid":1234,"holds":"sim:linux",
 *                                                                                  "since":1767322445678901,
 *                                                                                  "clients":1,
 *                                                                                  "bound":[{"domain":0,"count":2,
 *                                                                                  "ports":[9,10]}]}: other clients,
 *                                                                                  ports of each domain
 *
 * An **error** is the one that the verb has in the client's own process: `{"error":"ENOTCONN","op":"notify",
 * "subject":"7","message":"Cannot notify port 7","hint":"..."}`, its message without the errno. The connection stays
 * open after an error. `error` may also be:
 *
 *     usage       the request asks for something impossible; the error has no subject
 *     protocol    the request is invalid: an unknown verb, a missing, extra or wrong argument, an id that still waits
 *     limit       more than {@linkcode WAIT_LIMIT} watches and polls
 *
 * A **broken line** (too long, not UTF-8, not JSON, no object, no valid `id`) is answered by a protocol error with
 * `"id":null`; then the server closes the connection.
 *
 * A **watch** sends more lines after its result:
 *
 *     {"id":2,"time":1767322445678901,"events":[{"port":7,"channel":"5:12","seq":1,"initial":true}, ...]}
 *     {"id":2,"time":1767322445678901,"overflow":true}       events before the next line were lost
 *     {"id":2,"end":"limit"}                                 the end: the limit is reached
 *     {"id":2,"end":"cancelled"}                             the end: a cancel, which is answered after this line
 *     {"id":2,"end":"stopped"}                               the end: the session ends
 *     {"id":2,"error":{...}}                                 the end: the handle failed
 *
 * A **store-watch** sends a line for its own path, then one for each path that changes, and ends as a watch does:
 *
 *     {"id":3,"path":"/local/domain/1/device/vif/0/state"}
 *
 * `time` is that of the read, in microseconds since 1970. `initial` and `stale` are left out if false.
 *
 * **A client that does not read** delays only itself. The server keeps {@linkcode OUTBOX_LIMIT} characters and at most
 * one more answer for it. Beyond that it reads no request of this client and takes no event out of its watches' queues;
 * they are bounded and report what they lost. When a client leaves, its watches and polls end; ports stay bound.
 *
 * **A session with a lifetime** ends when it was unused that long: no client was connected and none made a request.
 * `about` does not count: who only looks keeps no session alive.
 *
 * @module
 */

import type { System } from "../../ffi/abi.ts";
import type { Domid } from "../types.ts";

export const PROTOCOL = "evtchn-session";
export const VERSION = 1;

/** The longest request, bytes. */
export const LINE_LIMIT = 65_536;

/** The longest line of a server, bytes. The status of all possible ports fits. */
export const ANSWER_LIMIT = 33_554_432;

/** The most watches and polls of one client. */
export const WAIT_LIMIT = 64;

/** The most clients. */
export const CLIENT_LIMIT = 512;

/** How many characters may wait for a client before the server reads no more of its requests. */
export const OUTBOX_LIMIT = 262_144;

/** The most ports in one request. */
export const PORTS_LIMIT = 4096;

/** The most events in one line. */
export const BATCH_LIMIT = 512;

export interface WireError {
  /** An errno by name, or `usage`, `protocol`, `limit`. */
  readonly error: string;
  readonly op?: string;
  readonly subject?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface WireEvent {
  readonly port: number;
  readonly channel: string;
  readonly seq: number;
  readonly initial?: true;
  readonly stale?: true;
}

/** Why a watch ended. */
export type WatchStop = "limit" | "cancelled" | "stopped";

/** A line of a server. */
export type Frame =
  | { readonly protocol: string; readonly version: number; readonly system?: System; readonly domain?: Domid }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number | null; readonly error: WireError }
  | { readonly id: number; readonly time: number; readonly events: readonly WireEvent[] }
  | { readonly id: number; readonly time: number; readonly overflow: true }
  | { readonly id: number; readonly path: string }
  | { readonly id: number; readonly end: WatchStop };

/** A line of a client. */
export interface RequestFrame {
  readonly id: number;
  readonly verb: string;
  readonly args: unknown;
  readonly as?: Domid;
}

/** The line of a frame, with its newline. */
export function encode(frame: Frame | RequestFrame): string {
  return JSON.stringify(frame) + "\n";
}
