/** What this process runs in. @module */

export interface Runtime {
  /** For example `Deno 2.9.6 on linux x86_64`. */
  readonly name: string;
  /** The permissions that evtchn uses and this process was not given, such as `--allow-net`. */
  readonly lacks: readonly string[];
  readonly libc:
    | { readonly state: "loaded"; readonly version: string }
    /** Deno was not given the permission; or there is none where it is looked for; or it is not needed any more. */
    | { readonly state: "refused" | "missing" | "given-up" };
}
