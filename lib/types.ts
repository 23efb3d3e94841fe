/**
 * The words of the field, as types: ports, domains, channels and what a binding is.
 *
 * @module
 */

/** An event-channel port: a u32. 0 is reserved and never bound. */
export type Port = number;

/** A domain's id. */
export type Domid = number;

/** What the hypervisor takes for "the domain that calls" (xen/include/public/xen.h, `DOMID_SELF`). */
export const DOMID_SELF: Domid = 0x7FF0;

/** The first id that is no domain's own (`DOMID_FIRST_RESERVED`); ids below it are real domains. */
export const DOMID_FIRST_RESERVED: Domid = 0x7FF0;

/** A channel as a user names it. */
export type Channel =
  /** `7`: a port of the handle. */
  | { readonly kind: "port"; readonly port: Port }
  /** `virq:dom_exc`: a virtual interrupt of the hypervisor. */
  | { readonly kind: "virq"; readonly virq: number }
  /** `5:12`: port 12 of domain 5, to be bound to a new port here. */
  | { readonly kind: "interdomain"; readonly domain: Domid; readonly port: Port }
  /** `5:any`: a new port that domain 5 may bind. */
  | { readonly kind: "unbound"; readonly domain: Domid };

/** A port of this handle and the channel that it was bound as. */
export interface Binding {
  readonly port: Port;
  readonly channel: Channel;
}

/** A value now or a promise of it: a handle in this process answers at once, one behind a socket later. */
export type Awaitable<T> = T | Promise<T>;
