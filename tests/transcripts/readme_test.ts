import { assertEquals, assertGreater } from "@std/assert";
import { sawOutput } from "../support/records.ts";
import { test } from "./mod.ts";
import { simulatedShell } from "./simulated_shell.ts";
import { parseTranscript } from "./transcript.ts";

const sessions = ["README.md", "docs/simulator.md"].flatMap((file) => {
  const text = Deno.readTextFileSync(new URL(`../../${file}`, import.meta.url));
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, session]) => ({ file, session }));
});

test("the README has sessions to check", () => assertGreater(sessions.length, 8));

/** The first descriptor that a command opens: in the transcripts' shell, and in a real process. */
const [OWN, REAL] = ["1000", "21"];

for (const { file, session } of sessions) {
  test(`${file}: ${session.split("\n")[0]}`, async () => {
    await using shell = simulatedShell();
    for (const { command, lines } of parseTranscript(`# session\n${session}`).steps) {
      const { output, status } = await shell.run(command);
      sawOutput(output);
      const came = output === "" ? [] : output.replaceAll(OWN, REAL).replace(/\n$/, "").split("\n");
      assertEquals(status === 0 ? came : [...came, `[${status}]`], lines, `$ ${command}`);
    }
  });
}
