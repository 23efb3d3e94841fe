import { assertLess } from "@std/assert";
import { test } from "../support/test.ts";
import { load } from "./load_harness.ts";

test("many clients and watchers, one of them stopped: no request lost, no wrong answer, no gap, memory bounded", async () => {
  const { memory } = await load({ clients: 20, requests: 2000, watchers: 4 });
  assertLess(memory.most, memory.before + 256 * 2 ** 20);
});
