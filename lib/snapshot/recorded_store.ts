/** Xenstore as a recording has it. @module */

import { DeviceError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Domid } from "../types.ts";
import type { Store } from "../xenstore/store.ts";
import { notRecorded } from "./recording.ts";
import type { StoreNode } from "./xenstore_ls.ts";

export class RecordedStore implements Store {
  /** @param own Whose folder relative paths begin at. */
  constructor(private readonly root: StoreNode, private readonly own: Domid | undefined) {}

  // deno-lint-ignore require-await -- what fails has to reject
  async read(path: string): Promise<string | undefined> {
    const node = this.#find(path);
    if (node === undefined || node.value !== undefined) return node?.value;
    throw new DeviceError(
      "xenstore",
      "EACCES",
      path,
      `Cannot read "${path}" in xenstore`,
      explain("xenstore", "EACCES"),
    );
  }

  // deno-lint-ignore require-await -- what fails has to reject
  async directory(path: string): Promise<readonly string[] | undefined> {
    const node = this.#find(path);
    return node && [...node.children.keys()];
  }

  // deno-lint-ignore require-yield -- it has no end and no change
  async *watch(path: string): AsyncGenerator<string> {
    await undefined;
    throw new DeviceError("xenstore", "ENOTSUP", path, `Cannot watch "${path}"`, "a snapshot does not change");
  }

  /** Undefined: there is no such node. Throws a DeviceError if it may be in the part that is missing. */
  #find(path: string): StoreNode | undefined {
    const names = (path.startsWith("/") ? path : `/local/domain/${this.own}/${path}`).split("/").filter((name) => name);
    let node = this.root;
    for (const name of names) {
      const below = node.children.get(name);
      if (below === undefined) {
        if (node.cut) throw notRecorded(`Cannot read "${path}" in xenstore`, path, "the snapshot ends before it");
        return undefined;
      }
      node = below;
    }
    return node;
  }
}
