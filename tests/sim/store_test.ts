import { assertEquals } from "@std/assert";
import type { Errno } from "../../ffi/syscalls.ts";
import { ownedBy, QUOTA, SimulatedStore, type StoreWatcher } from "../../lib/sim/xenstore/store.ts";
import { decodeText, encodeText } from "../../lib/xenstore/wire.ts";
import { test } from "../support/test.ts";

/** A store with values as text. */
class Tree {
  readonly store = new SimulatedStore();

  write = (path: string, value: string, caller = 0) => this.store.write(caller, path, encodeText(value));
  remove = (path: string, caller = 0) => this.store.remove(caller, path);

  read(path: string, caller = 0): string | Errno {
    const value = this.store.read(caller, path);
    return typeof value === "string" ? value : `"${decodeText(value)}"`;
  }

  names(path: string, caller = 0): readonly string[] | Errno {
    const folder = this.store.directory(caller, path);
    return typeof folder === "string" ? folder : folder.names;
  }

  /** Sets a watch. The function returns the events since its last call. */
  watch(path: string, domain = 0, token = "t"): () => string[] {
    const events: string[] = [];
    const watcher: StoreWatcher = { domain, changed: (changed) => void events.push(changed) };
    assertEquals(this.store.watch(watcher, path, token), undefined);
    return () => events.splice(0);
  }
}

/** A store with the folders of two guests. */
function twoGuests(): Tree {
  const tree = new Tree();
  for (const guest of [1, 2]) {
    tree.store.write(0, `/local/domain/${guest}`, encodeText(""), ownedBy(0, [guest]));
    tree.write(`/local/domain/${guest}/name`, `guest${guest}`);
    tree.store.write(0, `/local/domain/${guest}/data`, encodeText(""), ownedBy(guest));
  }
  return tree;
}

test("a node is made with all above it, which are empty, and names come in the order of their making", () => {
  const tree = new Tree();
  assertEquals(tree.write("/a/b/c", "1"), undefined);
  tree.write("/a/a", "2");
  assertEquals([tree.read("/a/b"), tree.read("/a/b/c"), tree.names("/a"), tree.names("/")], [
    '""',
    '"1"',
    ["b", "a"],
    ["a"],
  ]);
});

test("removing takes all nodes below; a missing node is no error if the node above it exists", () => {
  const tree = new Tree();
  tree.write("/a/b/c", "1");
  assertEquals([tree.remove("/a/b"), tree.read("/a/b/c"), tree.names("/a")], [undefined, "ENOENT", []]);
  assertEquals([tree.remove("/a/no"), tree.remove("/a/no/no"), tree.remove("/")], [undefined, "ENOENT", "EINVAL"]);
});

for (const path of ["/a b", "/a/", "//", "/a//b", "/.", "/a:b", `/${"x".repeat(2048)}`, "a b", ""]) {
  test(`"${path.slice(0, 20)}" is no path: EINVAL`, () => {
    const tree = new Tree();
    assertEquals([tree.read(path), tree.write(path, ""), tree.names(path), tree.remove(path)], Array(4).fill("EINVAL"));
  });
}

test("below a domain's folder a path may have 2048 bytes more than the folder's", () => {
  const tree = twoGuests();
  const path = (length: number) => `/local/domain/1/${"x".repeat(length)}`;
  assertEquals([2048, 2049].map((length) => tree.read(path(length))), ["ENOENT", "EINVAL"]);
  assertEquals([2047, 2048].map((length) => tree.read(`/${"x".repeat(length)}`)), ["ENOENT", "EINVAL"]);
});

test("a guest reads its own folder, writes its own nodes, and gets no events of other folders", () => {
  const tree = twoGuests();
  assertEquals([tree.read("name", 1), tree.read("/local/domain/1/name", 1)], ['"guest1"', '"guest1"']);
  assertEquals([tree.write("name", "x", 1), tree.write("data/x", "1", 1), tree.read("data/x", 1)], [
    "EACCES",
    undefined,
    '"1"',
  ]);
  assertEquals([tree.read("/local/domain/2/name", 1), tree.read("/local/domain/2/no", 1), tree.names("/local", 1)], [
    "EACCES",
    "EACCES",
    "EACCES",
  ]);
  assertEquals([tree.read("no", 1), tree.write("new", "1", 1)], ["ENOENT", "EACCES"]);
  assertEquals([tree.read("/local/domain/1/data/x"), tree.read("/local/domain/1/data/x", 2)], ['"1"', "EACCES"]);
});

test("a guest owns the nodes that it makes; a node that dom0 makes has the owner of the node above", () => {
  const tree = twoGuests();
  tree.write("/local/domain/1/data/by-dom0", "1");
  tree.write("data/by-guest/deep", "1", 1);
  assertEquals([tree.write("data/by-dom0", "2", 1), tree.remove("data/by-guest", 1)], [undefined, undefined]);
});

test("a watch fires at once, then for itself and all below, and not for its neighbours", () => {
  const tree = new Tree();
  const events = tree.watch("/a/b");
  assertEquals(events(), ["/a/b"]);
  tree.write("/a/b", "1");
  tree.write("/a/b/c/d", "1");
  tree.write("/a/bb", "1");
  tree.write("/a", "1");
  assertEquals(events(), ["/a/b", "/a/b/c/d"]);
  const all = tree.watch("/");
  tree.write("/x", "1");
  assertEquals(all(), ["/", "/x"]);
});

