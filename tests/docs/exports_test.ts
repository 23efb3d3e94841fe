/** The library: documented, and what it exports kept. @module */

import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { denoDoc, entries, exportedShapes } from "./exports.ts";
import { type Break, breaks, type Shapes, unnamed } from "./shapes.ts";

const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));

test("every export of the library has a docstring, and shows no type that is not exported", async () => {
  const { success, stderr } = await denoDoc("--lint", ...entries().map(([, file]) => file.href));
  assertEquals([success, stderr.replace(/^Checked.*\n/m, "")], [true, ""]);
});

test("CHANGELOG.md names every export that is gone or has another type since it was first released", async () => {
  const released: Shapes = JSON.parse(await read("released_exports.json"));
  const now = await exportedShapes();
  const text = ({ head, key, what }: Break) => `${head}: ${key} ${what}`;
  assertEquals(unnamed(breaks(released, now), await read("../../CHANGELOG.md")).map(text), []);
  assertEquals(Object.keys(released).filter((head) => head.startsWith("./evtchn ")).length > 10, true);
  const types = Object.values(now).flatMap((shape) => Object.values(shape));
  assertEquals(types.filter((type) => /\bany\b/.test(type)), []);
});

test("a removed member, another signature and an option that is needed now are found", async () => {
  const now = await exportedShapes();
  const { notify, ...rest } = now["./evtchn Handle"];
  assert(notify === "(port: Port) => Promise<void>");
  const place = now["./evtchn Place"];
  const other: Shapes = {
    "./evtchn Handle": { ...rest, close: "() => void" },
    "./evtchn Place": { ...place, device: "readonly string" },
  };
  const found = breaks({ "./evtchn Handle": now["./evtchn Handle"], "./evtchn Place": place }, other);
  assertEquals(found.map(({ head, key, what }) => `${head} ${key} ${what}`), [
    "./evtchn Handle notify is gone",
    "./evtchn Handle close was () => Promise<void> and is () => void",
    "./evtchn Place device was readonly optional string and is readonly string",
  ]);
  const changelog = "# C\n\n## Unreleased\n\n- `Handle`: `notify` went, `close` waits no more\n";
  assertEquals(unnamed(found, changelog).map(({ key }) => key), ["device"]);
});
