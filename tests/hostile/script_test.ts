import { test } from "../support/test.ts";
import { assertHolds } from "./kind.ts";
import { SCRIPTS } from "./script.ts";

test("whatever a script says or is typed at a prompt, it ends with a documented status and sentences", async () => {
  await assertHolds(SCRIPTS, 300);
});
