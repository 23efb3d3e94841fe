/**
 * What a session shows of its host: one view for each domain that somebody has looked from.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { HostView } from "../view/host_view.ts";
import { type Domid, DOMID_SELF } from "../types.ts";
import type { Holding } from "./handles.ts";
import type { Args, Request } from "./requests.ts";

/** The verbs that ask for more than a handle. */
const VERBS = {
  "own-domain": (view: HostView) => view.ownDomain(),
  "port-status": async (view: HostView, { domain, port }: Args<"port-status">) =>
    await (await view.tables()).status(domain, port),
  "port-table": async (view: HostView, { domain }: Args<"port-table">) => await (await view.tables()).table(domain),
  "store-read": async (view: HostView, { path }: Args<"store-read">) => await (await view.store()).read(path),
  "store-directory": async (view: HostView, { path }: Args<"store-directory">) =>
    await (await view.store()).directory(path),
} as const;

/** A verb that asks for more than a handle. */
export type ViewVerb = keyof typeof VERBS;

/** A request that a view answers. */
export type Question = Extract<Request, { readonly verb: ViewVerb }>;

/** Whether a request asks for more than a handle. */
export function isQuestion<R extends Request>(request: R): request is Extract<R, { readonly verb: ViewVerb }> {
  return Object.hasOwn(VERBS, request.verb);
}

/** The views of one session, each opened at its first use. */
export class Views {
  readonly #holding: Holding;
  readonly #views = new Map<Domid | undefined, HostView>();

  constructor(holding: Holding) {
    this.#holding = holding;
  }

  /**
   * Answers a question.
   *
   * @returns The answer as it is carried.
   * @throws {DeviceError} What the view fails with.
   * @throws {UsageError} If the session cannot look from that domain.
   */
  async answer({ verb, args, as }: Question): Promise<unknown> {
    const ask = VERBS[verb] as (view: HostView, args: unknown) => Promise<unknown>;
    return await ask(this.#of(as), args) ?? null;
  }

  async close(): Promise<void> {
    for (const view of this.#views.values()) await view.close();
    this.#views.clear();
  }

  #of(as: Domid | undefined): HostView {
    const { domain: own } = this.#holding;
    if (own === undefined && as !== undefined && as !== DOMID_SELF) {
      throw new UsageError(
        "Cannot look from another domain on a real device",
        "--as is for the simulator, and this session holds a real device",
      );
    }
    const domain = as === DOMID_SELF ? own : as ?? own;
    let view = this.#views.get(domain);
    if (view === undefined) this.#views.set(domain, view = this.#holding.view(domain));
    return view;
  }
}
