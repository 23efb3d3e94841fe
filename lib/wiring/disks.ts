/** The names of virtual disks, by the numbers that are their folders in xenstore. @module */

/** How a number is made up, from the highest bits on (xen's docs/man/xen-vbd-interface.7). */
interface Scheme {
  readonly prefix: string;
  /** What the number holds above the disk and the partition. */
  readonly high: number;
  readonly highShift: number;
  readonly diskShift: number;
  readonly disks: number;
  /** The number of the first disk. */
  readonly first: number;
}

const SCHEMES: readonly Scheme[] = [
  { prefix: "xvd", high: 1, highShift: 28, diskShift: 8, disks: 1 << 20, first: 0 },
  { prefix: "xvd", high: 202, highShift: 8, diskShift: 4, disks: 16, first: 0 },
  { prefix: "sd", high: 8, highShift: 8, diskShift: 4, disks: 16, first: 0 },
  { prefix: "hd", high: 3, highShift: 8, diskShift: 6, disks: 2, first: 0 },
  { prefix: "hd", high: 22, highShift: 8, diskShift: 6, disks: 2, first: 2 },
];

/**
 * The name of a disk or a partition as its toolstack and most guests have it.
 *
 * @param device Kind and number, as `vbd/51712`.
 * @returns For example `xvda` or `xvda1`; undefined: the device is no disk, or its number has no name.
 */
export function diskName(device: string): string | undefined {
  const number = /^vbd\/(0|[1-9][0-9]{0,8})$/.exec(device)?.[1];
  return number === undefined ? undefined : nameOf(Number(number));
}

function nameOf(number: number): string | undefined {
  for (const { prefix, high, highShift, diskShift, disks, first } of SCHEMES) {
    const rest = number - (high << highShift);
    if (rest < 0 || rest >= disks << diskShift) continue;
    const partition = rest & ((1 << diskShift) - 1);
    return prefix + letters(first + (rest >> diskShift)) + (partition === 0 ? "" : partition);
  }
  return undefined;
}

/** a to z, then aa, ab and so on. */
function letters(disk: number): string {
  const last = String.fromCharCode("a".charCodeAt(0) + disk % 26);
  return disk < 26 ? last : letters(Math.floor(disk / 26) - 1) + last;
}
