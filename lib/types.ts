/** Ports, domains and channels. @module */

/** An event-channel port: a u32. 0 is reserved and never bound. */
export type Port = number;

/** The id of a domain, from 0 to 0x7FEF, or {@linkcode DOMID_SELF}. */
export type Domid = number;

/** The hypervisor replaces it by the id of the calling domain (xen/include/public/xen.h). */
export const DOMID_SELF: Domid = 0x7FF0;

/** Ids from here on are not domains. */
export const DOMID_FIRST_RESERVED: Domid = 0x7FF0;

/** A channel as a user names it. */
export type Channel =
  /** `7`: a port that the handle has. */
  | { readonly kind: "port"; readonly port: Port }
  /** `virq:dom_exc`: a virtual interrupt of the hypervisor. */
  | { readonly kind: "virq"; readonly virq: number }
  /** `5:12`: a new port, bound to port 12 of domain 5. */
  | { readonly kind: "interdomain"; readonly domain: Domid; readonly port: Port }
  /** `5:any`: a new port that domain 5 may bind. */
  | { readonly kind: "unbound"; readonly domain: Domid };

/** A port and the channel that it was bound as. */
export interface Binding {
  readonly port: Port;
  readonly channel: Channel;
}

/** The result of a method that is synchronous for a handle in this process, but not for one in a session. */
export type Awaitable<T> = T | Promise<T>;
