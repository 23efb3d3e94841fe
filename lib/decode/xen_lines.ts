/**
 * Who wrote a line of Xen's console. Guests write into it too, each of their lines behind `(dN) ` (guest_printk,
 * xen/drivers/char/console.c): what they wrote must not be taken for Xen's. @module
 */

/** Without a bracket before it, as the end of `(d1) ` in a line whose start is cut off. */
const LABEL = /^[^()]*(\(XEN\) |\(d\d{1,5}\) )/;
const GUESTS = /\(d\d{1,5}\) /;

/**
 * The lines that Xen itself wrote, without `(XEN) ` and what stands before it. A guest's line that came in between cuts
 * one short: Xen prints some lines in parts. In a text without any `(XEN) `, these are all lines but the guests'.
 *
 * @returns Each with its number in the text, from 1.
 */
export function xenLines(text: string): [number: number, line: string][] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ number: index + 1, ...ownPart(line) }));
  const labelled = lines.some(({ label }) => label === "(XEN) ");
  return lines.flatMap(({ number, label, own }) =>
    label === (labelled ? "(XEN) " : undefined) ? [[number, own] as [number, string]] : []
  );
}

/** The first label of a line, and what stands behind it, or the line if it has none. */
function ownPart(line: string): { label?: string; own: string } {
  const found = LABEL.exec(line);
  if (found === null) return { label: GUESTS.exec(line)?.[0], own: line };
  const own = line.slice(found[0].length);
  const foreign = own.search(GUESTS);
  return { label: found[1], own: foreign < 0 ? own : own.slice(0, foreign) };
}

const HEADING = /Event channel information for (?:domain |d)(\d{1,10})/;

/** The domain that a line is the heading of, in the dump of event channels; newer releases write d1 for domain 1. */
export function headingOf(line: string): number | undefined {
  const domain = HEADING.exec(line)?.[1];
  return domain === undefined ? undefined : Number(domain);
}
