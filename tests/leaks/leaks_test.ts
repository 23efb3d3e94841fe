import { assert, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { BEGIN, descriptorsLeft, type Sample } from "./course.ts";

test("long work leaves no descriptor open and no port bound: events, clients, scripts, looks", async () => {
  const program = new URL("../bench/leaks.ts", import.meta.url).pathname;
  const args = ["run", "-A", "-q", program, "--small"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  const courses: [name: string, samples: Sample[]][] = Object.entries(JSON.parse(decoder.decode(stdout)));
  assert(courses.length > 0);
  for (const [name, samples] of courses) {
    const ports = samples.map(({ ports }) => ports);
    assertEquals(ports.slice(BEGIN), ports.slice(BEGIN).fill(ports[BEGIN]), name);
    assertEquals(descriptorsLeft(samples), 0, name);
  }
});
