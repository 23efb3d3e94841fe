/**
 * What a guest asks of xenstored to find its quotas, and what Xen 4.17's answers: the same for the simulated xenstored
 * and for a real one.
 *
 * @module
 */

import type { Errno, Syscalls } from "../../ffi/syscalls.ts";
import type { Clock } from "../../lib/clock.ts";
import { Refusal, StoreConnection } from "../../lib/xenstore/client.ts";
import { decodeText, encodeText, XS } from "../../lib/xenstore/wire.ts";
import { Xenbus } from "../../lib/xenstore/xenbus.ts";

/** XS_SET_PERMS, which evtchn never asks for and the simulated xenstored does not have. */
const SET_PERMS = 14;

export type Answer = "ok" | Errno;

/** A guest's connection. Each method but `text` answers `ok` or the errno. */
export class Asker {
  readonly #connection: StoreConnection;

  /** @param timeout Milliseconds that xenstored may take for an answer. */
  constructor(syscalls: Syscalls, clock: Clock, timeout = 60_000) {
    const bus = Xenbus.open(syscalls);
    if (typeof bus === "string") throw new Error(`xenbus does not open: ${bus}`);
    this.#connection = new StoreConnection(bus, clock, timeout);
  }

  /** @param value The value, or how many bytes it has. */
  write = (path: string, value: string | number = "") =>
    this.#answer(XS.WRITE, `${path}\0${typeof value === "number" ? "v".repeat(value) : value}`);
  remove = (path: string) => this.#answer(XS.RM, `${path}\0`);
  read = (path: string) => this.#answer(XS.READ, `${path}\0`);
  watch = (path: string, token: string) => this.#answer(XS.WATCH, `${path}\0${token}\0`);
  unwatch = (path: string, token: string) => this.#answer(XS.UNWATCH, `${path}\0${token}\0`);

  /** Gives a node so many permissions, the owner's first. */
  permit = (path: string, owner: string, count: number) =>
    this.#answer(
      SET_PERMS,
      [path, `n${owner}`, ...Array.from({ length: count - 1 }, (_, i) => `r${i}`), ""].join("\0"),
    );

  /** A node's value. */
  text = async (path: string) => decodeText(await this.#connection.request(XS.READ, encodeText(`${path}\0`)));

  close = () => this.#connection.close();

  async #answer(type: number, payload: string): Promise<Answer> {
    try {
      await this.#connection.request(type, encodeText(payload));
      return "ok";
    } catch (error) {
      if (error instanceof Refusal) return error.errno;
      throw error;
    }
  }
}

/** Requests that are sent together: as many as leaves in a folder. */
const TOGETHER = 20;

/** How often something is done until it is refused, and how. What is asked together is answered in its order. */
export async function until(work: (i: number) => Promise<Answer>): Promise<[times: number, errno: Errno]> {
  for (let done = 0;; done += TOGETHER) {
    const answers = await Promise.all(Array.from({ length: TOGETHER }, (_, i) => work(done + i)));
    const refused = answers.find((answer) => answer !== "ok");
    if (refused !== undefined) return [done + answers.indexOf(refused), refused];
  }
}

