/** Finds domains by their names, as the toolstack wrote them into xenstore. @module */

import { DeviceError } from "../errors.ts";
import { isDomainName } from "../parse.ts";
import type { Domid } from "../types.ts";
import type { HostView } from "../view/host_view.ts";
import { domainLabel, listedDomains } from "../wiring/claims.ts";
import { quoted } from "../wiring/states.ts";

/** The most names that a hint lists. */
const LISTED = 10;

/**
 * The numbers of domains. xenstore is read once for all of them.
 *
 * @param op The verb's name.
 * @param nearest The names that may be meant by a mistyped one.
 * @throws {DeviceError} xenstore cannot be read; a name is nobody's (ENOENT) or several domains' (ENOTUNIQ).
 */
export async function findDomains(
  view: HostView,
  op: string,
  names: readonly string[],
  nearest: (name: string, names: readonly string[]) => string | undefined,
): Promise<(name: string) => Domid> {
  const byName = Map.groupBy(await labelledDomains(view), ({ label }) => label);
  byName.delete(undefined);
  const known = [...byName.keys()] as string[];
  const found = new Map(names.map((name) => {
    const of = (byName.get(name) ?? []).map(({ domain }) => domain);
    if (of.length === 1) return [name, of[0]];
    const text = quoted(name);
    if (of.length > 1) {
      const message = `Cannot tell which domain ${text} is`;
      throw new DeviceError(
        op,
        "ENOTUNIQ",
        name,
        message,
        `domains ${of.join(" and ")} have that name: use the number`,
      );
    }
    const meant = nearest(name, known);
    throw new DeviceError(
      op,
      "ENOENT",
      name,
      `Cannot find a domain named ${text}`,
      meant === undefined ? listText(known) : `did you mean ${meant}?`,
    );
  }));
  return (name) => found.get(name)!;
}

/** What a statement may call the domains in xenstore: their numbers, and those of their names that it can have. */
export async function wordsForDomains(view: HostView): Promise<string[]> {
  const labelled = await labelledDomains(view);
  const names = labelled.flatMap(({ label }) => label !== undefined && isDomainName(label) ? [label] : []);
  return [...labelled.map(({ domain }) => String(domain)), ...names];
}

async function labelledDomains(view: HostView): Promise<{ domain: Domid; label: string | undefined }[]> {
  const store = await view.store();
  const domains = await listedDomains(store);
  return await Promise.all(domains.map(async (domain) => ({ domain, label: await domainLabel(store, domain) })));
}

function listText(names: readonly string[]): string {
  const more = names.length - LISTED;
  const shown = names.slice(0, LISTED).map((name) => quoted(name)).join(", ");
  return names.length === 0 ? "xenstore shows no name" : `there are ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}
