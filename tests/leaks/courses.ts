/** The courses, by name. @module */

import { attaches } from "./attaching.ts";
import { type Course, Meter, type Sample } from "./course.ts";
import { top, wiringWatch } from "./following.ts";
import { handles, scriptTime } from "./scripts.ts";
import { watchAlone, watchInSession } from "./watching.ts";

const EVENTS = { unit: "events", sizes: { whole: 10_000_000, small: 20_000 } };
const CHANGES = { unit: "changes", sizes: { whole: 20_000, small: 200 } };

export const COURSES: Readonly<Record<string, Course>> = {
  "watch": { ...EVENTS, run: (size, meter) => watchAlone([], size, meter) },
  "watch --json": { ...EVENTS, run: (size, meter) => watchAlone(["--json"], size, meter) },
  "watch in a session": { ...EVENTS, run: (size, meter) => watchInSession([], size, meter) },
  "attaches to a session": { unit: "clients", sizes: { whole: 100_000, small: 300 }, run: attaches },
  "run": { unit: "seconds of script time", sizes: { whole: 3600, small: 20 }, run: scriptTime },
  "real handles": { unit: "commands on a device that is none", sizes: { whole: 100_000, small: 200 }, run: handles },
  "wiring --watch": { ...CHANGES, run: (_size, meter) => wiringWatch([], meter) },
  "wiring --watch --json": { ...CHANGES, run: (_size, meter) => wiringWatch(["--json"], meter) },
  "top --json": { unit: "intervals", sizes: { whole: 100_000, small: 200 }, run: top },
};

/** Runs a course and returns its samples, one for each tenth of the way. */
export async function runCourse({ run }: Course, size: number): Promise<readonly Sample[]> {
  const meter = new Meter(size);
  await run(size, meter);
  if (!meter.over) throw new Error(`It ended after ${meter.samples.length} tenths of the way`);
  return meter.samples;
}