/** The largest number that is taken, by halves. `low` is taken, `high` is not. */
async function largest(taken: (size: number) => Promise<boolean>, low: number, high: number): Promise<number> {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await taken(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Names below `data`, which is the guest's own: twenty in a folder, so that no folder grows too large. */
const leaf = (i: number) => `data/q/${Math.floor(i / TOGETHER)}/${i % TOGETHER}`;

/** The nodes that the first so many leaves are, their folders included. */
const nodesOf = (count: number) => 1 + Math.ceil(count / TOGETHER) + count;

/** A path of so many bytes. */
const long = (prefix: string, length: number) => prefix + "p".repeat(length - prefix.length);

/** What a guest does, by name. Each leaves no node behind, but `fill`, which `drain` follows. */
export const QUOTAS = {
  /** Fills the quota of nodes. `made`: how many nodes that were. */
  async fill(ask: Asker) {
    const [leaves] = await until((i) => ask.write(leaf(i)));
    // A leaf and its folder are two nodes: there may be room for one.
    const [more, errno] = await until((i) => ask.write(`data/q/more${i}`));
    return {
      made: nodesOf(leaves) + more,
      errno,
      existing: await ask.write(leaf(0), "again"),
      deep: [await ask.write("data/a/b/c"), await ask.read("data/a")],
    };
  },

  /** To be asked when domain 0 has made one node more in the guest's folder `data`. */
  async drain(ask: Asker) {
    const freed: Answer[][] = [];
    for (const i of [0, 1, 2]) freed.push([await ask.remove(leaf(i)), await ask.write(`data/new${i}`)]);
    const full = await ask.write("data/new3");
    const removed = [await ask.remove("data/q"), await ask.write("data/a/b/c"), await ask.remove("data/a")];
    for (const i of [1, 2]) await ask.remove(`data/new${i}`);
    return { freed, full, removed };
  },

  /** The size of a node: its value, or the names below it. */
  async sizes(ask: Asker) {
    const value = await largest(async (size) => await ask.write("data/v", size) === "ok", 0, 4000);
    const over = [value + 1, 2049, 3000];
    const answers: Answer[] = [];
    for (const size of over) answers.push(await ask.write("data/v", size));
    const fresh = [await ask.write("data/w", value + 1), await ask.read("data/w"), await ask.write("data/w", value)];
    const names = await until((i) => ask.write(`data/n/${String(i).padStart(9, "0")}`));
    for (const path of ["data/v", "data/w", "data/n"]) await ask.remove(path);
    return { value, answers, fresh, names };
  },

  /** Watches. The kernel of a real guest has some of its own, which count too. */
  async watches(ask: Asker) {
    const twice = [await ask.watch("data", "t"), await ask.watch("data", "t")];
    const ended: Answer[] = [];
    for (let i = 0; i < 3; i++) ended.push(await ask.unwatch("data", "t"));
    const [count, errno] = await until((i) => ask.watch("data", `w${i}`));
    const freed = [await ask.unwatch("data", "w0"), await ask.watch("data", "new"), await ask.watch("data", "newer")];
    await Promise.all(Array.from({ length: count }, (_, i) => ask.unwatch("data", `w${i}`)));
    await ask.unwatch("data", "new");
    return { twice, ended, count, errno, freed };
  },

  /** The bytes of a path: relative, below a domain's folder, elsewhere; and what is answered for the longest. */
  async paths(ask: Asker) {
    const folder = `/local/domain/${await ask.text("domid")}/`;
    const longest = async (prefix: string, above = "") => {
      const taken = async (size: number) => await ask.read(above + long(prefix, size)) !== "EINVAL";
      const most = await largest(taken, prefix.length + 1, 4000 - above.length);
      return [most, await ask.read(above + long(prefix, most))];
    };
    const paths = [2048, 2049].map((length) => long("data/", length));
    return {
      relative: await longest("data/"),
      below: await longest("data/", folder),
      elsewhere: await longest("/tool/"),
      // A name of that length is more than the node above it can hold.
      written: [await ask.write(paths[0]), await ask.write(paths[1])],
      removed: await ask.remove(paths[1]),
      watched: [await ask.watch(paths[0], "t"), await ask.watch(paths[1], "t"), await ask.unwatch(paths[0], "t")],
    };
  },
} as const;

/** Nodes that a guest may own, and the watches that it may have before another one is refused. */
export const QUOTA_OF_NODES = 1000;
export const QUOTA_OF_WATCHES = 129;

/** The answers, but for what depends on the guest. */
export const ANSWERS = {
  fill: { errno: "ENOSPC", existing: "ok", deep: ["ENOSPC", "ENOENT"] },
  // The node that domain 0 made is the guest's too.
  drain: { freed: [["ok", "ENOSPC"], ["ok", "ok"], ["ok", "ok"]], full: "ENOSPC", removed: ["ok", "ok", "ok"] },
  sizes: {
    value: 2015,
    answers: ["ENOSPC", "ENOSPC", "ENOSPC"],
    fresh: ["ENOSPC", "ENOENT", "ok"],
    names: [201, "ENOSPC"],
  },
  watches: { twice: ["ok", "ok"], ended: ["ok", "ok", "ok"], errno: "E2BIG", freed: ["ok", "ok", "E2BIG"] },
  paths: {
    relative: [2048, "ENOENT"],
    below: [2048, "ENOENT"],
    elsewhere: [2048, "EACCES"],
    written: ["ENOSPC", "EINVAL"],
    removed: "EINVAL",
    watched: ["ok", "EINVAL", "ok"],
  },
} as const;