test("removing a node tells the watches of nodes below it, with their own paths", () => {
  const tree = new Tree();
  tree.write("/a/b/c", "1");
  const [below, middle, other] = [tree.watch("/a/b/c"), tree.watch("/a/b"), tree.watch("/a/x")];
  for (const events of [below, middle, other]) events();
  tree.remove("/a");
  assertEquals([below(), middle(), other()], [["/a/b/c"], ["/a/b"], []]);
});

test("a relative watch has relative events, and a guest gets only events of nodes that it may read", () => {
  const tree = twoGuests();
  const [own, others, everything] = [tree.watch("data", 1), tree.watch("/local/domain/2", 1), tree.watch("/", 1)];
  for (const events of [own, others, everything]) events();
  tree.write("/local/domain/1/data/x", "1");
  tree.write("/local/domain/2/data/x", "1");
  assertEquals([own(), others(), everything()], [["data/x"], [], ["/local/domain/1/data/x"]]);
});

test("two equal watches are told twice, and the end of one that is not there is none", () => {
  const { store, write } = new Tree();
  const told: string[] = [];
  const watcher: StoreWatcher = { domain: 0, changed: (path) => void told.push(path) };
  for (const token of ["t", "t", "u"]) assertEquals(store.watch(watcher, "/a", token), undefined);
  write("/a", "1");
  assertEquals(told.splice(0), ["/a", "/a", "/a", "/a", "/a", "/a"]);
  for (let i = 0; i < 3; i++) store.unwatch(watcher, "/a", "t");
  write("/a", "2");
  assertEquals(told, ["/a"]);
  assertEquals(store.watch(watcher, "/a b", "t"), "EINVAL");
});

test("a folder's generation changes with its names, and with nothing below", () => {
  const { store, write, remove } = new Tree();
  const generation = () => (store.directory(0, "/a") as { generation: number }).generation;
  write("/a/b", "1");
  const before = generation();
  write("/a/b", "2");
  write("/a/b/c", "2");
  assertEquals(generation(), before);
  write("/a/d", "");
  const after = generation();
  remove("/a/d");
  assertEquals([after > before, generation() > after], [true, true]);
});

test("a guest owns a thousand nodes; one more is ENOSPC and makes none, until one is removed", () => {
  const tree = twoGuests(); // the guest owns its folder "data"
  const fill = () => {
    let written = 0;
    for (let folder = 0; folder < 100; folder++) {
      for (let i = 0; i < 19; i++) {
        const answer = tree.write(`data/${folder}/${i}`, "", 1);
        if (answer !== undefined) return [written, answer];
        written++;
      }
    }
  };
  assertEquals(fill(), [949, "ENOSPC"]); // 949 + 50 folders + data
  assertEquals([tree.write("data/a/b/c", "", 1), tree.read("data/a", 1)], ["ENOSPC", "ENOENT"]);
  assertEquals([tree.write("data/0/0", "1", 1), tree.write("data/x", "1", 2)], [undefined, undefined]);
  tree.remove("data/0/0", 1);
  assertEquals([tree.write("data/x", "", 1), tree.write("data/y", "", 1)], [undefined, "ENOSPC"]);
  tree.remove("data/0", 1);
  assertEquals(tree.write("data/a/b/c", "", 1), undefined);
});

test("a guest's node has less than 2048 bytes, header, permissions and names of children included: ENOSPC", () => {
  const tree = twoGuests();
  const most = QUOTA.nodeBytes - 1 - 24 - 8;
  assertEquals(
    [most, most + 1].map((length) => tree.write("data/x", "v".repeat(length), 1)),
    [undefined, "ENOSPC"],
  );
  assertEquals(tree.read("data/x", 1), `"${"v".repeat(most)}"`);
  assertEquals(tree.write("data/new", "v".repeat(most + 1), 1), "ENOSPC");
  let written = 0;
  while (tree.write(`data/${String(written).padStart(9, "0")}`, "", 1) === undefined) written++;
  assertEquals(written, Math.floor((most - "x".length - 1) / 10));
});

test("domain 0 has no quota, also in a guest's folder", () => {
  const tree = twoGuests();
  for (let i = 0; i < 2000; i++) assertEquals(tree.write(`/local/domain/1/data/${i}`, ""), undefined);
  assertEquals(tree.write("/local/domain/1/data/0", "v".repeat(4000)), undefined);
  assertEquals(tree.write("data/more", "", 1), "ENOSPC");
  assertEquals(tree.write("data/more", "", 2), undefined);
});

test("a guest has 129 watches over all its connections, as in C xenstored; one more is E2BIG", () => {
  const tree = twoGuests();
  const watchers: StoreWatcher[] = [1, 2].map(() => ({ domain: 1, changed() {} }));
  const answers = Array.from({ length: 131 }, (_, i) => tree.store.watch(watchers[i % 2], "data", String(i)));
  assertEquals(answers.filter((answer) => answer === undefined).length, 129);
  assertEquals([...answers.slice(129), tree.store.watch(watchers[0], "data", "0")], ["E2BIG", "E2BIG", "E2BIG"]);
  tree.store.unwatch(watchers[0], "data", "0");
  assertEquals(tree.store.watch(watchers[0], "data", "new"), undefined);
  for (let i = 0; i < 200; i++) tree.watch("/", 0, String(i));
});
