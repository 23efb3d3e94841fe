/** Looks up the names of domains that stand in a command line or a statement. @module */

import { findDomains } from "../inspect/find_domains.ts";
import type { Host } from "../host/host.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { accessTo } from "./access.ts";
import { namesIn, type Parsed, withNumbers } from "./arguments.ts";
import { choose } from "./choice.ts";
import { nearest } from "./nearest.ts";
import type { CommonFlags } from "./options.ts";

/**
 * The words with numbers in place of names.
 *
 * @param op The verb's name.
 * @throws {DeviceError} See {@linkcode findDomains}.
 */
export async function lookUp(words: Parsed, op: string, view: HostView): Promise<Parsed> {
  return withNumbers(words, await findDomains(view, op, namesIn(words), nearest));
}

/** {@linkcode lookUp} for a command line, which names no domain more often than once. */
export function lookUpWords(words: Parsed, op: string, flags: CommonFlags, host: Host): Promise<Parsed> {
  return withView(flags, host, (view) => lookUp(words, op, view));
}

/**
 * The domain that `--as` names.
 *
 * @throws {DeviceError | UsageError} It cannot be found, or nothing here can act as another domain.
 */
export function domainToActAs(name: string, op: string, flags: CommonFlags, host: Host): Promise<Domid> {
  choose({ ...flags, as: 0 }, host); // refuses a real device, which need not be asked
  return withView(flags, host, async (view) => (await findDomains(view, op, [name], nearest))(name));
}

/** Names are the toolstack's: they are looked up as the host's own domain, not as that of `--as`. */
async function withView<T>(flags: CommonFlags, host: Host, work: (view: HostView) => Promise<T>): Promise<T> {
  const view = await openView({ ...flags, as: undefined }, host);
  try {
    return await work(view);
  } finally {
    await view.close();
  }
}

async function openView(flags: CommonFlags, host: Host): Promise<HostView> {
  const choice = choose(flags, host);
  if (choice.session !== undefined) {
    const { RemoteDevice } = await import("../session/client.ts");
    return (await RemoteDevice.connect(choice.session, undefined, host.clock)).view();
  }
  const [access, kernel] = await Promise.all([
    accessTo(flags, host, choice, { views: true }),
    host.kernel(choice.kernel),
  ]);
  return access.view(kernel);
}
