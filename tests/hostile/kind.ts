/**
 * A kind of hostile input: how it is made, and what has to hold of it. The quick suite tries some of each kind,
 * `deno task test:hostile` a million.
 *
 * @module
 */

import fc from "fast-check";

export interface Kind<T> {
  readonly name: string;
  readonly input: fc.Arbitrary<T>;
  /**
   * Gives the program one input.
   *
   * @returns Whether it was understood: whether it got past the parser.
   * @throws {Error} If what has to hold does not.
   */
  check(input: T): Promise<boolean>;
}

/** What trying inputs came to. */
export interface Tried {
  readonly details: fc.RunDetails<[unknown]>;
  /** How many inputs were understood. */
  readonly understood: number;
}

/** Is told of each input before it is tried, by its number from 0, and of its failure. */
export interface Listener {
  begins(input: number): void;
  failed(): void;
}

const NOBODY: Listener = { begins: () => {}, failed: () => {} };

/** Tries inputs until one fails, which is shrunk. */
export async function tryInputs<T>(
  { input, check }: Kind<T>,
  parameters: fc.Parameters<[T]>,
  listener = NOBODY,
): Promise<Tried> {
  let [inputs, understood, shrinks] = [0, 0, false];
  const property = fc.asyncProperty(input, async (each) => {
    listener.begins(inputs++);
    try {
      if (await check(each) && !shrinks) understood++;
    } catch (error) {
      shrinks = true;
      listener.failed();
      throw error;
    }
  });
  return { details: await fc.check(property, parameters) as fc.RunDetails<[unknown]>, understood };
}

/** Makes sure that so many inputs of a kind do no harm. */
export async function assertHolds<T>(kind: Kind<T>, inputs: number): Promise<void> {
  const { details } = await tryInputs(kind, { numRuns: inputs });
  if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
}
