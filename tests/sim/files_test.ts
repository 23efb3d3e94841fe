/** The tree of a simulated kernel's files: links, folders that several owners fill, refusals. */
import { assertEquals, assertThrows } from "@std/assert";
import { entryNames } from "../../ffi/dirent.ts";
import type { Caller } from "../../lib/sim/driver.ts";
import { FileTree, folderOf, textFile } from "../../lib/sim/linux/files.ts";
import { test } from "../support/test.ts";

const ROOT: Caller = { privileged: true };

function read(tree: FileTree, path: string, caller: Caller = ROOT): string {
  const handle = tree.open(path, caller, "read");
  if (typeof handle === "string") return handle;
  const buffer = new Uint8Array(256);
  const result = handle.read(caller, buffer);
  return typeof result === "string" ? result : new TextDecoder().decode(buffer.subarray(0, result));
}

function list(tree: FileTree, path: string): string | string[] {
  const handle = tree.open(path, ROOT, "read");
  if (typeof handle === "string") return handle;
  const buffer = new Uint8Array(1024);
  const result = handle.entries!(buffer);
  return typeof result === "string" ? result : entryNames(buffer.subarray(0, result));
}

test("links are followed, relative and absolute, and a circle of them is ELOOP", () => {
  const tree = new FileTree();
  tree.put("/sys/devices/vif-1-0/state", textFile(() => "4\n"));
  tree.put("/sys/bus/xen/vif-1-0", { target: "../../devices/vif-1-0" });
  tree.put("/sys/here", { target: "/sys/bus/./xen" });
  tree.put("/sys/a", { target: "b" });
  tree.put("/sys/b", { target: "a" });
  assertEquals([read(tree, "/sys/bus/xen/vif-1-0/state"), read(tree, "/sys/here/vif-1-0/state")], ["4\n", "4\n"]);
  assertEquals([list(tree, "/sys/here"), read(tree, "/sys/a"), read(tree, "/sys/a/x")], [
    ["vif-1-0"],
    "ELOOP",
    "ELOOP",
  ]);
  const buffer = new Uint8Array(64);
  const length = tree.readlink("/sys/here", buffer) as number;
  assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), "/sys/bus/./xen");
  assertEquals([tree.readlink("/sys/bus", buffer), tree.readlink("/sys/none", buffer)], ["EINVAL", "ENOENT"]);
});

test("several owners fill one folder, and a file is made when it is opened", () => {
  const tree = new FileTree();
  let count = 0;
  tree.put("/proc/interrupts", textFile(() => `${++count}\n`));
  tree.mount("/proc", folderOf({ 7: folderOf({ comm: textFile(() => "xl\n") }) }));
  assertEquals(list(tree, "/proc"), ["interrupts", "7"]);
  assertEquals([read(tree, "/proc/interrupts"), read(tree, "/proc/interrupts")], ["1\n", "2\n"]);
  assertEquals([read(tree, "/proc/7/comm"), read(tree, "/proc/8"), read(tree, "/proc/7/comm/x")], [
    "xl\n",
    "ENOENT",
    "ENOTDIR",
  ]);
  assertThrows(() => tree.put("/proc/interrupts/x", textFile(() => "")), RangeError, "another owner's");
});

test("a file that is root's is EACCES for others", () => {
  const tree = new FileTree();
  tree.put("/proc/timer_list", { text: () => "x\n", privileged: true });
  assertEquals([read(tree, "/proc/timer_list"), read(tree, "/proc/timer_list", { privileged: false })], [
    "x\n",
    "EACCES",
  ]);
});
