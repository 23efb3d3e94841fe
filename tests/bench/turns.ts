/**
 * Contenders that take turns.
 *
 * @module
 */

/** Does its work so many times; gives microseconds a time, one number a sample. */
export type Contender = () => Promise<number[]>;

/** A C program that prints its samples. */
export function program(...words: string[]): Contender {
  const [name, ...args] = words;
  return async () => {
    const { success, stdout } = await new Deno.Command(name, { args, stderr: "inherit" }).output();
    const samples = new TextDecoder().decode(stdout).match(/[\d.]+(?= us)/g)?.map(Number);
    if (!success || samples === undefined) throw new Error(`${words.join(" ")} does not measure`);
    return samples;
  };
}

/**
 * Runs all contenders in turn, again and again: a slow moment of the machine falls on all alike.
 *
 * Samples of no time at all are left out: where the vCPUs of an emulated host disagree about the time, its clock
 * stands still until the slower one has caught up, for it may not go back.
 */
export async function compete(
  contenders: Readonly<Record<string, Contender>>,
  turns: number,
): Promise<Map<string, number[]>> {
  const all = new Map(Object.keys(contenders).map((name): [string, number[]] => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of Object.entries(contenders)) {
      all.get(name)!.push(...(await run()).filter((sample) => sample > 0));
    }
  }
  return all;
}
