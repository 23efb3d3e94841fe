/**
 * A statement of a script in its parts, so that it can be made, cut down and written.
 *
 * @module
 */

/** `[@/LABEL] [NAME =] VERB ARGS` */
export interface Line {
  /** The handle's label; empty for the first one. */
  readonly label: string;
  /** What its ports are called from now on. */
  readonly name?: string;
  readonly verb: string;
  readonly args: readonly string[];
}

/** A statement as it is written. */
export function lineText({ label, name, verb, args }: Line): string {
  return [label && `@/${label}`, name && `${name} =`, verb, ...args].filter((part) => part).join(" ");
}

/** A script, a statement a line. */
export function scriptText(lines: readonly Line[]): string {
  return lines.map((line) => `${lineText(line)}\n`).join("");
}

/** The names that a statement's words use. */
export function namesIn({ args }: Line): string[] {
  return args.flatMap((word) => /\$(\w+)$/.exec(word)?.[1] ?? []);
}

/** Those of the statements that use no name before it is there: what is left of a script is one again. */
export function sound(lines: readonly Line[]): Line[] {
  const known = new Set<string>();
  return lines.filter((line) => {
    if (!namesIn(line).every((name) => known.has(name))) return false;
    if (line.name !== undefined) known.add(line.name);
    return true;
  });
}
