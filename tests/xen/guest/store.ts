/**
 * Runs in the rig's guest: asks its xenstored for the guest's quotas, or writes what is hostile, and prints the answers
 * by name as JSON.
 *
 * @module
 */

import { systemClock } from "../../../lib/clock.ts";
import { sys } from "../../support/descriptors.ts";
import { Asker, QUOTAS } from "../../support/store_quotas.ts";
import { HOSTILITIES } from "../hostilities.ts";

const WORK = { ...QUOTAS, ...HOSTILITIES };

const ask = new Asker(sys, systemClock());
const answers: Record<string, unknown> = {};
for (const name of Deno.args) answers[name] = await WORK[name as keyof typeof WORK](ask);
await ask.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(answers) + "\n"));
