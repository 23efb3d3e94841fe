/**
 * Hosts whose shell holds a handle, and refusals as a person sees them.
 *
 * @module
 */

import { TestHost } from "./test_host.ts";

/** A host whose shell has a handle, and the words that name it. */
export function shellHost() {
  const host = new TestHost();
  const handle = host.exec();
  return { host, handle, on: `--fd ${handle.fd}` };
}

/** The same with two ends of one channel on the handle: what is sent on `sender` fires `hearer`. Both are quiet. */
export function connected() {
  const all = shellHost();
  const hearer = all.handle.allocUnbound(0) as number;
  const sender = all.handle.bindInterdomain(0, hearer) as number;
  all.handle.read();
  all.handle.write(sender);
  return { ...all, hearer, sender };
}

/** A refusal, as a person sees it. */
export const refused = (text: string, hint: string) => ({
  status: 1,
  stdout: "",
  stderr: `evtchn: ${text}\nhint: ${hint}\n`,
});
