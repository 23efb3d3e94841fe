/** A host seen in a recording of it. What the recording lacks is ENODATA, with the reason. @module */

import { parseU32 } from "../parse.ts";
import { type Domid, DOMID_FIRST_RESERVED } from "../types.ts";
import type { HostView, Recorded } from "../view/host_view.ts";
import type { DumpKey, XenControl, XenDomain } from "../view/xen_control.ts";
import { RecordedFiles } from "./recorded_files.ts";
import { RecordedStore } from "./recorded_store.ts";
import { RecordedTables } from "./recorded_tables.ts";
import { COMMAND, notRecorded, type Recording, type Section, textOf, whyMissing } from "./recording.ts";
import { parseXenstoreLs, type StoreNode } from "./xenstore_ls.ts";
import { parseDomainLines, parseXlList } from "./xl_list.ts";

export class SnapshotView implements HostView, XenControl {
  readonly recorded: Recorded;
  readonly silent = undefined;
  readonly #recording: Recording;
  #root: StoreNode | undefined;
  #tables: RecordedTables | undefined;

  constructor(recording: Recording) {
    this.#recording = recording;
    const { host, time, whole } = recording;
    this.recorded = { host, time, cut: !whole };
  }

  tables(): RecordedTables {
    this.#tables ??= RecordedTables.of(this.#recording, {
      own: this.ownDomain(),
      listed: this.#listed(),
      dump: this.#dump(),
    });
    if (this.#tables !== undefined) return this.#tables;
    const reason = `there is no dump of debug key e (${this.#whyNoDump()}), and of lsevtchn nothing (${
      whyMissing(this.#recording, COMMAND.ports)
    })`;
    throw notRecorded("Cannot see Xen's ports in the snapshot", "ports", reason);
  }

  xen(): this {
    return this;
  }

  store(): RecordedStore {
    return new RecordedStore(this.#nodes(), this.ownDomain());
  }

  files(): RecordedFiles {
    return new RecordedFiles(this.#recording);
  }

  setStoreTimeout(): void {}

  ownDomain(): Domid | undefined {
    const told = parseU32(textOf(this.#recording, COMMAND.own)?.text.trim() ?? "");
    if (told !== undefined && told < DOMID_FIRST_RESERVED) return told;
    // Only the control domain can make a dump or see the others, and it is domain 0 where nothing else is said.
    if (this.#dump() !== undefined || this.#domains().domains !== undefined) return 0;
    const domains = this.#storeSection() && this.#nodes().children.get("local")?.children.get("domain")?.children;
    return domains?.has("0") ? 0 : undefined;
  }

  close(): void {}

  dump(key: DumpKey): string {
    const dump = key === "e" ? this.#dump() : textOf(this.#recording, `dump ${key}`);
    if (dump !== undefined) return dump.text;
    const reason = key === "e" ? this.#whyNoDump() : whyMissing(this.#recording, `dump ${key}`);
    throw notRecorded(`Cannot see what Xen's debug key "${key}" prints`, key, reason);
  }

  domains(): readonly XenDomain[] {
    const { domains } = this.#domains();
    if (domains !== undefined) return domains;
    throw notRecorded("Cannot see Xen's domains", "domains", whyMissing(this.#recording, COMMAND.domains));
  }

  /** What debug key e printed. Xen's console may have an old dump: it counts only where the key was pressed. */
  #dump(): Section | undefined {
    const dump = textOf(this.#recording, "dump e");
    if (dump !== undefined) return dump;
    const ring = textOf(this.#recording, COMMAND.console);
    if (ring === undefined || textOf(this.#recording, COMMAND.press) === undefined) return undefined;
    const last = ring.text.lastIndexOf("dumping event-channel info");
    return last < 0 ? ring : { ...ring, text: ring.text.slice(ring.text.lastIndexOf("\n", last) + 1) };
  }

  #whyNoDump(): string {
    const { sections } = this.#recording;
    if (sections.has("dump e")) return whyMissing(this.#recording, "dump e");
    const press = textOf(this.#recording, COMMAND.press) === undefined;
    return whyMissing(this.#recording, press ? COMMAND.press : COMMAND.console);
  }

  #listed(): ReadonlySet<Domid> | undefined {
    const { domains, cut } = this.#domains();
    return domains && !cut ? new Set(domains.map(({ domain }) => domain)) : undefined;
  }

  #domains(): { readonly domains?: readonly XenDomain[]; readonly cut: boolean } {
    const own = textOf(this.#recording, "domains");
    if (own !== undefined) return { domains: parseDomainLines(own.text), cut: own.cut };
    const section = textOf(this.#recording, COMMAND.domains);
    return { domains: section && parseXlList(section.text), cut: section?.cut === true };
  }

  #storeSection(): Section | undefined {
    return textOf(this.#recording, COMMAND.storeWithPermissions) ?? textOf(this.#recording, COMMAND.store);
  }

  #nodes(): StoreNode {
    const section = this.#storeSection();
    if (section !== undefined) return this.#root ??= parseXenstoreLs(section.text, section.cut);
    const { sections } = this.#recording;
    const name = sections.has(COMMAND.store) ? COMMAND.store : COMMAND.storeWithPermissions;
    throw notRecorded("Cannot read xenstore in the snapshot", "xenstore", whyMissing(this.#recording, name));
  }
}
